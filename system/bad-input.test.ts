import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { badRequests, EXIT, MAX_BODY_BYTES, params, start } from './bad-requests.ts'
import { Drover } from './drover.ts'
import { waitFor } from './wait-for.ts'

let drover: Drover
before(async () => {
  drover = await Drover.prepare({ flags: ['--http-max-body-bytes', String(MAX_BODY_BYTES)] })
  await drover.start()
  const other = join(drover.folder, 'other')
  mkdirSync(other)
  writeFileSync(join(other, 'other.mjs'), 'setInterval(() => {}, 1000)\n')
  for (const folder of ['examples/hello-http/v1', 'examples/hello-http/v2', other]) {
    await drover.json(['bundle', 'publish', folder, ...(folder === other ? ['--bundle-version', '1'] : [])])
  }
  const bounds = ['--size', '3', '--min', '1', '--max', '6']
  await drover.json(['cluster', 'create', 'web', '--bundle', 'hello-http@1', ...bounds, '--wait'])
})
after(() => drover.destroy())

describe('refused by name and reason, with nothing changed:', { concurrency: 3 }, () => {
  for (const { name, ask, status, code, field, says, cli } of badRequests) {
    test(name, async () => {
      const before = await lists()
      const [answer, ran] = await Promise.all([drover.ask(...ask), cli && drover.run(cli.args)])
      const { body } = answer
      assert.deepEqual([answer.status, body.code, body.field], [status, code, field], JSON.stringify(body))
      assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/)
      assert.match(body.detail, says)
      if (cli && ran) {
        assert.equal(ran.exitCode, cli.exit, ran.stderr)
        assert.match(ran.stderr, cli.says ?? says)
        assert.equal(ran.stdout, '')
      }
      assert.deepEqual(await lists(), before)
    })
  }
})

test('an idempotency key that comes with another request is refused', async () => {
  const headers = { 'idempotency-key': 'once' }
  const check = await drover.ask('POST', '/clusters/web/resize', { body: { minSize: 1 }, headers })
  assert.equal(check.status, 202)
  const again = await drover.ask('POST', '/clusters/web/resize', { body: { minSize: 1 }, headers })
  assert.equal(again.body.action.id, check.body.action.id)
  const other = await drover.ask('POST', '/clusters/web/resize', { body: { minSize: 2 }, headers })
  assert.deepEqual([other.status, other.body.code], [422, 'idempotency_mismatch'])
  assert.match(other.body.detail, /"once"/)
})

test('a second update, and the end of one that has ended, are refused by API and CLI', async () => {
  const begun = await drover.ask(...params({ minReadySeconds: 3 }))
  assert.equal(begun.status, 202, JSON.stringify(begun.body))
  const { id } = begun.body.update
  const [second, cli] = await Promise.all([drover.ask(...params({})), drover.run(start())])
  assert.deepEqual([second.status, second.body.code, second.body.updateId], [409, 'conflict', id])
  assert.equal(cli.exitCode, EXIT.refused)
  assert.match(cli.stderr, new RegExp(id))

  const resumed = await drover.ask('POST', `/updates/${id}/resume`)
  assert.deepEqual([resumed.status, resumed.body.code], [409, 'invalid_state'])
  const badMode = await drover.ask('POST', `/updates/${id}/cancel`, { body: { mode: 'now' } })
  assert.deepEqual([badMode.status, badMode.body.field], [400, 'mode'])
  assert.equal((await drover.run(['update', 'cancel', id, '--mode', 'now'])).exitCode, EXIT.usage)

  assert.equal((await drover.run(['update', 'cancel', id])).exitCode, 0)
  await waitFor('the update has ended', 30_000, async () => {
    return (await drover.get<{ endedAt: string | null }>(`/updates/${id}`)).endedAt !== null
  })
  const back = await drover.json<{ status: string }>(['update', 'start', 'web', '--repair', '--wait'])
  assert.ok(back)
  const [newest] = (await drover.get<{ items: { id: string; status: string }[] }>('/updates?limit=1')).items
  assert.equal(newest?.status, 'Successful')
  const late = await drover.ask('POST', `/updates/${newest?.id}/cancel`)
  assert.deepEqual([late.status, late.body.code], [409, 'invalid_state'])
  assert.match(late.body.detail, /Successful/)
  const lateByCommand = await drover.run(['update', 'cancel', newest?.id ?? ''])
  assert.equal(lateByCommand.exitCode, EXIT.refused)
  assert.match(lateByCommand.stderr, /Successful/)
})

test('a wrong key, and a viewer who wants to change something, are refused, and the latter is told', async () => {
  const wrong = `drover_${'0'.repeat(32)}_${'x'.repeat(43)}`
  const { status, headers, body } = await drover.ask('GET', '/clusters', { apiKey: wrong })
  assert.deepEqual([status, body.code], [401, 'unauthenticated'])
  assert.match(headers.get('www-authenticate') ?? '', /^Bearer/)
  const stranger = await drover.run(['cluster', 'list'], { DROVER_API_KEY: wrong })
  assert.equal(stranger.exitCode, EXIT.notAllowed)
  assert.ok(!stranger.stderr.includes(wrong), 'the key is not shown')

  const grants = [{ project: 'default', role: 'viewer' }]
  const made = await drover.ask('POST', '/api/v1/api-keys', { body: { name: 'guest', grants } })
  const apiKey: string = made.body.secret
  assert.equal((await drover.ask('GET', '/clusters', { apiKey })).status, 200)
  const before = await lists()
  const resize = await drover.ask('POST', '/clusters/web/resize', { apiKey, body: { desiredCapacity: 2 } })
  assert.deepEqual([resize.status, resize.body.code], [403, 'forbidden'])
  const byCommand = await drover.run(['cluster', 'delete', 'web', '--yes'], { DROVER_API_KEY: apiKey })
  assert.equal(byCommand.exitCode, EXIT.notAllowed)
  assert.match(byCommand.stderr, /operator|viewer/)
  assert.deepEqual(await lists(), before)

  const refusals = await drover.get<{ items: { principal: string; data: { verb: string } }[] }>(
    '/events?type=access.refused',
  )
  assert.deepEqual(
    refusals.items.map(({ principal, data }) => [principal, data.verb]),
    [
      ['guest', 'clusters.delete'],
      ['guest', 'clusters.resize'],
    ],
  )
  assert.ok(!JSON.stringify(refusals).includes(apiKey))
  assert.ok(!drover.logTail(100_000).includes(apiKey), 'no key is in the log')
  assert.ok(!drover.logTail(100_000).includes(drover.apiKey), 'no key is in the log')
})

test('a server that is not there is told as such', async () => {
  const { exitCode, stderr } = await drover.run(['cluster', 'list'], { DROVER_SERVER: 'http://127.0.0.1:1' })
  assert.equal(exitCode, EXIT.notReachable)
  assert.match(stderr, /127\.0\.0\.1:1/)
})

/** What there is, as far as a bad request could have changed it. */
async function lists(): Promise<unknown> {
  const paths = ['/bundles', '/profiles', '/clusters', '/updates', '/clusters/web/revisions']
  const found = await Promise.all(paths.map((path) => drover.get<{ items: Item[] }>(`${path}?limit=1000`)))
  const actions = await drover.get<{ items: Item[] }>('/actions?name=CLUSTER_RESIZE&name=CLUSTER_DEL_NODES')
  return [...found, actions].map(({ items }) =>
    items.map(({ id, name, number, version, pools }) => {
      const sizes = pools?.map(({ desiredCapacity, minSize, maxSize }) => ({
        desiredCapacity,
        minSize,
        maxSize,
      }))
      return { id, name, number, version, sizes }
    }),
  )
}

interface Item {
  readonly id: string
  readonly name?: string
  readonly number?: number
  readonly version?: number
  readonly pools?: readonly { desiredCapacity: number; minSize: number; maxSize: number | null }[]
}
