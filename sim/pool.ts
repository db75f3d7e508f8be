import { Worker } from 'node:worker_threads'
import type { SimResult } from './simulate.ts'

/**
 * Runs seeds on several cores, until there are none left or `isOver` says so.
 * @param onResult called once for each seed, in the order in which they end
 */
export async function runSeeds(options: {
  readonly seeds: Iterator<number>
  readonly workers: number
  readonly isOver: () => boolean
  readonly onResult: (result: SimResult) => void
}): Promise<void> {
  await Promise.all(Array.from({ length: options.workers }, () => runWorker(options)))
}

function runWorker({ seeds, isOver, onResult }: Parameters<typeof runSeeds>[0]): Promise<void> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url))
  return new Promise<void>((resolve, reject) => {
    const next = () => {
      const { value, done } = isOver() ? { value: undefined, done: true } : seeds.next()
      if (done) resolve()
      else worker.postMessage(value)
    }
    worker.on('message', (result: SimResult) => {
      onResult(result)
      next()
    })
    worker.on('error', reject)
    next()
  }).finally(() => worker.terminate())
}

/** From `first` up to and with `last`. */
export function* seedsFrom(first: number, last = Number.POSITIVE_INFINITY): Generator<number> {
  for (let seed = first; seed <= last; seed += 1) yield seed
}
