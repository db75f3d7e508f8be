import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type CliBench, createCliBench } from './test-bench.ts'

let bench: CliBench
before(async () => {
  bench = await createCliBench()
})
after(() => bench.close())

const run = async (...words: string[]) => {
  const { code, stdout, stderr } = await bench.run(words)
  assert.equal(code, 0, stderr)
  return stdout
}

test('environments are made, listed, changed and deleted, and clusters in them go by both names', async () => {
  assert.match(await run('environment', 'list'), /No environments yet/)
  await run('environment', 'create', 'prod', '--description', 'in use')
  assert.match(await run('environment', 'list'), /prod +in use/)
  await run('profile', 'create', 'p', '--type', 'scripted')
  await run('cluster', 'create', 'web', '--environment', 'prod', '--profile', 'p', '--wait')
  await run('cluster', 'create', 'web', '--profile', 'p', '--size', '0', '--wait')
  const listed = await run('cluster', 'list', '--environment', 'prod')
  assert.match(listed, /prod\/web/)
  assert.match(await run('cluster', 'show', 'prod/web'), /Cluster +prod\/web/)
  assert.match(await run('update', 'start', 'prod/web', '--platform-version', '2', '--wait'), /Successful/)
  const { items } = await bench.json<{ items: { cluster: string }[] }>(['update', 'list'])
  assert.deepEqual(
    items.map(({ cluster }) => cluster),
    ['prod/web'],
  )
  await run('environment', 'update', 'prod', '--rename', 'live', '--description', '')
  assert.match(await run('environment', 'show', 'live'), /Environment +live/)
  assert.match(
    (await bench.run(['environment', 'delete', 'live', '--yes'])).stderr,
    /in use by the clusters "live\/web"/,
  )
  await run('cluster', 'delete', 'live/web', '--yes', '--wait')
  await run('environment', 'delete', 'live', '--yes')
})
