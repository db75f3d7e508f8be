import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import type { Bucket, ObjectVersion } from '../domain/bucket.ts'
import type { Bundle } from '../domain/bundle.ts'
import type { BucketId, BundleId, ObjectVersionId, ProjectId, Sha256 } from '../domain/ids.ts'
import {
  deleteAllVersions,
  deleteObjectVersion,
  findObjectVersion,
  listObjectVersions,
  namesOfObjects,
  putObjectVersion,
} from './bucket-objects.ts'
import { countIn, deleteBucket, findBucket, insertBucket, listBuckets, sumBuckets } from './buckets.ts'
import { findBundleByOrigin, putOrigin } from './bundle-origins.ts'
import { deleteBundle, insertBundle, isDigestReferenced, listDigests } from './bundles.ts'
import { insertProject } from './projects.ts'
import type { Store, Tx } from './store.ts'
import { onEachDatabase, type TestDatabase } from './test-databases.ts'

const PROJECT = 'p' as ProjectId
const PAGE = { limit: 10 }
const MADE = { createdAt: 1, createdBy: 'ada' }
const digestOf = (letter: string) => letter.repeat(64) as Sha256

onEachDatabase((create) => {
  let database: TestDatabase
  let store: Store
  beforeEach(async () => {
    database = await create()
    store = await database.open()
    await store.write((tx) => insertProject(tx, { id: PROJECT, name: 'default', createdAt: 0 }))
  })
  afterEach(async () => {
    await store.close()
    await database.remove()
  })

  const read = <T>(work: (tx: Tx) => Promise<T>) => store.read(work)
  const bucketOf = (name: string): Bucket => ({
    id: `id-${name}` as BucketId,
    projectId: PROJECT,
    name,
    ...{ versionCount: 0, sizeBytes: 0, ...MADE },
  })
  const put = async (id: string, key: string, digest: string | null): Promise<ObjectVersion> => {
    const version: ObjectVersion = {
      id: id as ObjectVersionId,
      bucketId: 'id-code' as BucketId,
      key,
      digest: digest === null ? null : digestOf(digest),
      ...{ sizeBytes: 5, isLatest: true, ...MADE },
    }
    await store.write((tx) => putObjectVersion(tx, version))
    return version
  }
  const insertBundleOf = async (id: string, digest: string): Promise<Bundle> => {
    const bundle: Bundle = {
      ...{ id: id as BundleId, projectId: PROJECT, name: 'web', version: id, digest: digestOf(digest) },
      ...{ sizeBytes: 1, entryCount: 1, unpackedBytes: 1, manifest: null, source: {}, description: null },
      ...MADE,
    }
    await store.write((tx) => insertBundle(tx, bundle))
    return bundle
  }

  test('buckets are found by name and id, and count what is in them', async () => {
    const [code, more] = [bucketOf('code'), bucketOf('more')]
    for (const bucket of [code, more]) await store.write((tx) => insertBucket(tx, bucket))
    assert.deepEqual(await read((tx) => findBucket(tx, PROJECT, 'code')), code)
    assert.deepEqual(await read((tx) => findBucket(tx, PROJECT, more.id)), more)
    await store.write((tx) => countIn(tx, code.id, { versions: 2, sizeBytes: 100 }))
    await store.write((tx) => countIn(tx, more.id, { versions: 1, sizeBytes: 11 }))
    await store.write((tx) => countIn(tx, more.id, { versions: -1, sizeBytes: -1 }))
    assert.deepEqual(await read((tx) => sumBuckets(tx, PROJECT)), { count: 2, sizeBytes: 110 })
    const { items } = await read((tx) => listBuckets(tx, PROJECT, PAGE))
    assert.deepEqual(
      items.map(({ versionCount, sizeBytes }) => [versionCount, sizeBytes]),
      [
        [2, 100],
        [0, 10],
      ],
    )
    await store.write((tx) => deleteBucket(tx, more.id))
    assert.equal(await read((tx) => findBucket(tx, PROJECT, 'more')), undefined)
    assert.deepEqual(await read((tx) => sumBuckets(tx, 'other' as ProjectId)), { count: 0, sizeBytes: 0 })
  })

  test('one version of a key is the latest, whatever comes and goes', async () => {
    const { id } = bucketOf('code')
    await store.write((tx) => insertBucket(tx, bucketOf('code')))
    const one = await put('1', 'a', 'a')
    const two = await put('2', 'a', 'b')
    const marker = await put('3', 'a', null)
    const latest = async () => (await read((tx) => findObjectVersion(tx, id, 'a')))?.id
    assert.equal(await latest(), marker.id)
    assert.deepEqual((await read((tx) => listObjectVersions(tx, id, { latest: true }, PAGE))).items, [])
    await store.write((tx) => deleteObjectVersion(tx, one))
    await store.write((tx) => deleteObjectVersion(tx, marker))
    assert.equal(await latest(), two.id)
    assert.deepEqual((await read((tx) => listObjectVersions(tx, id, { latest: true }, PAGE))).items, [two])
    await put('4', 'b/ä_%', 'a')
    const ofPrefix = await read((tx) => listObjectVersions(tx, id, { prefix: 'b/ä_', latest: false }, PAGE))
    assert.deepEqual(
      ofPrefix.items.map(({ key }) => key),
      ['b/ä_%'],
    )
    assert.deepEqual(await read((tx) => namesOfObjects(tx, digestOf('b'))), ['s3://code/a'])
    const gone = await store.write((tx) => deleteAllVersions(tx, id))
    assert.deepEqual([...gone].sort(), [digestOf('a'), digestOf('b')])
    assert.equal(await latest(), undefined)
  })

  test('bytes are needed as long as a bundle or an object has them', async () => {
    await store.write((tx) => insertBucket(tx, bucketOf('code')))
    await put('1', 'a', 'a')
    await put('2', 'a', null)
    const bundle = await insertBundleOf('b', 'b')
    await insertBundleOf('c', 'a')
    assert.deepEqual(await read(listDigests), [digestOf('a'), digestOf('b')])
    const referenced = (letter: string) => read((tx) => isDigestReferenced(tx, digestOf(letter)))
    assert.deepEqual(
      [await referenced('a'), await referenced('b'), await referenced('c')],
      [true, true, false],
    )
    await store.write((tx) => deleteBundle(tx, bundle.id))
    assert.equal(await referenced('b'), false)
  })

  test('a bundle is found by where it came from, until it is deleted', async () => {
    const first = await insertBundleOf('b', 'b')
    const second = await insertBundleOf('c', 'c')
    const origin = { place: 'Amazon S3', bucket: 'code', key: 'a.zip', state: 'version 1' }
    const remember = (bundle: Bundle) => store.write((tx) => putOrigin(tx, origin, { ...bundle, now: 1 }))
    const found = () => read((tx) => findBundleByOrigin(tx, PROJECT, origin))
    assert.equal(await found(), undefined)
    await remember(first)
    await remember(second)
    assert.deepEqual(await found(), first)
    const other = { ...origin, place: 'http://127.0.0.1:9000' }
    assert.equal(await read((tx) => findBundleByOrigin(tx, PROJECT, other)), undefined)
    await store.write((tx) => deleteBundle(tx, first.id))
    assert.equal(await found(), undefined)
  })
})
