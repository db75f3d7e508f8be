import type { HealthCheck } from '../../src/domain/health-check.ts'
import type { EpochMs, NodeId } from '../../src/domain/ids.ts'
import type { Observed } from '../../src/runtimes/runtime.ts'
import type { HistoryEntry, ScriptedWorld } from '../../src/runtimes/scripted/world.ts'
import type { Commit, Ledger } from '../ledger.ts'
import type { Machine } from '../machine.ts'

/** Something that happened to a node in the world, and the call that did it. */
export interface Effect {
  readonly at: EpochMs
  readonly nodeId: NodeId
  readonly what: HistoryEntry['what']
  readonly key: string | null
  /** Of the call; null for what happened by itself. */
  readonly term: number | null
  readonly machine: string | null
  readonly call: RuntimeCall | null
}

/** A call of a runtime, as it begins. */
export interface RuntimeCall {
  readonly what:
    | 'prepare'
    | 'start'
    | 'startBeside'
    | 'retire'
    | 'stop'
    | 'remove'
    | 'placeCode'
    | 'observe'
    | 'findDrift'
  readonly nodeId: NodeId
  readonly term: number
  readonly signal: AbortSignal
  readonly machine: Machine
}

/** What a check can see, and how it says that a guarantee does not hold. */
export interface Scene {
  readonly ledger: Ledger
  readonly world: ScriptedWorld
  now(): EpochMs
  /** The run ends here; only the first one counts. */
  fail(guarantee: Guarantee, message: string): void
}

/** As the table in docs/simulation.md names them. */
export type Guarantee =
  | 'budget'
  | 'order'
  | 'one at a time'
  | 'it ends'
  | 'commit point'
  | 'cancel converges'
  | 'gate'
  | 'held'
  | 'failure is bounded'
  | 'idempotent'
  | 'one runner'
  | 'nodes outlive'
  | 'explained'
  | 'audit'
  | 'rows agree'
  | 'drained'
  | 'in sync'
  | 'kept'
  | 'no surprises'

/** Watches one guarantee. Each method is called at once when it happens; the ledger has the commit already. */
export interface Check {
  onCommit?(commit: Commit): void
  onEffect?(effect: Effect): void
  onCall?(call: RuntimeCall): void
  onCallEnd?(call: RuntimeCall): void
  onObserved?(call: RuntimeCall, observed: Observed, check: HealthCheck | null): void
}
