import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { DroverError } from '../../domain/errors.ts'
import type { ObjectName, ObjectSource } from '../object-source.ts'
import { createS3Source } from './index.ts'
import { startTestS3, type TestS3, type TestS3Options } from './test-s3-server.ts'

const BYTES = randomBytes(300_000)
const WEB = { bucket: 'code', key: 'apps/web one.zip' }
const forever = new AbortController().signal

// Where the SDK looks first for credentials; restored afterwards, for what else runs in this process.
const ENVIRONMENT = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'very-secret' }
const original = { ...process.env }
before(() => Object.assign(process.env, ENVIRONMENT))
after(() => {
  for (const name of Object.keys(ENVIRONMENT)) delete process.env[name]
  Object.assign(process.env, original)
})

let s3: TestS3
let source: ObjectSource
const endings: (() => unknown)[] = []
async function start(options: TestS3Options = {}, idleMs = 10_000): Promise<void> {
  const server = await startTestS3(options)
  endings.push(() => server.close())
  s3 = server
  source = reach(server.endpoint, idleMs)
}
function reach(endpoint: string, idleMs: number): ObjectSource {
  const made = createS3Source({ endpoint, region: null, forcePathStyle: true, idleMs })
  endings.push(() => made.close())
  return made
}
beforeEach(() => start())
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})

async function fetchAll(name: ObjectName, signal = forever): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of source.read(await source.pin(name, signal), signal)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

test('the newest version is pinned when none is named, and an older one by its name', async () => {
  const first = s3.put('code', WEB.key, BYTES)
  const newest = s3.put('code', WEB.key, BYTES.subarray(1))
  const pinned = await source.pin(WEB, forever)
  assert.deepEqual([pinned.version, pinned.sizeBytes, pinned.checksum?.algorithm], [newest, 299_999, 'crc32'])
  s3.put('code', WEB.key, BYTES.subarray(2))
  const chunks: Uint8Array[] = []
  for await (const chunk of source.read(pinned, forever)) chunks.push(chunk)
  assert.deepEqual(Buffer.concat(chunks), BYTES.subarray(1))
  assert.deepEqual(await fetchAll({ ...WEB, version: first }), BYTES)
})

test('a store without versions pins by ETag, and what is replaced meanwhile is refused', async () => {
  await start({ versions: false, checksums: false })
  s3.put('code', WEB.key, BYTES)
  const pinned = await source.pin(WEB, forever)
  assert.deepEqual([pinned.version, pinned.checksum?.algorithm], [null, 'md5'])
  s3.put('code', WEB.key, BYTES.subarray(1))
  await assert.rejects(
    async () => {
      for await (const chunk of source.read(pinned, forever)) assert.ok(chunk)
    },
    { code: 'source_failed', fault: 'changed', retryable: true },
  )
})

test('a connection that breaks is taken up where it was, also by a store that cannot begin in the middle', async () => {
  for (const ranges of [true, false]) {
    await start({ ranges })
    s3.put('code', WEB.key, BYTES)
    s3.faults.push(null, { kind: 'cut', afterBytes: 100_000 }, { kind: 'cut', afterBytes: 150_000 })
    assert.deepEqual(await fetchAll(WEB), BYTES)
    const resumed = s3.requests.filter((request) => /GET .* bytes=[1-9]\d*-$/.test(request))
    assert.equal(resumed.length, 2, s3.requests.join('\n'))
  }
})

test('a store that is busy at first is asked again', async () => {
  s3.put('code', WEB.key, BYTES)
  const busy = { kind: 'status', status: 503, code: 'SlowDown' } as const
  s3.faults.push(busy, null, busy)
  assert.deepEqual(await fetchAll(WEB), BYTES)
})

test('bytes that do not come to their checksum are refused', async () => {
  for (const checksums of [true, false]) {
    await start({ checksums })
    s3.put('code', WEB.key, BYTES)
    s3.faults.push(null, { kind: 'damage' })
    await assert.rejects(fetchAll(WEB), {
      code: 'source_failed',
      fault: 'damaged',
      message: /s3:\/\/code\/apps/,
    })
  }
})

test('a connection that falls silent is given up, and the rest asked for anew', async () => {
  await start({}, 300)
  s3.put('code', WEB.key, BYTES)
  s3.faults.push(null, { kind: 'silence', afterBytes: 1000 })
  assert.deepEqual(await fetchAll(WEB), BYTES)
})

test('whoever stops waiting is let go at once', async () => {
  s3.put('code', WEB.key, BYTES)
  s3.faults.push(null, { kind: 'silence', afterBytes: 1000 })
  const controller = new AbortController()
  const fetching = (async () => {
    for await (const _ of source.read(await source.pin(WEB, forever), controller.signal)) {
      controller.abort(new Error('enough'))
    }
  })()
  await assert.rejects(fetching, /enough/)
})

test('bucket, key and version that are not there are told apart', async () => {
  s3.put('code', WEB.key, BYTES)
  await assert.rejects(fetchAll({ bucket: 'none', key: 'x' }), {
    code: 'not_found',
    message: /bucket "none"/,
  })
  await assert.rejects(fetchAll({ bucket: 'code', key: 'x' }), {
    code: 'not_found',
    message: /s3:\/\/code\/x/,
  })
  await assert.rejects(fetchAll({ ...WEB, version: 'v9' }), {
    code: 'not_found',
    message: /object version "v9"/,
  })
})

test('a refusal says what to do, and nothing of the credentials', async () => {
  s3.put('code', WEB.key, BYTES)
  const denied = { kind: 'status', status: 403, code: 'AccessDenied' } as const
  s3.faults.push(denied, denied)
  const error = await fetchAll(WEB).catch((thrown: unknown) => thrown)
  assert.ok(error instanceof DroverError)
  assert.deepEqual([error.code, error.retryable], ['source_failed', false])
  assert.match(error.message, /refuses s3:\/\/code\/apps.*AccessDenied.*s3:GetObject/)
  assert.doesNotMatch(`${error.stack} ${JSON.stringify(error)} ${error.cause}`, /AKIDEXAMPLE|very-secret/)
})

test('nothing but the endpoint is asked, whatever it answers and whatever a bucket is called', async () => {
  let asked = 0
  const other = createServer(() => {
    asked += 1
  }).listen(0, '127.0.0.1')
  await once(other, 'listening')
  endings.push(() => other.close())
  const { port } = other.address() as { port: number }
  for (const [status, code] of [
    [301, 'PermanentRedirect'],
    [307, 'TemporaryRedirect'],
  ] as const) {
    s3.faults.push({ kind: 'status', status, code, location: `http://127.0.0.1:${port}/code/web.zip` })
    await assert.rejects(fetchAll(WEB), { code: 'source_failed', message: /set s3.region/ })
  }
  for (const bucket of [
    `127.0.0.1:${port}/x`,
    `a@127.0.0.1:${port}`,
    'arn:aws:s3:eu-west-1:1:accesspoint/x',
  ]) {
    await assert.rejects(fetchAll({ bucket, key: 'web.zip' }))
  }
  assert.equal(asked, 0)
})

test('a store that cannot be reached is named, with where to look', async () => {
  const free = createServer().listen(0, '127.0.0.1')
  await once(free, 'listening')
  const { port } = free.address() as { port: number }
  free.close()
  await once(free, 'close')
  source = reach(`http://127.0.0.1:${port}`, 1000)
  await assert.rejects(fetchAll(WEB), {
    code: 'source_failed',
    retryable: true,
    message: new RegExp(
      `127.0.0.1:${port} cannot be reached for s3://code/apps/web one.zip \\(ECONNREFUSED\\)`,
    ),
  })
})

test('a connection that is reset before any answer is no time that ran out', async () => {
  const rude = createServer((socket) => socket.resetAndDestroy()).listen(0, '127.0.0.1')
  await once(rude, 'listening')
  endings.push(() => rude.close())
  source = reach(`http://127.0.0.1:${(rude.address() as { port: number }).port}`, 5000)
  await assert.rejects(fetchAll(WEB), { code: 'source_failed', fault: 'unavailable', retryable: true })
})
