import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type CliBench, createCliBench } from './test-bench.ts'

let bench: CliBench

before(async () => {
  bench = await createCliBench()
})
after(() => bench.close())

interface Change {
  readonly id: string
  readonly status: string
  readonly because: string
  readonly to: string
  readonly updates: readonly { readonly pool: string; readonly status: string }[]
}

const shown = (id: string) => bench.json<Change>(['cluster', 'version', 'show', id])

test('the versions that clusters can be on are listed', async () => {
  const { code, stdout } = await bench.run(['cluster', 'version', 'available'])
  assert.equal(code, 0)
  assert.match(stdout, /1\.34 \(default\)\s+1\.34\.0\s+standard\s+2025-10-02\s+scripted/)
})

test('a cluster moves up, back with its nodes first, and is listed with its moves', async () => {
  await bench.json(['cluster', 'create', 'web', '--cluster-version', '1.33', '--size', '2', '--wait'])
  const up = await bench.run(['cluster', 'version', 'change', 'web', '1.34', '--wait'])
  assert.equal(up.code, 0, up.stderr)
  assert.match(up.stdout + up.stderr, /web moves from 1\.33 to 1\.34/)
  const follow = ['update', 'start', 'web', '--platform-version', '1.34', '--wait']
  assert.equal((await bench.run(follow)).code, 0)
  const cluster = await bench.run(['cluster', 'show', 'web'])
  assert.match(cluster.stdout, /Version\s+1\.34/)

  const down = ['cluster', 'version', 'change', 'web', '1.33', '--node-phase', '10m', '--wait']
  const { code, stderr } = await bench.run(down)
  assert.equal(code, 0, stderr)
  const { stdout } = await bench.run(['cluster', 'version', 'list', 'web'])
  assert.match(stdout, /1\.34\s+1\.33\s+SUCCEEDED.*\n.*1\.33\s+1\.34\s+SUCCEEDED/)
  const { items } = await bench.json<{ items: Change[] }>(['cluster', 'version', 'list', 'web'])
  const change = await shown(items[0]?.id ?? '')
  assert.deepEqual(
    change.updates.map(({ pool, status }) => [pool, status]),
    [['DefaultPool', 'Successful']],
  )
  const late = await bench.run(['cluster', 'version', 'cancel', change.id])
  assert.notEqual(late.code, 0)
  assert.match(late.stderr, /cannot be cancelled any more: the cluster is on 1\.33/)
})

test('a way back is cancelled, and what stands against a move is said', async () => {
  await bench.json(['cluster', 'create', 'big', '--cluster-version', '1.33', '--size', '12', '--wait'])
  await bench.json(['cluster', 'version', 'change', 'big', '1.34'])
  const follow = [
    'update',
    'start',
    'big',
    '--platform-version',
    '1.34',
    '--max-unavailable',
    '100%',
    '--wait',
  ]
  assert.equal((await bench.run(follow)).code, 0)
  const far = await bench.run(['cluster', 'version', 'change', 'big', '1.32'])
  assert.notEqual(far.code, 0)
  assert.match(far.stderr, /it moves one minor version at a time/)
  await bench.json(['cluster', 'version', 'change', 'big', '1.33'])
  const { items } = await bench.json<{ items: Change[] }>(['cluster', 'version', 'list', 'big'])
  const id = items[0]?.id ?? ''
  const cancelled = await bench.run(['cluster', 'version', 'cancel', id])
  assert.equal(cancelled.code, 0, cancelled.stderr)
  assert.match(cancelled.stdout, /nodes go back to 1\.34/)
  const end = Date.now() + 60_000
  while ((await shown(id)).status === 'RUNNING') assert.ok(Date.now() < end, 'it does not end')
  const { status, because } = await shown(id)
  assert.equal(status, 'CANCELLED')
  assert.match(because, /cancelled by .*; the cluster's version stays as it is/)
  const { stdout } = await bench.run(['cluster', 'show', 'big'])
  assert.match(stdout, /Version\s+1\.34/)
})
