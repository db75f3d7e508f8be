import type { JsonObject, NodeId, RevisionId } from '../../domain/ids.ts'

/**
 * Which node lives on which host, and by which key each host is known: durable, and shared by all engines. A host is
 * named by its address and port, as `hostId` of inventory.ts writes it.
 */
export interface HostDirectory {
  /** What is known of a node; null if no host was ever asked for. */
  find(node: NodeId): Promise<NodeHost | null>
  /**
   * The node's host: the one it has, else the first of the candidates that no other node of its cluster has, which is its
   * own from then on. Null if all are taken.
   * @throws LeaseLostError if a higher term has spoken for the node, or it is gone
   */
  claim(node: NodeId, term: number, candidates: readonly string[]): Promise<string | null>
  /** Notes that the host was reached with this revision's settings: those that can reach it when no others are at hand. */
  noteReached(node: NodeId, term: number, revision: RevisionId): Promise<void>
  /**
   * Gives the node's host back. The term is remembered as long as there is a node.
   * @throws LeaseLostError if a higher term has spoken for the node
   */
  release(node: NodeId, term: number): Promise<void>
  /**
   * Gives the node's host back although something of the node may still be there, which is kept in mind. Again: as the first time.
   * @throws LeaseLostError if a higher term has spoken for the node, or it is gone
   */
  giveUp(node: NodeId, term: number, left: Place): Promise<void>
  /** What is kept in mind of a node that was given up; null if it was not. */
  findLeftover(node: NodeId): Promise<Leftover | null>
  /** What nodes that were given up may have left there, in the node's project. */
  leftovers(node: NodeId, place: Pick<Place, 'route' | 'login'>): Promise<readonly Leftover[]>
  /** Notes that nothing is left of a node that was given up. */
  noteCleared(leftover: NodeId): Promise<void>
  /** The key that the host was pinned to, in the node's project; null before the first time. */
  pinnedKey(node: NodeId, route: string): Promise<string | null>
  /**
   * Pins a key to a host. Of two that do so at once, the first is right.
   * @param replace puts it in the place of another one: the profile gives it
   * @returns the key that is pinned now
   */
  pinKey(node: NodeId, route: string, key: string, replace: boolean): Promise<string>
}

/** Where what a node runs is. */
export interface Place {
  readonly name: string
  /** The host, and how it is reached: `routeOf` of inventory.ts. */
  readonly route: string
  /** The user of the host whose processes they are. */
  readonly login: string
  readonly folder: string
  readonly service: 'auto' | 'systemd' | 'supervised'
}

/** What a node may have left behind that was given up. */
export interface Leftover extends Place {
  readonly nodeId: NodeId
  readonly term: number
}

export interface NodeHost {
  /** Null: it was given back. */
  readonly host: string | null
  /** Whether the host was ever reached for this node: if not, nothing of ours is there. */
  readonly isReached: boolean
  /** Of the revision with which the host was last reached, or else of the one that the node is to run. */
  readonly settings: JsonObject | null
  readonly term: number
}
