import type { Balancers } from '../balancers/balancer.ts'
import type { ClusterLease } from '../domain/cluster.ts'
import type { ClusterId, EpochMs } from '../domain/ids.ts'
import type { Store, Tx } from '../store/store.ts'
import type { Clock } from '../system/clock.ts'
import type { Ids } from '../system/ids.ts'
import type { Log } from '../system/log.ts'
import type { Outbound } from '../system/outbound.ts'
import type { Slots } from '../system/slots.ts'
import type { Changes } from './changes.ts'
import type { PostJson } from './lifecycle-hooks.ts'
import type { Runtimes } from './orders.ts'
import type { Trusted } from './trust.ts'

/** What one cluster's runner needs of its engine. */
export interface RunnerDeps {
  readonly store: Store
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  readonly random: () => number
  readonly runtimes: Runtimes
  readonly balancers: Balancers
  /** Whether this engine's leases are its own still, as far as it knows. */
  readonly trust: Trusted
  /** Inside a look: renews the engine's leases with it if it kept the heartbeat waiting for too long. */
  readonly renewInLook: (tx: Tx) => Promise<Renewal | undefined>
  /** To be told once that is durable. */
  readonly renewed: (renewal: Renewal) => void
  readonly operationSlots: Slots
  readonly checkSlots: Slots
  readonly pollSlots: Slots
  readonly driftSlots: Slots
  /** In about so long each node is looked at closely; 0: never. */
  readonly driftCheckMs: number
  readonly outbound: Outbound
  /** How many nodes of a hundred of a pool a health policy brings back at once. */
  readonly recoveryPercent: number
  readonly postJson: PostJson
  /** Called after each commit, with what it wrote. */
  readonly onCommit: (changes: Changes) => void
  /** Something was asked of another cluster, by what was committed. */
  readonly wake: (clusterId: ClusterId) => void
  /** The lease has gone to another engine, or the cluster is gone: this runner has stopped by itself. */
  readonly onEnd: (runner: { readonly lease: ClusterLease }) => void
}

/** What one renewal of an engine's leases wrote. */
export interface Renewal {
  readonly at: EpochMs
  /** What the engine holds, where it could not be sure of that. */
  readonly held: readonly ClusterLease[] | null
}
