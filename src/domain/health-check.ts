/**
 * How to tell that a node works. Durations are seconds. `alive` asks only that the thing runs, for `minUptimeSeconds`
 * (default 0) before it counts: else a program that crashes right after its start would pass.
 */
export type HealthCheck = HealthCheckTiming &
  (
    | { readonly type: 'alive'; readonly minUptimeSeconds?: number }
    /** Passes on any status from 200 to 399. */
    | { readonly type: 'http'; readonly path: string; readonly port?: number }
    | { readonly type: 'tcp'; readonly port?: number }
    /** Passes on exit code 0; run in the node's folder with the node's environment. */
    | { readonly type: 'command'; readonly command: readonly string[] }
  )

interface HealthCheckTiming {
  /** Between two checks of a healthy node. Default 5. In the start period, checks come as often as every 5 ms. */
  readonly intervalSeconds?: number
  /** For one check. Default 2. */
  readonly timeoutSeconds?: number
  /** Passes in a row that make a node healthy. Default 1. */
  readonly healthyThreshold?: number
  /** Failures in a row that make a healthy node unhealthy. Default 3. */
  readonly unhealthyThreshold?: number
  /** Failures within this time after the start do not count. Default 30. */
  readonly startPeriodSeconds?: number
  /** Asked beside it, at the same times; absent: a node that works is ready. */
  readonly readiness?: Readiness
}

/**
 * How a node says whether it wants requests, apart from whether it works: it is ready while this path answers with a status
 * from 200 to 399. One that is not ready serves as little as one that is broken, but is not recovered by being killed.
 */
export interface Readiness {
  readonly path: string
  /** Default: the node's own port. */
  readonly port?: number
  /** For one question. Default 2. */
  readonly timeoutSeconds?: number
  /**
   * How long a node has, after its preStop hook told it to drain, to become not ready any more before it is stopped all the
   * same. Default 0: nobody waits.
   */
  readonly drainSeconds?: number
}

/** `NotReady`: it works, and says itself that it is not to get requests. */
export type Health = 'Unknown' | 'Starting' | 'Healthy' | 'NotReady' | 'Unhealthy'

/** Whether a node works, ready or not. */
export function isWorking(health: Health): boolean {
  return health === 'Healthy' || health === 'NotReady'
}
