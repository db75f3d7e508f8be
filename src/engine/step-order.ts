import type { StepName } from '../domain/action.ts'
import { DroverError } from '../domain/errors.ts'
import type { HealthCheck } from '../domain/health-check.ts'
import type { Json } from '../domain/ids.ts'
import type { Recovery } from '../domain/operation.ts'
import type { HealthState } from '../planner/judge-health.ts'
import type { NodeRef, OperationRequest, Runtime, Started, Wanted } from '../runtimes/runtime.ts'
import type { Clock } from '../system/clock.ts'
import type { Log } from '../system/log.ts'
import type { Slots } from '../system/slots.ts'
import type { Traffic } from './step-traffic.ts'
import type { Trusted } from './trust.ts'

/** Everything one node action needs to know; taken from the store's rows when it begins. */
export interface StepOrder {
  readonly name: StepName
  readonly runtime: Runtime
  readonly node: NodeRef
  readonly handle: Json
  /** What the node shall run; null for what needs no revision. */
  readonly wanted: Wanted | null
  /** The key of what goes on until its replacement, which starts beside it, has passed; null: it is stopped first. */
  readonly keeps: string | null
  /** Something else may live beside what runs, and take requests. */
  readonly hasStray: boolean
  /** What is to be done to it, for an operation. */
  readonly operation: OperationRequest | null
  /** How it is to be recovered; null: as it is started. */
  readonly recovery: Recovery | null
  /** It is looked at first, and left alone if it serves. */
  readonly checksFirst: boolean
  /** It goes even if its runtime cannot remove it: then what may still run is somebody else's to stop. */
  readonly force: boolean
  /** The physical id of what it is to take over, instead of starting something. */
  readonly adopts: string | null
  readonly healthCheck: HealthCheck
  readonly minReadySeconds: number
  readonly nodeTimeoutSeconds: number
  /** What is known of its health. */
  readonly health: HealthState
  /** Whether the node served when the order was given. */
  readonly wasAvailable: boolean
  /** It was begun before, by an engine that is gone: nobody knows how far it came. */
  readonly isRepeated: boolean
  /** Where it takes its requests from: it is taken out there before it is touched, and put back once it serves. */
  readonly traffic: Traffic | null
  readonly term: number
}

/** Why a step is hurried: nobody waits for its node's health any more. */
export const HURRIED = new DroverError('cancelled', 'was broken off')
/** Why a step is hurried: its node is moved back, whatever comes of it. */
export const DROPPED = new DroverError('cancelled', 'was broken off, for its node goes back')

/**
 * Where a step was when it failed: up to `drain` the old revision still serves, after it the new one is there. In `retire` both
 * are, and the new one serves.
 */
export type StepPhase =
  | 'prepare'
  | 'drain'
  | 'start'
  | 'gate'
  | 'retire'
  | 'stop'
  | 'place'
  | 'check'
  | 'operate'
  | 'remove'

export type StepOutcome =
  | {
      readonly ok: true
      readonly started: Started | null
      readonly health: HealthState | null
      /** Why the node was given up instead of removed, and what may still run. */
      readonly givenUp?: string
    }
  | {
      readonly ok: false
      readonly phase: StepPhase
      readonly code: string
      readonly message: string
      readonly started: Started | null
      readonly health: HealthState | null
      /** Of a step that keeps the old one: alone again, with this `health`; gone. Absent: both may run. */
      readonly old?: 'serves' | 'gone'
    }

export interface StepDeps {
  readonly clock: Clock
  readonly log: Log
  /** Bounds how many runtime calls are under way in this engine; waiting for health takes no slot. */
  readonly slots: Slots
  /** Whether this engine may still act, as far as it knows. */
  readonly trust: Trusted
  /** Aborted when the engine stops or has lost its lease, and not when somebody broke the step off. */
  readonly closing: AbortSignal
  /** A call about the order's node did not heed its signal, and may still be carried out: nothing more is begun under its term. */
  readonly onGivenUp?: () => void
}
