import type { NodeId } from '../domain/ids.ts'
import type { PoolCounts, UpdateSnapshot } from './update-snapshot.ts'

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
    inFlight: 0,
    stopping: 0,
    inFlightOther: 0,
    updated: 0,
    failed: 0,
    notStopped: 0,
    down: { count: down, first: ids('d', down) },
    up: { count: up, first: ids('u', up) },
    stopped: { count: stopped, first: ids('s', stopped) },
    ...rest,
  }
}

/** An update that rolls forward, one node at a time, with nothing wrong. */
export function snapshot(given: Partial<UpdateSnapshot> = {}): UpdateSnapshot {
  return {
    now: 1000,
    strategy: 'ROLLING',
    direction: 'forward',
    onFailure: 'rollback',
    limits: { maxUnavailable: 1, maxFailures: 0 },
    batches: null,
    paused: null,
    cancellation: null,
    canGoBack: true,
    lastProgressAt: 1000,
    progressDeadlineMs: 500,
    firstFailure: null,
    nodes: counts(),
    ...given,
  }
}
