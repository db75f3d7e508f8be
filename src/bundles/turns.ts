/**
 * Lets at most so many pieces of work run at once; the others wait, first come, first served.
 * @throws the signal's reason when it is aborted while waiting
 */
export function createTurns(max: number): Turns {
  let free = max
  const waiting: (() => void)[] = []

  function wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const enter = () => {
        signal.removeEventListener('abort', leave)
        resolve()
      }
      const leave = () => {
        waiting.splice(waiting.indexOf(enter), 1)
        reject(signal.reason)
      }
      waiting.push(enter)
      signal.addEventListener('abort', leave, { once: true })
    })
  }

  return async (signal, work) => {
    signal.throwIfAborted()
    if (free > 0) free -= 1
    else await wait(signal)
    try {
      return await work()
    } finally {
      // Whoever waits gets this turn: nobody who comes later is first.
      const next = waiting.shift()
      if (next === undefined) free += 1
      else next()
    }
  }
}

export type Turns = <Result>(signal: AbortSignal, work: () => Promise<Result>) => Promise<Result>
