import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { type BundleFetcher, createBundleFetcher } from '../bundles/fetcher.ts'
import { createS3Source } from '../bundles/s3/index.ts'
import { startTestS3, type TestS3, type TestS3Options } from '../bundles/s3/test-s3-server.ts'
import { silentLog } from '../system/log.ts'
import { type Bench, createBench, zipOf } from './test-bench.ts'

const ENVIRONMENT = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'very-secret' }
const original = { ...process.env }
before(() => Object.assign(process.env, ENVIRONMENT))
after(() => {
  for (const name of Object.keys(ENVIRONMENT)) delete process.env[name]
  Object.assign(process.env, original)
})

let s3: TestS3
let bench: Bench
let fetcher: BundleFetcher
const endings: (() => unknown)[] = []
async function start(
  options: TestS3Options & { readonly timeoutMs?: number; readonly buckets?: readonly string[] } = {},
): Promise<void> {
  const { timeoutMs = 20_000, buckets = [] } = options
  const server = await startTestS3(options)
  s3 = server
  const source = createS3Source({ endpoint: s3.endpoint, region: null, forcePathStyle: true, idleMs: 10_000 })
  const made = await createBench({
    limits: { maxBundleBytes: 100_000 },
    fetcher: (bundles) => {
      fetcher = createBundleFetcher({ source, bundles, timeoutMs, maxAtOnce: 2, buckets, log: silentLog })
      return fetcher
    },
  })
  bench = made
  const mine = fetcher
  endings.push(async () => {
    mine.close()
    await server.close()
    await made.close()
  })
}
beforeEach(() => start())
afterEach(async () => {
  for (const end of endings.splice(0)) await end()
})

const zip = (text: string, more: Readonly<Record<string, string>> = {}) =>
  buffer(zipOf({ 'a.sh': text, ...more }))
const publishFrom = (input: object = {}) =>
  bench.control.bundles.publishFrom(bench.admin, { bucket: 'code', key: 'apps/web.zip', ...input })
const reads = () => s3.requests.filter((request) => request.startsWith('GET')).length
const list = async () => (await bench.control.bundles.list(bench.admin, {}, { limit: 100 })).items

/** Whole files and half-made ones. */
async function isEmpty(): Promise<boolean> {
  const root = join(bench.folder, 'bundles')
  const found = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => [])
  return found.every((entry) => !entry.isFile())
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 20_000
  while (!(await holds())) {
    assert.ok(Date.now() < end, 'it did not happen within 20 s')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

test('an object becomes a bundle that says which version of it was taken', async () => {
  const version = s3.put('code', 'apps/web.zip', await zip('one'))
  const made = await publishFrom({ description: 'first' })
  assert.deepEqual([made.name, made.version, made.description], ['web', made.digest.slice(0, 12), 'first'])
  const { etag, ...source } = made.source
  assert.deepEqual(source, { kind: 's3', place: s3.endpoint, bucket: 'code', key: 'apps/web.zip', version })
  const event = (await bench.events()).find(({ type }) => type === 'bundle.published')
  assert.match(
    event?.because ?? '',
    /root published bundle web@\w+ from s3:\/\/code\/apps\/web.zip, version v1/,
  )
})

test('the same version again is the same bundle, and nothing is fetched; a newer one is another', async () => {
  s3.put('code', 'apps/web.zip', await zip('one'))
  const first = await publishFrom()
  assert.deepEqual(await publishFrom(), first)
  assert.deepEqual(await publishFrom({ objectVersion: 'v1' }), first)
  assert.equal(reads(), 1)
  s3.put('code', 'apps/web.zip', await zip('two'))
  const second = await publishFrom()
  assert.notEqual(second.id, first.id)
  assert.deepEqual(await publishFrom({ objectVersion: 'v1' }), first)
  assert.equal(reads(), 2)
  const named = await publishFrom({ objectVersion: 'v1', name: 'other', version: '1' })
  assert.deepEqual([named.name, named.version, named.digest], ['other', '1', first.digest])
  assert.equal(reads(), 2)
  await bench.control.bundles.delete(bench.admin, first.id)
  assert.equal((await publishFrom({ objectVersion: 'v1' })).digest, first.digest)
  assert.equal(reads(), 3)
})

test('a store without versions is known by ETag, and the event says so', async () => {
  await start({ versions: false })
  s3.put('code', 'apps/web.zip', await zip('one'))
  const first = await publishFrom()
  assert.equal(first.source['version'], null)
  assert.deepEqual(await publishFrom(), first)
  s3.put('code', 'apps/web.zip', await zip('two'))
  assert.notEqual((await publishFrom()).digest, first.digest)
  assert.match((await bench.events()).at(-1)?.because ?? '', /keeps no versions: it is known by ETag/)
})

test('two objects whose manifests say the same version stay apart, unless that version was asked for', async () => {
  const manifest = { 'drover.yaml': 'name: app\nversion: "1.0"\n' }
  s3.put('code', 'one.zip', await zip('one', manifest))
  s3.put('code', 'two.zip', await zip('two', manifest))
  const one = await publishFrom({ key: 'one.zip' })
  const two = await publishFrom({ key: 'two.zip' })
  assert.deepEqual([one.name, one.version], ['app', '1.0'])
  assert.deepEqual([two.name, two.version], ['app', `1.0+${two.digest.slice(0, 12)}`])
  assert.deepEqual(await publishFrom({ key: 'two.zip' }), two)
  await assert.rejects(publishFrom({ key: 'two.zip', version: '1.0' }), { code: 'already_exists' })
})

test('an object that several ask for at once is fetched once', async () => {
  s3.put('code', 'apps/web.zip', await zip('one'))
  const made = await Promise.all(Array.from({ length: 8 }, () => publishFrom()))
  assert.equal(new Set(made.map(({ id }) => id)).size, 1)
  assert.equal(reads(), 1)
  assert.equal((await list()).length, 1)
})

test('the same idempotency key answers with the same bundle, though a newer version is there', async () => {
  const who = bench.as('ci', 'operator', 'k')
  const object = { bucket: 'code', key: 'apps/web.zip' }
  s3.put('code', 'apps/web.zip', await zip('one'))
  const first = await bench.control.bundles.publishFrom(who, object)
  s3.put('code', 'apps/web.zip', await zip('two'))
  assert.deepEqual(await bench.control.bundles.publishFrom(who, object), first)
  const other = { ...object, name: 'x' }
  await assert.rejects(bench.control.bundles.publishFrom(who, other), { code: 'idempotency_mismatch' })
})

test('what is damaged, no zip, or broken off leaves nothing behind', async () => {
  const bytes = await zip('one')
  const cut = { kind: 'cut', afterBytes: 0 } as const
  const busy = { kind: 'status', status: 500, code: 'InternalError' } as const
  const cases = [
    { bytes, faults: [null, { kind: 'damage' }], wanted: { code: 'source_failed', fault: 'damaged' } },
    { bytes: bytes.subarray(0, -20), faults: [], wanted: { code: 'invalid_bundle' } },
    { bytes: Buffer.from('no zip'), faults: [], wanted: { code: 'invalid_bundle' } },
    { bytes, faults: [null, ...Array(60).fill(cut)], wanted: { code: 'source_failed' } },
    {
      bytes,
      faults: [null, ...Array(60).fill(busy)],
      wanted: { code: 'source_failed', fault: 'unavailable' },
    },
  ]
  for (const { bytes, faults, wanted } of cases) {
    s3.faults.splice(0)
    s3.put('code', 'apps/web.zip', bytes)
    s3.faults.push(...faults)
    await assert.rejects(publishFrom(), wanted)
    assert.equal(await isEmpty(), true)
  }
  assert.deepEqual(await list(), [])
})

test('a fetch that takes too long ends, and one that is broken off by the end of Drover leaves nothing', async () => {
  await start({ timeoutMs: 300 })
  s3.put('code', 'apps/web.zip', await zip('one'))
  s3.faults.push(null, { kind: 'silence', afterBytes: 50 })
  await assert.rejects(publishFrom(), { code: 'timed_out', message: /s3.timeoutSeconds/ })
  await until(isEmpty)
  await start()
  s3.put('code', 'apps/web.zip', await zip('one'))
  s3.faults.push(null, { kind: 'silence', afterBytes: 50 })
  const fetching = assert.rejects(publishFrom(), { code: 'cancelled' })
  await until(async () => !(await isEmpty()))
  fetcher.close()
  await fetching
  await until(isEmpty)
})

test('what may not be fetched is refused before anything is read', async () => {
  await start({ buckets: ['code'] })
  s3.put('other', 'x.zip', await zip('one'))
  s3.put('code', 'big.zip', Buffer.alloc(100_001))
  await assert.rejects(publishFrom({ bucket: 'other', key: 'x.zip' }), {
    code: 'forbidden',
    message: /s3.buckets/,
  })
  await assert.rejects(publishFrom({ key: 'big.zip' }), { code: 'too_large', message: /100001 bytes/ })
  await assert.rejects(publishFrom({ bucket: '10.0.0.1' }), { field: 'bucket' })
  await assert.rejects(publishFrom({ key: 'a/../b' }), { field: 'key' })
  await assert.rejects(publishFrom({ objectVersion: '' }), { field: 'objectVersion' })
  const viewer = bench.as('eve', 'viewer')
  const object = { bucket: 'code', key: 'big.zip' }
  await assert.rejects(bench.control.bundles.publishFrom(viewer, object), { code: 'forbidden' })
  assert.equal(reads(), 0)
})

test('without any S3 the refusal says which settings name one', async () => {
  const plain = await createBench()
  const object = { bucket: 'code', key: 'web.zip' }
  await assert.rejects(plain.control.bundles.publishFrom(plain.admin, object), {
    code: 'not_found',
    message: /s3.endpoint or s3.region/,
  })
  await plain.close()
})
