import { setTimeout as sleep } from 'node:timers/promises'

const PAUSE_MS = 50

/**
 * Asks again and again until the answer is yes.
 * @param what the condition in words, for the error
 * @throws Error when the time is over
 */
export async function waitFor(
  what: string,
  limitMs: number,
  isTrue: () => boolean | Promise<boolean>,
): Promise<void> {
  const deadline = Date.now() + limitMs
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error(`not within ${limitMs / 1000} s: ${what}`)
    await sleep(PAUSE_MS)
  }
}
