import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runSeeds, seedsFrom } from './pool.ts'
import { describeFailure } from './report.ts'
import { type SimResult, simulate } from './simulate.ts'

const SECONDS = 10

test('every guarantee holds in every run', { timeout: 120_000 }, async () => {
  const until = Date.now() + SECONDS * 1000
  let failure: SimResult | undefined
  let count = 0
  await runSeeds({
    seeds: seedsFrom(1, 400),
    workers: 2,
    isOver: () => failure !== undefined || (Date.now() >= until && count >= 20),
    onResult(result) {
      count += 1
      if (result.violation) failure ??= result
    },
  })
  assert.equal(failure && describeFailure(failure), undefined)
  assert.ok(count >= 20, `${count} runs`)
})

test('the same seed gives the same run to the last step', async () => {
  for (const seed of [4, 11, 38]) {
    const [one, other] = [await simulate({ seed }), await simulate({ seed })]
    assert.equal(one.digest, other.digest, `seed ${seed}`)
    assert.ok(one.steps > 20)
  }
})

test('another seed gives another run', async () => {
  const [one, other] = [await simulate({ seed: 2 }), await simulate({ seed: 22 })]
  assert.notEqual(one.digest, other.digest)
})

test('a run can be ended at a step, and has come the same way to it', async () => {
  const whole = await simulate({ seed: 4 })
  const lines: string[] = []
  const part = await simulate({ seed: 4, steps: 30, print: (line) => lines.push(line) })
  assert.equal(part.steps, 30)
  assert.equal(lines.length, 30)
  assert.ok(whole.steps > 30)
})
