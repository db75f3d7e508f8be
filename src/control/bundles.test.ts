import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { afterEach, beforeEach, test } from 'node:test'
import { type Bench, createBench, zipOf } from './test-bench.ts'

let bench: Bench
beforeEach(async () => {
  bench = await createBench()
})
afterEach(() => bench.close())

const publish = (files: Readonly<Record<string, string>>, input: object = {}) =>
  bench.control.bundles.publish(bench.admin, { content: { stream: zipOf(files) }, ...input })
const blobs = async () => (await bench.files.digests()).length

async function untilBlobs(count: number): Promise<void> {
  const end = Date.now() + 10_000
  while ((await blobs()) !== count && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 5))
  assert.equal(await blobs(), count)
}

test('a bundle is named by the request, else by its manifest, and its version else by its digest', async () => {
  const manifest = { 'drover.yaml': 'name: app\nversion: "1.0"\n' }
  const named = await publish(manifest)
  assert.deepEqual([named.name, named.version, named.createdBy], ['app', '1.0', 'root'])
  assert.deepEqual(named.source, { kind: 'upload' })
  const renamed = await publish(manifest, { name: 'other', description: 'why not' })
  assert.deepEqual([renamed.name, renamed.version, renamed.description], ['other', '1.0', 'why not'])
  const plain = await publish({ a: 'b' }, { name: 'plain' })
  assert.equal(plain.version, plain.digest.slice(0, 12))
  await assert.rejects(publish({ a: 'c' }), { field: 'name' })
  assert.equal(await blobs(), 2)
  const listed = await bench.control.bundles.list(bench.admin, { name: 'app' }, { limit: 10 })
  assert.deepEqual(listed.items, [named])
})

test('the same bytes under the same name again are the same bundle; other bytes are refused and not kept', async () => {
  const first = await publish({ a: '1' }, { name: 'app', version: '1' })
  const again = await publish({ a: '1' }, { name: 'app', version: '1' })
  assert.deepEqual(again, first)
  await assert.rejects(publish({ a: '2' }, { name: 'app', version: '1' }), { code: 'already_exists' })
  assert.equal(await blobs(), 1)
  const events = (await bench.events()).filter((event) => event.type === 'bundle.published')
  assert.equal(events.length, 1)
})

test('what another deployer exported is named by the request, the manifest, its label, and at last by its file', async () => {
  const nameOf = async (files: Readonly<Record<string, string>>, input: object) => {
    const { name, version } = await publish(files, input)
    return `${name}@${version}`
  }
  const label = { 'bundle.json': '{"originalProjectKey":"CHURN","bundleId":"v7"}' }
  const exportedAs = 'dss-bundle-OTHER-v1.zip'
  assert.equal(await nameOf(label, { exportedAs }), 'CHURN@v7')
  assert.equal(await nameOf(label, { exportedAs, name: 'mine' }), 'mine@v7')
  assert.equal(await nameOf({ ...label, 'drover.yaml': 'version: "3"' }, { exportedAs }), 'CHURN@3')
  assert.equal(await nameOf({ a: 'b' }, { exportedAs }), 'OTHER@v1')
  assert.match(await nameOf({ a: 'b' }, { exportedAs: 'file', name: 'plain' }), /^plain@[0-9a-f]{12}$/)
  await assert.rejects(publish(label), { field: 'name' })
})

test('a bundle that must be new is refused when it is there already, whatever its bytes', async () => {
  const input = { name: 'app', version: '1', mustBeNew: true }
  await publish({ a: '1' }, input)
  await assert.rejects(publish({ a: '1' }, input), { code: 'already_exists' })
  await assert.rejects(publish({ a: '2' }, input), { code: 'already_exists' })
  assert.equal(await blobs(), 1)
})

test('bytes that were refused while others came in go with the last of them', async () => {
  const slow = new PassThrough()
  const other = bench.control.bundles.publish(bench.admin, { content: { stream: slow }, name: 'slow' })
  await publish({ a: '1' }, { name: 'app', version: '1' })
  await assert.rejects(publish({ a: '2' }, { name: 'app', version: '1' }), { code: 'already_exists' })
  zipOf({ a: '3' }).pipe(slow)
  const { digest } = await other
  await untilBlobs(2)
  assert.equal(await bench.files.contains(digest, 'a'), true)
})

test('what is no zip, and names that break the rule, are refused', async () => {
  const nonsense = { content: { stream: Readable.from([Buffer.from('hello')]) }, name: 'app' }
  await assert.rejects(bench.control.bundles.publish(bench.admin, nonsense), { code: 'invalid_bundle' })
  await assert.rejects(publish({ a: '1' }, { name: 'a@b' }), { field: 'name' })
  await assert.rejects(publish({ a: '1' }, { name: 'a', version: 'one two' }), { field: 'version' })
  assert.equal(await blobs(), 0)
})

test('a file of this machine is published, and comes back as the same bytes', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'drover-publish-'))
  try {
    const bytes = await buffer(zipOf({ a: '1' }))
    const path = join(folder, 'a.zip')
    await writeFile(path, bytes)
    const made = await bench.control.bundles.publish(bench.admin, { content: { path }, name: 'app' })
    assert.deepEqual(made.source, { kind: 'file', path })
    const { bundle, stream } = await bench.control.bundles.download(bench.admin, 'app')
    const digest = createHash('sha256')
      .update(await buffer(stream))
      .digest('hex')
    assert.deepEqual([bundle.id, digest], [made.id, made.digest])
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('a repeated publish with another body under the same key is refused', async () => {
  const who = bench.as('ci', 'operator', 'k')
  const send = (text: string, version: string) =>
    bench.control.bundles.publish(who, { content: { stream: zipOf({ a: text }) }, name: 'app', version })
  const first = await send('1', '1')
  assert.deepEqual(await send('1', '1'), first)
  await assert.rejects(send('2', '1'), { code: 'idempotency_mismatch' })
  await assert.rejects(send('1', '2'), { code: 'idempotency_mismatch' })
})

test('a bundle that a kept revision uses is not deleted, and the refusal says by what', async () => {
  const bundle = await publish({ 'a.sh': '1' }, { name: 'app', version: '1' })
  await bench.control.profiles.create(bench.admin, { name: 'p', type: 'scripted', properties: {} })
  await bench.control.clusters.create(bench.admin, {
    name: 'web',
    profile: 'p',
    code: { bundle: 'app@1', initializationScript: 'a.sh' },
  })
  await assert.rejects(bench.control.bundles.delete(bench.admin, 'app@1'), {
    code: 'in_use',
    message: /cluster "web" \(revision 1\)/,
  })
  await assert.rejects(bench.control.profiles.delete(bench.admin, 'p'), { code: 'in_use' })
  assert.equal((await bench.control.bundles.get(bench.admin, bundle.id)).id, bundle.id)
})

test('bytes go with the last bundle that has them', async () => {
  await publish({ a: '1' }, { name: 'one', version: '1' })
  await publish({ a: '1' }, { name: 'two', version: '1' })
  assert.equal(await blobs(), 1)
  await assert.rejects(bench.control.bundles.delete(bench.admin, 'one'), { field: 'ref' })
  await bench.control.bundles.delete(bench.admin, 'one@1')
  assert.equal(await blobs(), 1)
  await bench.control.bundles.delete(bench.admin, 'two@1')
  assert.equal(await blobs(), 0)
  await assert.rejects(bench.control.bundles.get(bench.admin, 'one@1'), { code: 'not_found' })
})

test('bytes that are being published again are not deleted under way', async () => {
  await publish({ a: '1' }, { name: 'one', version: '1' })
  for (let round = 0; round < 10; round += 1) {
    await Promise.all([
      publish({ a: '1' }, { name: 'two', version: String(round) }),
      bench.control.bundles.delete(bench.admin, round === 0 ? 'one@1' : `two@${round - 1}`),
    ])
    const bundle = await bench.control.bundles.get(bench.admin, `two@${round}`)
    assert.equal(await bench.files.contains(bundle.digest, 'a'), true)
  }
})

test('retention deletes old bundles that nothing uses, and bytes that no bundle has', async () => {
  for (const version of ['1', '2', '3']) await publish({ a: version }, { name: 'app', version })
  await bench.files.receive(zipOf({ orphan: '1' }))
  assert.equal(await blobs(), 4)
  bench.turn(1000)
  await bench.control.pruneBundles({ before: bench.clock.now(), keep: 1 })
  const left = await bench.control.bundles.list(bench.admin, {}, { limit: 10 })
  assert.deepEqual(
    left.items.map((bundle) => bundle.version),
    ['3'],
  )
  assert.equal(await blobs(), 1)
})
