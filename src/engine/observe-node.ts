import { LeaseLostError, messageOf, TimedOutError } from '../domain/errors.ts'
import type { HealthCheck } from '../domain/health-check.ts'
import type { Json } from '../domain/ids.ts'
import type { Observation } from '../planner/judge-health.ts'
import type { NodeRef, Runtime, RuntimeContext } from '../runtimes/runtime.ts'
import type { Clock } from '../system/clock.ts'

/** What a runtime may take to look at a node, beyond the time of the check itself. */
const LOOKING_MS = 5000

/**
 * Looks at a node once. A runtime that cannot be asked, or does not answer in time, says nothing good of the node:
 * without a limit, one that hangs would hold a step, and a slot, for ever.
 *
 * @throws the reason of `ctx.signal`, and LeaseLostError
 */
export async function observeNode(
  clock: Clock,
  target: {
    readonly runtime: Runtime
    readonly node: NodeRef
    readonly handle: Json
    readonly check: HealthCheck
  },
  ctx: RuntimeContext,
): Promise<Observation> {
  const { runtime, node, handle, check } = target
  const limitMs = (check.timeoutSeconds ?? 2) * 1000 + LOOKING_MS
  const timer = new AbortController()
  const late = () => timer.abort(new TimedOutError(`did not answer a look within ${limitMs / 1000} s`))
  const cancel = clock.after(limitMs, late)
  try {
    const signal = AbortSignal.any([ctx.signal, timer.signal])
    return await runtime.observe({ ...ctx, signal }, node, handle, check)
  } catch (error) {
    if (ctx.signal.aborted || error instanceof LeaseLostError) throw error
    const reason = timer.signal.aborted ? timer.signal.reason : error
    return { running: true, passing: false, detail: messageOf(reason) }
  } finally {
    cancel()
  }
}
