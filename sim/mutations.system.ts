import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Worker } from 'node:worker_threads'
import type { MutantOrder, MutantResult } from './mutant.ts'
import type { Mutation } from './mutation.ts'
import { MUTATIONS } from './mutations.ts'

const SEEDS = 150

describe('a simulation notices that', { concurrency: 2 }, () => {
  for (const mutation of MUTATIONS) {
    test(mutation.name, { timeout: 120_000 }, async () => {
      const caught = await runMutant(mutation)
      assert.ok(caught, `${SEEDS} runs noticed nothing`)
      assert.ok(mutation.breaks.includes(caught.guarantee), `${caught.guarantee}: ${caught.message}`)
    })
  }
})

function runMutant(mutation: Mutation): Promise<MutantResult> {
  const workerData: MutantOrder = { mutation, seeds: SEEDS }
  const worker = new Worker(new URL('./mutant.ts', import.meta.url), { workerData })
  return new Promise<MutantResult>((resolve, reject) => {
    worker.on('message', resolve)
    worker.on('error', reject)
  }).finally(() => worker.terminate())
}
