import type { Clock } from '../system/clock.ts'

/** How long a runtime has to come back once its call was aborted. */
const GRACE_MS = 10_000

/**
 * Waits for a call that is told by a signal when to stop. One that does not heed it is given up some time later, or it
 * would hold its node, and its slot, for ever.
 * @param onGivenUp told of that before anything else: the call may still be carried out
 * @throws what the call throws, or the signal's reason when it was given up
 */
export async function waitPatiently<T>(
  clock: Clock,
  signal: AbortSignal,
  call: Promise<T>,
  onGivenUp: () => void = () => {},
): Promise<T> {
  const { promise: givenUp, reject } = Promise.withResolvers<never>()
  let cancelTimer: () => void = () => {}
  const onAbort = () => {
    cancelTimer = clock.after(GRACE_MS, () => {
      onGivenUp()
      reject(signal.reason)
    })
  }
  if (signal.aborted) onAbort()
  else signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([call, givenUp])
  } finally {
    signal.removeEventListener('abort', onAbort)
    cancelTimer()
  }
}
