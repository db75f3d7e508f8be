/**
 * Runs a piece of work once for everybody who asks for it at the same time. Whoever's signal aborts leaves with
 * its reason; the work itself is aborted when nobody waits for it any more.
 */
export function createSharedWork<Key, Result>(): SharedWork<Key, Result> {
  const jobs = new Map<Key, Job<Result>>()

  function begin(key: Key, work: (signal: AbortSignal) => Promise<Result>): Job<Result> {
    const controller = new AbortController()
    const job: Job<Result> = { controller, waiting: 0, result: work(controller.signal) }
    jobs.set(key, job)
    const forget = () => {
      if (jobs.get(key) === job) jobs.delete(key)
    }
    job.result.then(forget, forget)
    return job
  }

  return (key, signal, work) => {
    if (signal.aborted) return Promise.reject(signal.reason)
    const running = jobs.get(key)
    // Aborted work may still be cleaning up; who comes now needs a fresh one.
    const job = running === undefined || running.controller.signal.aborted ? begin(key, work) : running
    job.waiting += 1
    return new Promise((resolve, reject) => {
      const leave = () => {
        job.waiting -= 1
        if (job.waiting === 0) job.controller.abort(signal.reason)
        reject(signal.reason)
      }
      signal.addEventListener('abort', leave, { once: true })
      job.result.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave))
    })
  }
}

export type SharedWork<Key, Result> = (
  key: Key,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<Result>,
) => Promise<Result>

interface Job<Result> {
  readonly controller: AbortController
  waiting: number
  readonly result: Promise<Result>
}
