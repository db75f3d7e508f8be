import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { afterEach, beforeEach, test } from 'node:test'
import { type Bench, createBench, zipOf } from './test-bench.ts'

let bench: Bench
beforeEach(async () => {
  bench = await createBench({
    limits: { maxBucketsPerProject: 2, maxVersionsPerBucket: 4, maxBucketBytesPerProject: 2000 },
  })
  await bench.control.buckets.create(bench.admin, { name: 'code' })
})
afterEach(() => bench.close())

const PAGE = { limit: 100 }
const put = (text: string, key = 'web.zip', bucket = 'code') =>
  bench.control.buckets.put(bench.admin, { bucket, key, content: { stream: zipOf({ 'a.sh': text }) } })
const blobs = async () => (await bench.files.digests()).length
const object = (objectVersion?: string) => ({ bucket: 'code', key: 'web.zip', objectVersion })
const read = async (objectVersion?: string) =>
  await buffer((await bench.control.buckets.download(bench.admin, object(objectVersion))).stream)
const publishFrom = (objectVersion?: string) =>
  bench.control.bundles.publishFrom(bench.admin, object(objectVersion))

test('every version of an object is kept, and the newest is meant when none is named', async () => {
  const first = await put('one')
  const second = await put('two')
  assert.deepEqual(await read(), await buffer(zipOf({ 'a.sh': 'two' })))
  assert.deepEqual(await read(first.id), await buffer(zipOf({ 'a.sh': 'one' })))
  const { items } = await bench.control.buckets.listVersions(bench.admin, 'code', {}, PAGE)
  assert.deepEqual(
    items.map(({ id, isLatest }) => [id, isLatest]),
    [
      [first.id, false],
      [second.id, true],
    ],
  )
  const bucket = await bench.control.buckets.get(bench.admin, 'code')
  assert.deepEqual([bucket.versionCount, bucket.sizeBytes], [2, first.sizeBytes + second.sizeBytes])
})

test('a deleted object is gone, and comes back with its marker; a deleted version is gone for good', async () => {
  const first = await put('one')
  const second = await put('two')
  const marker = await bench.control.buckets.deleteObject(bench.admin, object())
  await assert.rejects(read(), { code: 'not_found', message: /s3:\/\/code\/web.zip/ })
  await assert.rejects(bench.control.buckets.deleteObject(bench.admin, object()), { code: 'not_found' })
  assert.deepEqual((await bench.control.buckets.listObjects(bench.admin, 'code', {}, PAGE)).items, [])
  assert.ok((await read(second.id)).length > 0)
  await bench.control.buckets.deleteObject(bench.admin, object(marker.id))
  assert.deepEqual(await read(), await read(second.id))
  await bench.control.buckets.deleteObject(bench.admin, object(second.id))
  assert.deepEqual(await read(), await read(first.id))
  await assert.rejects(read(second.id), { code: 'not_found', message: /object version/ })
  assert.equal(await blobs(), 1)
  const bucket = await bench.control.buckets.get(bench.admin, 'code')
  assert.deepEqual([bucket.versionCount, bucket.sizeBytes], [1, first.sizeBytes])
})

test('bytes stay as long as a bundle or an object has them, whatever goes first', async () => {
  const one = await put('one')
  const bundle = await publishFrom()
  assert.equal(await blobs(), 1)
  await bench.control.buckets.deleteObject(bench.admin, object(one.id))
  assert.equal(await blobs(), 1)
  await put('one', 'again.zip')
  await bench.control.bundles.delete(bench.admin, bundle.id)
  assert.equal(await blobs(), 1)
  bench.turn(1000)
  await bench.control.pruneBundles({ before: bench.clock.now(), keep: 1 })
  assert.equal(await blobs(), 1)
  await bench.control.buckets.delete(bench.admin, 'code', { force: true })
  assert.equal(await blobs(), 0)
})

test('a bundle is made of an object, and found again by it', async () => {
  const first = await put('one')
  const made = await publishFrom()
  assert.deepEqual([made.name, made.digest], ['web', first.digest])
  assert.deepEqual(made.source, { kind: 'bucket', bucket: 'code', key: 'web.zip', version: first.id })
  assert.deepEqual(await publishFrom(first.id), made)
  await put('two')
  assert.notEqual((await publishFrom()).id, made.id)
  assert.deepEqual(await publishFrom(first.id), made)
  await assert.rejects(publishFrom('v9'), { code: 'not_found', message: /object version "v9"/ })
})

test('what is no sound zip is not taken in', async () => {
  const stream = Readable.from([Buffer.from('no zip')])
  const input = { bucket: 'code', key: 'web.zip', content: { stream } }
  await assert.rejects(bench.control.buckets.put(bench.admin, input), { code: 'invalid_bundle' })
  assert.equal(await blobs(), 0)
})

test('limits hold: of buckets, of versions, and of bytes', async () => {
  await bench.control.buckets.create(bench.admin, { name: 'more' })
  await assert.rejects(bench.control.buckets.create(bench.admin, { name: 'most' }), {
    code: 'limit_exceeded',
  })
  await assert.rejects(put(randomBytes(3000).toString('hex')), {
    code: 'limit_exceeded',
    message: /maxBytesPerProject/,
  })
  assert.equal(await blobs(), 0)
  for (const text of ['1', '2', '3', '4']) await put(text)
  await assert.rejects(put('5'), { code: 'limit_exceeded', message: /buckets.maxVersions/ })
  assert.equal(await blobs(), 4)
})

test('names follow the rules of S3', async () => {
  const create = (name: string) => bench.control.buckets.create(bench.admin, { name })
  for (const name of [
    'ab',
    'Code',
    'a_b',
    '-abc',
    'abc-',
    'a..b',
    'a.-b',
    '10.0.0.1',
    'a/b',
    'x'.repeat(64),
  ]) {
    await assert.rejects(create(name), { field: 'name' }, name)
  }
  await assert.rejects(create('code'), { code: 'already_exists' })
  assert.equal((await create('my.code-1')).name, 'my.code-1')
  for (const key of ['', 'a/../b', './a', 'a\u0000b', 'a\nb', 'x'.repeat(1025)]) {
    await assert.rejects(put('one', key), { field: 'key' }, key)
  }
  assert.equal((await put('one', 'ä/b c+d.zip')).key, 'ä/b c+d.zip')
})

test('a bucket with something in it is deleted by force only', async () => {
  await put('one')
  await assert.rejects(bench.control.buckets.delete(bench.admin, 'code'), {
    code: 'in_use',
    message: /1 versions/,
  })
  await bench.control.buckets.delete(bench.admin, 'code', { force: true })
  await assert.rejects(bench.control.buckets.get(bench.admin, 'code'), { code: 'not_found' })
  await assert.rejects(publishFrom(), { code: 'not_found', message: /drover bucket create/ })
})

test('objects are listed by the beginning of their key, page by page', async () => {
  for (const key of ['a/1', 'a/2', 'b%/1']) await put(key, key)
  const list = async (filter: object, cursor?: string) =>
    await bench.control.buckets.listObjects(bench.admin, 'code', filter, {
      limit: 1,
      ...(cursor && { cursor }),
    })
  const first = await list({ prefix: 'a/' })
  const second = await list({ prefix: 'a/' }, first.nextCursor ?? '')
  assert.deepEqual([first.items[0]?.key, second.items[0]?.key, second.nextCursor], ['a/1', 'a/2', null])
  assert.deepEqual((await list({ prefix: 'b%' })).items[0]?.key, 'b%/1')
  assert.deepEqual((await list({ prefix: 'c' })).items, [])
})
