import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { ClusterResource } from './resources.ts'
import { type CliBench, createCliBench } from './test-bench.ts'

let bench: CliBench
before(async () => {
  bench = await createCliBench()
})
after(() => bench.close())

test('a largest size of none is no bound, wherever it is given', async () => {
  const run = async (...words: string[]) => {
    const { code, stderr } = await bench.run(words)
    assert.equal(code, 0, `${words.join(' ')}: ${stderr}`)
  }
  const maxSize = async () =>
    (await bench.json<ClusterResource>(['cluster', 'show', 'web'])).pools[0]?.maxSize
  await run('profile', 'create', 'p', '--type', 'scripted')
  await run('cluster', 'create', 'web', '--profile', 'p', '--max', 'none', '--wait')
  for (const free of [
    ['cluster', 'resize', 'web', '--max', 'none', '--wait'],
    ['cluster', 'adjust', 'web', '--max', 'none', '--wait'],
    ['pool', 'update', 'web', 'DefaultPool', '--max', 'none'],
  ]) {
    await run('cluster', 'resize', 'web', '--max', '5', '--wait')
    assert.equal(await maxSize(), 5)
    await run(...free)
    assert.equal(await maxSize(), null, free.join(' '))
  }
})
