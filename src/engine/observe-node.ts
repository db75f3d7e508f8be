import { LeaseLostError, messageOf, TimedOutError } from '../domain/errors.ts'
import type { HealthCheck } from '../domain/health-check.ts'
import type { Json } from '../domain/ids.ts'
import type { Observation } from '../planner/judge-health.ts'
import { isSameStart, type NodeRef, type Runtime, type RuntimeContext } from '../runtimes/runtime.ts'
import type { TimeLimit } from '../system/time-limit.ts'

/** What a runtime may take to look at a node, beyond the time of the check itself. */
const LOOKING_MS = 5000

/**
 * Looks at a node once. A runtime that cannot be asked, or does not answer in time, says nothing good of the node:
 * without a limit, one that hangs would hold a step, and a slot, for ever.
 *
 * @param limit held to for this look
 * @throws what the runtime throws when `limit` was broken off, and LeaseLostError
 */
export async function observeNode(
  limit: TimeLimit,
  target: {
    readonly runtime: Runtime
    readonly node: NodeRef
    readonly handle: Json
    readonly check: HealthCheck
    /** Names the start that the node is believed to run; null if there was none. */
    readonly startKey: string | null
  },
  ctx: Omit<RuntimeContext, 'signal'>,
): Promise<Observation> {
  const { runtime, node, handle, check, startKey } = target
  const { timeoutSeconds = 2, readiness } = check
  const readinessSeconds = readiness ? (readiness.timeoutSeconds ?? 2) : 0
  const limitMs = (timeoutSeconds + readinessSeconds) * 1000 + LOOKING_MS
  const late = () => new TimedOutError(`did not answer a look within ${limitMs / 1000} s`)
  try {
    const observed = await limit.run(limitMs, late, (signal) =>
      runtime.observe({ ...ctx, signal }, node, handle, check),
    )
    const { running, key } = observed
    if (!running || key === null || startKey === null || isSameStart(key, startKey)) return observed
    // A start that failed may not have replaced what ran before: that is alive, but not what the node is to run.
    return { running: false, passing: null, detail: `another start than the last one ${observed.detail}` }
  } catch (error) {
    if (limit.isBrokenOff || error instanceof LeaseLostError) throw error
    return { running: true, passing: false, detail: messageOf(error) }
  }
}
