import type { SizeRefusal } from '../domain/errors.ts'
import type { EpochMs, JsonObject, NodeId } from '../domain/ids.ts'
import type { NodeStatus } from '../domain/node.ts'
import type { Properties } from '../domain/property.ts'

/** The types of policy there are, each a folder here and a line in index.ts. */
export type PolicyTypeName =
  | 'scaling'
  | 'batch'
  | 'region_placement'
  | 'zone_placement'
  | 'affinity'
  | 'deletion'
  | 'loadbalance'
  | 'health'

/** Profile types whose nodes are no machines or processes of their own, which could be put on a host or into a zone. */
export const NOT_SERVERS: readonly string[] = ['os.heat.stack', 'container.dockerinc.docker']

/** Actions that policies are asked about. `NODE_CREATE` and `NODE_DELETE`: those that serve no cluster action. */
export type PolicyTarget =
  | 'CLUSTER_SCALE_OUT'
  | 'CLUSTER_SCALE_IN'
  | 'CLUSTER_RESIZE'
  | 'CLUSTER_ADD_NODES'
  | 'CLUSTER_DEL_NODES'
  | 'CLUSTER_REPLACE_NODES'
  | 'CLUSTER_UPDATE'
  | 'CLUSTER_RECOVER'
  | 'NODE_CREATE'
  | 'NODE_DELETE'
  | 'NODE_RECOVER'

/**
 * A type of policy: what may be written in one, and what it says about an action. Everything here is a pure function
 * of what it is handed: facts are gathered by the engine, and what comes of an answer is the engine's business too.
 */
export interface PolicyType<Spec = unknown> {
  readonly type: PolicyTypeName
  /** A sentence for people. */
  readonly description: string
  /** Versions of its document, newest last. */
  readonly versions: readonly string[]
  readonly properties: Properties
  /** Policies are asked in ascending priority, so that later ones know what earlier ones decided. */
  readonly priority: number
  /** Whether a cluster may have several of this type. */
  readonly isRepeatable: boolean
  /** Profile types whose nodes it can do nothing for: it cannot be attached to their clusters. */
  readonly unsupportedProfileTypes: readonly string[]
  /** The actions before which it is asked, and those after which it is told how they ended. */
  readonly targets: {
    readonly before: readonly PolicyTarget[]
    readonly after: readonly PolicyTarget[]
  }
  /**
   * @throws InvalidSpecError naming the property and the rule it breaks
   */
  parse(version: string, properties: JsonObject): Spec
  /**
   * Checks what this installation limits; asked when a policy is made, so that a limit that changes later breaks none.
   * @throws InvalidSpecError
   */
  checkLimits?(spec: Spec, limits: PolicyLimits): void
  /** What it says about an action that is about to begin, one of `targets.before`. */
  ask(spec: Spec, facts: PolicyFacts): Verdict
  /** What its binding shall remember of an action that has ended, one of `targets.after`; null: nothing. */
  tell?(spec: Spec, ended: EndedAction): BindingMemory | null
}

/** What an installation allows, from its settings. */
export interface PolicyLimits {
  /** The shortest time between two looks of a health policy. */
  readonly healthMinIntervalSeconds: number
}

/** All that a policy may know when it is asked. */
export interface PolicyFacts {
  readonly now: EpochMs
  /** Whatever is left to chance follows from it: the same facts give the same answer. */
  readonly seed: number
  readonly action: { readonly name: PolicyTarget; readonly inputs: JsonObject }
  /** Of the pool that the action changes. */
  readonly bounds: { readonly minSize: number; readonly maxSize: number | null }
  /** The pool's nodes, without those that are being deleted already. */
  readonly members: readonly MemberFacts[]
  readonly change: MembershipChange
  readonly policy: { readonly id: string; readonly name: string }
  /** What its own binding remembers. */
  readonly memory: BindingMemory
  /** What policies that were asked before this one decided. */
  readonly decided: Decisions
}

/** How an action changes the pool's members if no policy says otherwise. */
export interface MembershipChange {
  /** Nodes that come (above 0) or go (below 0). */
  readonly count: number
  /** Whether the caller said how many; if not, `count` is what is done by default, and a policy may choose. */
  readonly isCountGiven: boolean
  /** The nodes that the caller wants to go; null: whichever. */
  readonly nodes: readonly NodeId[] | null
}

/** A node, as far as policies choose by it. */
export interface MemberFacts {
  readonly id: NodeId
  readonly index: number
  readonly status: NodeStatus
  readonly isAvailable: boolean
  readonly isTainted: boolean
  readonly createdAt: EpochMs
  /** When the revision that it runs was made; null if it runs nothing yet. */
  readonly revisionCreatedAt: EpochMs | null
  readonly placement: Placement
}

/** Where a node is, as far as placement was decided. */
export interface Placement {
  readonly region?: string
  readonly zone?: string
  /** Name of the group whose nodes are kept together or apart. */
  readonly group?: string
  readonly groupRule?: GroupRule
}

/** Keep nodes of a group on one host or on different ones; `soft-`: where possible. */
export type GroupRule = 'affinity' | 'soft-affinity' | 'anti-affinity' | 'soft-anti-affinity'

/** What a binding remembers between actions. */
export interface BindingMemory {
  readonly lastOperationAt: EpochMs | null
  readonly data: JsonObject
}

/** An action that is over, for {@link PolicyType.tell}. */
export interface EndedAction {
  readonly now: EpochMs
  readonly name: PolicyTarget
  readonly hasSucceeded: boolean
  readonly memory: BindingMemory
}

/** A policy's answer. It never edits the action and never calls out. */
export type Verdict =
  | { readonly kind: 'allow'; readonly because: string }
  /** Go on, in this way. */
  | { readonly kind: 'narrow'; readonly decisions: Decisions; readonly because: string }
  /** `size`: which size cannot be, for those who say it in other words. */
  | { readonly kind: 'deny'; readonly because: string; readonly size?: SizeRefusal }

/**
 * What policies decide about an action: plain JSON, kept in the action's `data`, and all that the engine reads. A
 * member that is absent was left open.
 */
export interface Decisions {
  /** Nodes that come (above 0) or go (below 0), instead of the number that was asked for. */
  readonly count?: number
  /** How many nodes go from where: what a deletion policy has to keep to. */
  readonly quotas?: readonly RemovalQuota[]
  /** The nodes that go, in this order. */
  readonly remove?: readonly NodeId[]
  readonly deletion?: DeletionRules
  /** Where new nodes are put: the first new node gets the first placement. As many as nodes come. */
  readonly placements?: readonly Placement[]
  readonly batch?: BatchRules
  /** Health is not watched over while the action runs. */
  readonly suspendsHealth?: true
  /** Nodes leave load balancers before they are touched, and enter them once they serve. */
  readonly loadBalance?: true
}

/** How many nodes leave each place; the place of those that were never put anywhere is empty. */
export interface RemovalQuota {
  readonly by: 'region' | 'zone'
  readonly counts: Readonly<Record<string, number>>
}

/** How nodes leave. */
export interface DeletionRules {
  /** False: they leave the cluster and go on as nodes of none. */
  readonly destroyAfterDeletion: boolean
  /** Between the beginning of the action and the first node that is touched. */
  readonly gracePeriodSeconds: number
  /**
   * False: the pool keeps its desired capacity. The action puts nobody in the places of those that left; a later one
   * that goes by the capacity (a resize, nodes being added) does.
   */
  readonly reduceDesiredCapacity: boolean
  /** Somebody who has to agree before a node leaves; null: nobody. */
  readonly hook: DeletionHook | null
}

/** Tells of a node that is about to leave, and waits until its action is completed from outside. */
export type DeletionHook = {
  /** After it, the node leaves without an answer. */
  readonly timeoutSeconds: number
} & ({ readonly type: 'webhook'; readonly url: string } | { readonly type: 'queue'; readonly queue: string })

/** In what portions an update goes through the nodes. */
export interface BatchRules {
  /** Nodes at once, at least 1. */
  readonly size: number
  /** Between the end of a batch and the beginning of the next. */
  readonly pauseSeconds: number
}
