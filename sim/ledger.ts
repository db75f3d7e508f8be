import type { Action } from '../src/domain/action.ts'
import type { NodePool } from '../src/domain/cluster.ts'
import type { EpochMs } from '../src/domain/ids.ts'
import type { Node } from '../src/domain/node.ts'
import type { Policy, PolicyBinding } from '../src/domain/policy.ts'
import { isEnded, type Update } from '../src/domain/update.ts'
import type { ClusterRow, RowChanges } from './database.ts'

/** Who made a commit: a process, in one of its two parts. */
export interface Writer {
  readonly machine: string
  readonly part: 'engine' | 'control'
  /** The engine of that process. */
  readonly engineId: string
}

/** One durable transaction, with the rows as they were before it. */
export interface Commit {
  readonly writer: Writer
  readonly at: EpochMs
  readonly changes: RowChanges
  /** Of the rows that it changed; undefined for new ones. */
  readonly was: {
    readonly nodes: ReadonlyMap<string, Node | undefined>
    readonly actions: ReadonlyMap<string, Action | undefined>
    readonly updates: ReadonlyMap<string, Update | undefined>
    readonly pools: ReadonlyMap<string, NodePool | undefined>
    readonly clusters: ReadonlyMap<string, ClusterRow | undefined>
    readonly bindings: ReadonlyMap<string, PolicyBinding | undefined>
  }
  /** Who ran each cluster that it wrote about, inside the transaction. */
  readonly owners: ReadonlyMap<string, string | null>
  /** Node actions that it began. */
  readonly begun: readonly Action[]
  /** Actions that it ended. */
  readonly ended: readonly Action[]
}

/** The rows as the last commit left them: what everybody who asks the store would be told. */
export class Ledger {
  readonly nodes = new Map<string, Node>()
  readonly actions = new Map<string, Action>()
  readonly openActions = new Map<string, Action>()
  readonly updates = new Map<string, Update>()
  readonly pools = new Map<string, NodePool>()
  readonly policies = new Map<string, Policy>()
  readonly bindings = new Map<string, PolicyBinding>()
  readonly clusters = new Map<string, ClusterRow>()
  lastSequence = 0
  /** Actions and updates that there are or were. */
  readonly known = new Set<string>()
  /** Revisions of which each says the same in a pool of its own: a node that moves gets another one of them. */
  readonly #alike = new Map<string, Set<string>>()

  /** Takes a transaction in. */
  apply(changes: RowChanges, from: Pick<Commit, 'writer' | 'at' | 'owners'>): Commit {
    const commit: Commit = {
      ...from,
      changes,
      was: {
        nodes: replace(this.nodes, changes.nodes),
        actions: replace(this.actions, changes.actions),
        updates: replace(this.updates, changes.updates),
        pools: replace(this.pools, changes.pools),
        clusters: replace(this.clusters, changes.clusters),
        bindings: replace(this.bindings, changes.bindings),
      },
      begun: [...changes.actions.values()].filter(isBegun),
      ended: [...changes.actions.values()].filter(
        (action) => action !== null && action.endedAt !== null,
      ) as Action[],
    }
    replace(this.policies, changes.policies)
    for (const id of [...changes.actions.keys(), ...changes.updates.keys()]) this.known.add(id)
    for (const [id, node] of changes.nodes) {
      const before = commit.was.nodes.get(id)
      if (node?.revisionId && before?.revisionId && node.clusterId !== before.clusterId)
        this.#noteAlike(node.revisionId, before.revisionId)
    }
    for (const [id, action] of changes.actions) {
      if (action && action.endedAt === null) this.openActions.set(id, action)
      else this.openActions.delete(id)
    }
    const { actions } = commit.was
    const fresh = (action: Action) => actions.get(action.id)?.status !== action.status
    return { ...commit, begun: commit.begun.filter(fresh), ended: commit.ended.filter(fresh) }
  }

  /** Whether two revisions say the same, each in a pool of its own. */
  areAlike(one: string | null | undefined, other: string | null | undefined): boolean {
    if (one == null || other == null) return false
    return one === other || this.#alike.get(one)?.has(other) === true
  }

  #noteAlike(one: string, other: string): void {
    const all = new Set([one, other])
    for (const id of [one, other]) for (const alike of this.#alike.get(id) ?? []) all.add(alike)
    for (const id of all) this.#alike.set(id, all)
  }

  nodesOf(poolId: string): Node[] {
    return [...this.nodes.values()].filter((node) => node.poolId === poolId)
  }

  /** Each has its pool. */
  inFlight(): Update[] {
    return this.openUpdates().filter((update) => update.status !== 'Queued')
  }

  /** Those in flight, and those that wait for their turn. */
  openUpdates(): Update[] {
    return [...this.updates.values()].filter((update) => !isEnded(update.status))
  }
}

function isBegun(action: Action | null): action is Action {
  return action !== null && action.status === 'RUNNING' && action.nodeId !== null
}

function replace<Row>(
  rows: Map<string, Row>,
  changed: ReadonlyMap<string, Row | null>,
): Map<string, Row | undefined> {
  const was = new Map<string, Row | undefined>()
  for (const [id, row] of changed) {
    was.set(id, rows.get(id))
    if (row === null) rows.delete(id)
    else rows.set(id, row)
  }
  return was
}
