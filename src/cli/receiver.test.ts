import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type CliBench, createCliBench } from './test-bench.ts'

let bench: CliBench
before(async () => {
  bench = await createCliBench()
  await bench.run(['profile', 'create', 'p', '--type', 'scripted'])
  const made = await bench.run(['cluster', 'create', 'web', '--profile', 'p', '--size', '1', '--wait'])
  assert.equal(made.code, 0, made.stderr)
})
after(() => bench.close())

/** A scaling is worked out when its action runs. */
const reaches = async (size: number) => {
  const end = Date.now() + 30_000
  for (let seen = await sizeOf(); seen !== size; seen = await sizeOf()) {
    if (Date.now() > end) throw new Error(`web has size ${seen}, not ${size}`)
  }
}

const sizeOf = async () => {
  const { pools } = await bench.json<{ pools: { desiredCapacity: number }[] }>(['cluster', 'show', 'web'])
  return pools[0]?.desiredCapacity
}

test('a webhook is made, and its address is all that a caller needs', async () => {
  const created = await bench.run([
    ...['receiver', 'create', 'more', '--cluster', 'web'],
    ...['--action', 'CLUSTER_SCALE_OUT', '--param', 'count=2'],
  ])
  assert.equal(created.code, 0, created.stderr)
  const url = created.stdout.trim()
  assert.match(url, /^http:.*\/webhooks\/[0-9a-f-]+\/trigger\?token=drover_receiver_/)
  const called = await fetch(url, { method: 'POST' })
  assert.equal(called.status, 202, await called.text())
  await reaches(3)
  const triggered = await bench.run(['receiver', 'trigger', 'more', '--param', 'count=1', '--param', 'x=1'])
  assert.match(triggered.stdout, /^action .* \(.*\) is accepted; it has no use for x\n$/)
  await reaches(4)
  const rotated = await bench.run(['receiver', 'rotate', 'more'])
  assert.notEqual(rotated.stdout.trim(), url)
  assert.equal((await fetch(url, { method: 'POST' })).status, 401)
  const shown = await bench.run(['receiver', 'show', 'more'])
  assert.ok(!shown.stdout.includes('drover_receiver_'))
  const changed = await bench.run(['receiver', 'update', 'more', '--rename', 'grow', '--clear-params'])
  assert.equal(changed.code, 0, changed.stderr)
  assert.match((await bench.run(['receiver', 'list'])).stdout, /grow +webhook +CLUSTER_SCALE_OUT +admin/)
  assert.equal((await bench.run(['receiver', 'delete', 'grow', '--yes'])).code, 0)
})

test('messages are sent, taken by themselves, and listed', async () => {
  const made = await bench.run(['receiver', 'create', 'mail', '--type', 'message'])
  assert.equal(made.code, 0, made.stderr)
  const before = await sizeOf()
  const send = ['receiver', 'send', 'mail', '--cluster', 'web', '--action', 'CLUSTER_SCALE_OUT']
  assert.match((await bench.run(send)).stdout, /^message 1 waits for receiver mail/)
  const bad = ['receiver', 'send', 'mail', '--cluster', 'gone', '--action', 'CLUSTER_CHECK']
  assert.equal((await bench.run(bad)).code, 0)
  const noted = await bench.json<{ done: number }>(['receiver', 'notify', 'mail'])
  assert.equal(typeof noted.done, 'number')
  const { stdout } = await bench.run(['receiver', 'messages', 'mail'])
  assert.match(stdout, /1 +Done/)
  assert.match(stdout, /2 +Refused .*cluster "gone" does not exist/)
  await reaches((before ?? 0) + 1)
})
