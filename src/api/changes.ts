/** Says that something was committed in this process. Only wakes us sooner: looking again is the guarantee. */
export interface Changes {
  /** @returns the end of the subscription */
  subscribe(listener: () => void): () => void
}

/** Many commits come at once; watchers look at most this often. */
const MIN_GAP_MS = 25

interface WatchOptions {
  readonly signal: AbortSignal
  /** The longest time between two looks. */
  readonly pollMs: number
}

/**
 * Yields whenever it is time to look at the store again: at once, after each change, and every `pollMs`
 * whatever happens. Ends with the signal.
 */
export async function* looks(changes: Changes, { signal, pollMs }: WatchOptions): AsyncGenerator<void> {
  // Set by a change that comes while the consumer is still looking, so that it is not lost.
  let changed = false
  let wake = () => {}
  const unsubscribe = changes.subscribe(() => {
    changed = true
    wake()
  })
  const stop = () => wake()
  signal.addEventListener('abort', stop)
  const pause = (delayMs: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, delayMs)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  try {
    while (!signal.aborted) {
      changed = false
      yield
      if (signal.aborted) return
      if (!changed) await pause(pollMs)
      if (changed && !signal.aborted) await new Promise((resolve) => setTimeout(resolve, MIN_GAP_MS))
    }
  } finally {
    unsubscribe()
    signal.removeEventListener('abort', stop)
  }
}
