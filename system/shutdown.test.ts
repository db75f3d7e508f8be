import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { request } from 'node:http'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Drover } from './drover.ts'
import { findPrograms } from './processes.ts'
import { fill, mountSmall } from './small-disk.ts'
import { waitFor } from './wait-for.ts'
import { listNodes, type UpdateView } from './workload.ts'

const SIZE = 4
const SHUTDOWN_MS = 10_000
const REFUSED = 5

test('SIGTERM in the middle of an update ends Drover soon and touches no node; the next start goes on', async (t) => {
  const drover = await begin(t)
  await createCluster(drover, SIZE)
  const change = { code: { bundle: 'hello-http@2' }, params: { maxUnavailable: 1, minReadySeconds: 1 } }
  const { body } = await drover.ask('POST', '/clusters/web/updates', { body: change })
  const path = `/updates/${body.update.id}`
  const streams = await Promise.all(
    ['/events/stream', `${path}/watch`, '/clusters/web/nodes/web-1/logs?follow=true'].map((each) =>
      open(drover, each),
    ),
  )
  const upload = beginSlowUpload(drover)
  await waitFor('the first node was moved', 20_000, async () => {
    return (await drover.get<{ progress: { updated: number } }>(path)).progress.updated >= 1
  })

  const endpoints = (await listNodes(drover, 'web')).flatMap(({ endpoint }) => (endpoint ? [endpoint] : []))
  const begun = Date.now()
  assert.equal(await drover.end('SIGTERM'), 0, drover.logTail(20))
  const tookMs = Date.now() - begun
  assert.ok(tookMs < SHUTDOWN_MS, `it took ${tookMs} ms`)
  for (const stream of streams) await stream.ended
  await upload.ended
  const left = findPrograms(drover.dataFolder)
  assert.ok(left.length >= SIZE - 1, `${left.length} nodes are left`)
  assert.ok((await answering(endpoints)).length >= SIZE - 1, 'nodes go on')

  await drover.start()
  await waitFor('the update ends', 40_000, async () => (await drover.get<UpdateView>(path)).endedAt !== null)
  const { status, because } = await drover.get<UpdateView>(path)
  assert.equal(status, 'Successful', because)
  assert.equal(findPrograms(drover.dataFolder).length, SIZE)
  const bundles = await drover.get<{ items: unknown[] }>('/bundles')
  assert.equal(bundles.items.length, 2, 'the upload that was cut off left nothing')
  t.diagnostic(`ended within ${tookMs} ms`)
})

test('a second server on the same data folder, and one on a port in use, say what to do', async (t) => {
  const drover = await begin(t)
  const second = await drover.run(['serve', '--data', drover.dataFolder, '--listen', '127.0.0.1:0'])
  assert.equal(second.exitCode, REFUSED, second.stderr)
  assert.match(second.stderr, /another Drover is running on the data folder .*; stop it, or choose another/)
  assert.ok(second.stderr.includes(drover.dataFolder))

  const holder = createServer().listen(0, '127.0.0.1')
  t.after(() => holder.close())
  await once(holder, 'listening')
  const { port } = holder.address() as { port: number }
  const folder = join(drover.folder, 'other')
  mkdirSync(folder)
  const late = await drover.run(['serve', '--data', folder, '--listen', `127.0.0.1:${port}`])
  assert.equal(late.exitCode, REFUSED, late.stderr)
  assert.match(late.stderr, new RegExp(`127\\.0\\.0\\.1:${port}.*--listen`, 's'))

  // What was refused has left the folder to the next one.
  const free = await drover.run(['serve', '--data', folder, '--listen', 'nonsense'])
  assert.notEqual(free.exitCode, 0)
  assert.match(free.stderr, /nonsense/)
  assert.equal((await drover.ask('GET', '/clusters')).status, 200, 'the first is not disturbed')
})

test('a full disk refuses changes and loses nothing; with space again it goes on', async (t) => {
  const drover = await Drover.prepare({ flags: ['--log-level', 'warn'] })
  const disk = mountSmall(drover.dataFolder, 24)
  t.after(async () => {
    disk?.unmount()
    await drover.destroy()
  })
  if (disk === null) return t.skip('only root can mount a small disk')
  await publishAndStart(drover)
  await createCluster(drover, 2)
  const before = await listNodes(drover, 'web')

  const ballast = fill(drover.dataFolder, 300_000)
  const accepted: string[] = []
  let refusal: { status: number; code: string; retryable: boolean } | null = null
  for (let number = 0; number < 500 && refusal === null; number += 1) {
    const { status, body } = await drover.ask('POST', '/clusters', {
      body: { name: `empty-${number}`, profile: 'process', code: { bundle: 'hello-http@1' }, size: 0 },
    })
    if (status === 202) accepted.push(body.action.id)
    else refusal = { status, code: body.code, retryable: body.retryable }
  }
  assert.ok(accepted.length > 0, 'some were accepted before the disk was full')
  assert.deepEqual(refusal, { status: 503, code: 'store_unavailable', retryable: true })
  assert.deepEqual(
    (await listNodes(drover, 'web')).map(({ id }) => id),
    before.map(({ id }) => id),
    'reads go on',
  )
  for (const { endpoint } of before) {
    assert.equal((await fetch(`http://${endpoint?.host}:${endpoint?.port}/`)).status, 200, 'nodes go on')
  }
  await waitFor('it says that it is not ready', 20_000, async () => {
    return (await fetch(`${drover.url}/readyz`)).status === 503
  })

  ballast.remove()
  await waitFor('it is ready again', 20_000, async () => (await fetch(`${drover.url}/readyz`)).ok)
  for (const id of accepted) {
    await waitFor(`action ${id} ends`, 20_000, async () => {
      return (await drover.get<{ endedAt: string | null }>(`/actions/${id}`)).endedAt !== null
    })
  }
  const update = await drover.run(['update', 'start', 'web', '--bundle', 'hello-http@2', '--wait'])
  assert.equal(update.exitCode, 0, update.stderr)
  assert.equal(drover.isRunning, true)
  t.diagnostic(`${accepted.length} requests were accepted before the disk was full`)
})

/** Those at which a node still serves. */
async function answering(
  endpoints: readonly { host: string; port: number }[],
): Promise<readonly { port: number }[]> {
  const answers = await Promise.all(
    endpoints.map(({ host, port }) =>
      fetch(`http://${host}:${port}/`).then(
        ({ ok }) => ok,
        () => false,
      ),
    ),
  )
  return endpoints.filter((_, at) => answers[at])
}

async function begin(t: TestContext): Promise<Drover> {
  const drover = await Drover.prepare()
  t.after(() => drover.destroy())
  await publishAndStart(drover)
  return drover
}

async function publishAndStart(drover: Drover): Promise<void> {
  await drover.start()
  for (const version of ['v1', 'v2'])
    await drover.json(['bundle', 'publish', `examples/hello-http/${version}`])
}

async function createCluster(drover: Drover, size: number): Promise<void> {
  const options = ['--bundle', 'hello-http@1', '--size', String(size), '--wait']
  await drover.json(['cluster', 'create', 'web', ...options])
}

/** Opens a stream of events and reads it to its end. */
async function open(drover: Drover, path: string): Promise<{ ended: Promise<void> }> {
  const headers = { authorization: `Bearer ${drover.apiKey}`, accept: 'text/event-stream' }
  const response = await fetch(drover.urlOf(path), { headers })
  assert.equal(response.status, 200)
  // An end by a closed connection is an end, too.
  return {
    ended: response
      .text()
      .then(() => {})
      .catch(() => {}),
  }
}

/** Sends the beginning of a bundle, and then a byte now and then. */
function beginSlowUpload(drover: Drover): { ended: Promise<void> } {
  const sent = request(drover.urlOf('/bundles?name=slow'), {
    method: 'POST',
    headers: { authorization: `Bearer ${drover.apiKey}`, 'content-type': 'application/octet-stream' },
  })
  sent.write(Buffer.alloc(20_000, 'PK'))
  const drip = setInterval(() => sent.write('x'), 100)
  const ended = new Promise<void>((resolve) => {
    sent.on('error', () => resolve())
    sent.on('close', () => resolve())
    sent.on('response', (response) => response.resume())
  })
  return { ended: ended.finally(() => clearInterval(drip)) }
}
