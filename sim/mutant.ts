import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parentPort, workerData } from 'node:worker_threads'
import type { Guarantee } from './checks/check.ts'
import type { Mutation } from './mutation.ts'

/** Runs a broken Drover, in a thread of its own, until a guarantee is seen broken or all seeds are used up. */
export interface MutantOrder {
  readonly mutation: Mutation
  readonly seeds: number
}

export type MutantResult = {
  readonly seed: number
  readonly guarantee: Guarantee
  readonly message: string
} | null

const { mutation, seeds } = workerData as MutantOrder
const root = join(import.meta.dirname, '..')
const urlOf = (file: string) => pathToFileURL(join(root, file)).href

registerHooks({
  load(url, context, next) {
    const loaded = next(url, context)
    const edits = mutation.edits.filter(({ file }) => urlOf(file) === url)
    if (edits.length === 0) return loaded
    let source = String(loaded.source)
    for (const { file, find, replace } of edits) {
      if (source.split(find).length !== 2) {
        throw new Error(`"${find}" is not in ${file} exactly once: adapt the mutation "${mutation.name}"`)
      }
      source = source.replace(find, () => replace)
    }
    return { ...loaded, source }
  },
})

const { simulate } = await import('./simulate.ts')
let other: MutantResult = null
let caught: MutantResult = null
const first = mutation.firstSeed ?? 1
for (let seed = first; seed < first + seeds && caught === null; seed += 1) {
  const { violation } = await simulate({ seed })
  if (violation === null) continue
  // What is broken may show as something else first; another seed shows it as itself.
  if (mutation.breaks.includes(violation.guarantee)) caught = { seed, ...violation }
  else other ??= { seed, ...violation }
}
parentPort?.postMessage(caught ?? other)
