import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type BundleFetcher, createBundleFetcher } from '../../bundles/fetcher.ts'
import { createS3Source } from '../../bundles/s3/index.ts'
import { startTestS3, type TestS3 } from '../../bundles/s3/test-s3-server.ts'
import { silentLog } from '../../system/log.ts'
import { project, startTestServer, zip } from '../test-server.ts'

const ENVIRONMENT = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'very-secret' }
const original = { ...process.env }
let s3: TestS3
before(async () => {
  Object.assign(process.env, ENVIRONMENT)
  s3 = await startTestS3()
})
after(async () => {
  for (const name of Object.keys(ENVIRONMENT)) delete process.env[name]
  Object.assign(process.env, original)
  await s3.close()
})

const path = `${project}/bundles/fetch`
const OBJECT = { bucket: 'code', key: 'apps/quotes.zip' }

test('a fetch that outlasts the patience of clients is answered with 202, goes on, and is there in the end', async (t) => {
  let fetcher: BundleFetcher | undefined
  const server = await startTestServer(t, { limits: { patienceMs: 300 } }, {}, (bundles) => {
    const s3Options = { endpoint: s3.endpoint, region: null, forcePathStyle: true, idleMs: 1000 }
    const options = { timeoutMs: 60_000, maxAtOnce: 2, buckets: [], log: silentLog }
    fetcher = createBundleFetcher({ source: createS3Source(s3Options), bundles, ...options })
    return fetcher
  })
  s3.put('code', OBJECT.key, zip('hello'))
  s3.faults.push(null, { kind: 'silence', afterBytes: 10 })
  const first = await server.ask('POST', path, OBJECT)
  assert.deepEqual([first.status, first.headers['retry-after']], [202, '1'], JSON.stringify(first.body))
  assert.match(first.body.because, /s3:\/\/code\/apps\/quotes.zip is still being fetched/)
  const end = Date.now() + 30_000
  let last = first
  while (last.status === 202 && Date.now() < end) last = await server.ask('POST', path, OBJECT)
  assert.deepEqual([last.status, last.body.name, last.body.source.version], [201, 'quotes', 'v1'])
  const location = String(last.headers['location'])
  assert.deepEqual((await server.ask('GET', location)).body, last.body)
  fetcher?.close()
})

test('without S3 a bucket is the project’s own, and the refusal of another says what to set', async (t) => {
  const server = await startTestServer(t)
  const none = await server.ask('POST', path, OBJECT)
  assert.deepEqual([none.status, none.body.code], [404, 'not_found'])
  assert.match(none.body.detail, /s3.endpoint/)
  const made = await server.ask('POST', `${project}/buckets`, { name: 'code' })
  assert.equal(made.status, 201)
  assert.equal((await server.ask('POST', `${project}/buckets`, { name: 'Code' })).body.field, 'name')
  const objects = `${String(made.headers['location'])}/objects?key=${encodeURIComponent(OBJECT.key)}`
  const put = await server.ask('POST', objects, zip('own'), { 'content-type': 'application/zip' })
  assert.equal(put.status, 201, JSON.stringify(put.body))
  const published = await server.ask('POST', path, { ...OBJECT, objectVersion: put.body.version })
  assert.deepEqual([published.status, published.body.source.kind], [201, 'bucket'])
  const wrong = await server.ask('POST', path, { ...OBJECT, key: '../x' })
  assert.deepEqual([wrong.status, wrong.body.field], [400, 'key'])
  const gone = await server.ask('DELETE', objects)
  assert.deepEqual([gone.status, gone.body.isDeleted], [200, true])
  assert.equal((await server.ask('POST', path, OBJECT)).status, 404)
  assert.equal((await server.ask('DELETE', `${project}/buckets/code`)).body.code, 'in_use')
  assert.equal((await server.ask('DELETE', `${project}/buckets/code?force=true`)).status, 204)
})
