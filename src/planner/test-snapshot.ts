import type { NodeId } from '../domain/ids.ts'
import type { Checkpoint, PoolCounts, UpdateLimits, UpdateSnapshot } from './update-snapshot.ts'

/** Ids of a queue: `ids('u', 3)` is u1, u2, u3. */
export function ids(prefix: string, count: number): NodeId[] {
  return Array.from({ length: count }, (_, at) => `${prefix}${at + 1}` as NodeId)
}

/** Counts of a pool in which nothing is under way; `down`, `up` and `stopped` in nodes. */
export function counts(
  given: Partial<Omit<PoolCounts, 'down' | 'up' | 'stopped'>> & {
    readonly down?: number
    readonly up?: number
    readonly stopped?: number
  } = {},
): PoolCounts {
  const { down = 0, up = 0, stopped = 0, ...rest } = given
  return {
    size: 6,
    unavailable: down + stopped,
    unhealthy: down + stopped,
    inFlight: 0,
    inFlightAlone: rest.inFlight ?? 0,
    stopping: 0,
    surging: 0,
    inFlightOther: 0,
    updated: 0,
    failed: 0,
    notStopped: 0,
    fallen: 0,
    down: { count: down, first: ids('d', down) },
    up: { count: up, first: ids('u', up) },
    stopped: { count: stopped, first: ids('s', stopped) },
    ...rest,
  }
}

/** What is not said of a snapshot is as usual. */
export interface Given extends Partial<Omit<UpdateSnapshot, 'limits'>> {
  readonly limits?: Partial<UpdateLimits>
}

/** One that is the first of two, was not reached yet, and holds until somebody says to go on. */
export function checkpointAt(nodes: number, given: Partial<Checkpoint> = {}): Checkpoint {
  return {
    number: 1,
    through: 1,
    of: 2,
    nodes,
    heldSince: null,
    holdMs: null,
    afterHold: 'continue',
    continuedBy: null,
    ...given,
  }
}

/** An update that rolls forward, one node at a time, with nothing wrong. */
export function snapshot({ limits, ...given }: Given = {}): UpdateSnapshot {
  return {
    now: 1000,
    strategy: 'ROLLING',
    direction: 'forward',
    onFailure: 'rollback',
    limits: {
      maxUnavailable: 1,
      maxSurge: 0,
      maxFailures: 0,
      maxUnhealthyUpdated: null,
      maxUnhealthy: null,
      ...limits,
    },
    batches: null,
    checkpoint: null,
    domains: null,
    paused: null,
    superseded: null,
    cancellation: null,
    canGoBack: true,
    isPart: false,
    lastProgressAt: 1000,
    progressDeadlineMs: 500,
    bakeMs: 0,
    firstFailure: null,
    nodes: counts(),
    ...given,
  }
}
