import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmod, mkdir, readdir, readFile, readlink, stat, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import test from 'node:test'
import { ZipFile } from 'yazl'
import { InvalidBundleError, NotFoundError } from '../domain/errors.ts'
import type { Sha256 } from '../domain/ids.ts'
import { silentLog } from '../system/log.ts'
import { createBundleStore } from './bundle-store.ts'
import { filesBelow, link, makeZip, testFolder, testStore } from './test-zips.ts'

const never = new AbortController().signal
const zip = makeZip([
  { name: './bin/run.sh', data: '#!/bin/sh\necho hello\n', mode: 0o100755, method: 8 },
  { name: 'lib/' },
  { name: 'lib/data.txt', data: 'data', mode: 0o100600 },
  { name: 'empty/' },
  link('current', 'lib'),
  link('lib/start', '../bin/run.sh'),
  { name: 'drover.yaml', data: 'name: sample\ninitializationScript: current/start\n' },
])
const digest = createHash('sha256').update(zip).digest('hex') as Sha256

test('stores a bundle under its digest and says what is in it', async (t) => {
  const { store, root } = await testStore(t)
  const received = await store.receive(chunks(zip))
  assert.deepEqual(received, {
    digest,
    sizeBytes: zip.length,
    entryCount: 7,
    unpackedBytes: received.unpackedBytes,
    manifest: { name: 'sample', initializationScript: 'current/start' },
    label: { projectKey: null, bundleId: null },
    paths: ['bin/run.sh', 'lib/data.txt', 'drover.yaml'],
  })
  const place = join(root, 'blobs', digest.slice(0, 2), digest)
  assert.deepEqual(await filesBelow(root), [`${place}.json`, `${place}.zip`])
  assert.equal(await store.archive(digest), `${place}.zip`)
  assert.deepEqual(await buffer(await store.open(digest)), zip)
  assert.deepEqual(await store.digests(), [digest])
})

test('stores the same bytes once, one after the other or at the same time', async (t) => {
  const { store, root } = await testStore(t)
  await store.receive(chunks(zip))
  const { ino } = await stat(await store.archive(digest))
  await store.receive(chunks(zip))
  assert.equal((await stat(await store.archive(digest))).ino, ino)
  await store.delete(digest)

  const all = await Promise.all([1, 2, 3, 4].map(() => store.receive(chunks(zip))))
  assert.deepEqual(new Set(all.map((received) => received.digest)), new Set([digest]))
  assert.equal((await filesBelow(root)).length, 2)
})

test('replaces a stored file that was damaged when the same bytes come again', async (t) => {
  const { store } = await testStore(t)
  await store.receive(chunks(zip))
  const path = await store.archive(digest)
  await chmod(path, 0o600)
  await writeFile(path, zip.subarray(0, -1))
  await assert.rejects(store.unpacked(digest, never), /damaged .* upload the same bundle again/)
  await store.receive(chunks(zip))
  assert.deepEqual(await readFile(path), zip)
  await store.unpacked(digest, never)
})

test('stores a file of this host', async (t) => {
  const { store } = await testStore(t)
  const folder = await testFolder(t)
  await writeFile(join(folder, 'a.zip'), zip)
  assert.equal((await store.receiveFile(join(folder, 'a.zip'))).digest, digest)
  await assert.rejects(store.receiveFile(join(folder, 'b.zip')), NotFoundError)
  await assert.rejects(store.receiveFile(folder), /is a folder/)
})

test('keeps nothing of an upload that breaks off', async (t) => {
  const { store, root } = await testStore(t)
  async function* broken() {
    yield zip.subarray(0, 100)
    throw new Error('connection lost')
  }
  await assert.rejects(store.receive(broken()), (error) => {
    assert.ok(error instanceof InvalidBundleError)
    assert.match(error.message, /broke off while it was received: .*connection lost/)
    return true
  })
  const cut = new PassThrough()
  cut.write(zip.subarray(0, 100))
  setImmediate(() => cut.destroy())
  await assert.rejects(store.receive(cut), /broke off while it was received/)
  assert.deepEqual(await filesBelow(root), [])
})

test('keeps nothing of an upload that is aborted, even when its source has gone quiet', async (t) => {
  const { store, root } = await testStore(t)
  const controller = new AbortController()
  const quiet = new PassThrough()
  quiet.write(zip.subarray(0, 100))
  const received = store.receive(quiet, { signal: controller.signal })
  await until(async () => (await filesBelow(root)).length > 0)
  controller.abort(new Error('the client went away'))
  await assert.rejects(received, /the client went away/)
  assert.ok(quiet.destroyed)
  assert.deepEqual(await filesBelow(root), [])
  await assert.rejects(store.receive(chunks(zip), { signal: controller.signal }), /the client went away/)
})

test('leaves the stream of a refused upload to its caller', async (t) => {
  const { store } = await testStore(t)
  const source = new PassThrough()
  source.write(zip)
  await assert.rejects(store.receive(source, { maxBytes: 10 }), /longer than 10 bytes/)
  assert.ok(!source.destroyed)
  source.destroy()
})

test('receives a large bundle without holding it in memory', async (t) => {
  const { store, root } = await testStore(t)
  const block = randomBytes(1024 ** 2)
  const large = new ZipFile()
  large.addReadStream(Readable.from(Array.from({ length: 64 }, () => block)), 'data.bin', { compress: false })
  large.end()
  let given = 0
  let furthestAhead = 0
  async function* watched() {
    for await (const chunk of large.outputStream) {
      yield chunk as Buffer
      given += chunk.length
      const [file] = await filesBelow(root)
      furthestAhead = Math.max(furthestAhead, given - (await stat(file!)).size)
    }
  }
  const received = await store.receive(watched())
  assert.equal(received.unpackedBytes, 64 * block.length)
  assert.equal(received.sizeBytes, given)
  assert.ok(furthestAhead < 4 * block.length, `${furthestAhead} bytes were waiting in memory`)
})

test('knows which files a bundle contains, also through symlinks', async (t) => {
  const { store, root } = await testStore(t)
  await store.receive(chunks(zip))
  const rows: readonly [path: string, contained: boolean][] = [
    ['bin/run.sh', true],
    ['./bin//run.sh', true],
    ['lib/start', true],
    ['current/start', true],
    ['current/../bin/run.sh', true],
    ['bin', false],
    ['lib/', false],
    ['bin/run.sh/', false],
    ['missing', false],
    ['/bin/run.sh', false],
    ['../bin/run.sh', false],
    ['', false],
  ]
  const check = async () => {
    for (const [path, contained] of rows) assert.equal(await store.contains(digest, path), contained, path)
  }
  await check()
  // The list is only a copy of what the zip says.
  const list = (await filesBelow(root)).find((path) => path.endsWith('.json'))!
  await chmod(list, 0o600)
  await writeFile(list, '{"version":0}')
  await check()
  assert.match(await readFile(list, 'utf8'), /"version":1/)
})

test('unpacks a bundle read-only, with its executables and symlinks', async (t) => {
  const { store, root } = await testStore(t)
  await store.receive(chunks(zip))
  const folder = await store.unpacked(digest, never)
  assert.equal(folder, join(root, 'unpacked', digest))
  assert.equal(await readFile(join(folder, 'current/start'), 'utf8'), '#!/bin/sh\necho hello\n')
  assert.equal(await readlink(join(folder, 'lib/start')), '../bin/run.sh')
  const modes = {
    '.': 0o555,
    bin: 0o555,
    lib: 0o555,
    empty: 0o555,
    'bin/run.sh': 0o555,
    'lib/data.txt': 0o444,
  }
  for (const [path, mode] of Object.entries(modes)) {
    assert.equal((await stat(join(folder, path))).mode & 0o777, mode, path)
  }
  if (process.getuid?.() !== 0) {
    await assert.rejects(writeFile(join(folder, 'new'), ''), { code: 'EACCES' })
    await assert.rejects(writeFile(join(folder, 'lib/data.txt'), ''), { code: 'EACCES' })
  }
})

test('unpacks once for everybody who asks at the same time, also from other stores', async (t) => {
  const { store, root } = await testStore(t)
  const other = createBundleStore({ root, log: silentLog })
  await store.receive(chunks(zip))
  const folders = await Promise.all(
    [store, store, other, store, other].map((each) => each.unpacked(digest, never)),
  )
  assert.equal(new Set(folders).size, 1)
  assert.deepEqual((await readdir(join(root, 'unpacked'))).sort(), [digest, `${digest}.json`])
  const { ino } = await stat(folders[0]!)
  await store.unpacked(digest, never)
  assert.equal((await stat(folders[0]!)).ino, ino)
})

test('goes on unpacking for the others when one of them gives up', async (t) => {
  const { store, root } = await testStore(t)
  await store.receive(chunks(zip))
  const controller = new AbortController()
  const impatient = store.unpacked(digest, controller.signal)
  const patient = store.unpacked(digest, never)
  controller.abort(new Error('had enough'))
  await assert.rejects(impatient, /had enough/)
  assert.equal(await patient, join(root, 'unpacked', digest))
})

test('deletes a bundle and its read-only copy; again is fine', async (t) => {
  const { store, root } = await testStore(t)
  await store.receive(chunks(zip))
  await store.unpacked(digest, never)
  await store.delete(digest)
  await store.delete(digest)
  assert.deepEqual(await filesBelow(root), [])
  assert.deepEqual(await readdir(join(root, 'unpacked')), [])
  assert.deepEqual(await store.digests(), [])
})

test('does not know a digest that was never stored, or that is none', async (t) => {
  const { store } = await testStore(t)
  for (const unknown of [digest, '../../../../etc/passwd', ''] as Sha256[]) {
    await assert.rejects(store.open(unknown), NotFoundError)
    await assert.rejects(store.archive(unknown), NotFoundError)
    await assert.rejects(store.unpacked(unknown, never), NotFoundError)
    await assert.rejects(store.contains(unknown, 'a'), NotFoundError)
  }
  await assert.rejects(store.delete('../blobs' as Sha256), NotFoundError)
})

test('sweeps what a killed process left, and nothing that is in use', async (t) => {
  const { store, root } = await testStore(t)
  const gone = spawn(process.execPath, ['-e', ''])
  await once(gone, 'exit')
  await store.receive(chunks(zip))
  const folder = await store.unpacked(digest, never)
  const incoming = join(root, 'incoming')
  const half = join(root, 'unpacked', `tmp.${gone.pid}.b.${hostname()}`)
  await writeFile(join(incoming, `tmp.${gone.pid}.a.${hostname()}`), 'half a zip')
  await writeFile(join(incoming, `tmp.${process.pid}.earlier-life.${hostname()}`), 'half a zip')
  await writeFile(join(incoming, `tmp.${process.ppid}.alive.${hostname()}`), 'still coming')
  await writeFile(join(incoming, 'tmp.1.elsewhere.another.host'), 'still coming')
  await writeFile(join(incoming, 'tmp.1.long-ago.another.host'), 'half a zip')
  await utimes(join(incoming, 'tmp.1.long-ago.another.host'), 0, 0)
  await mkdir(join(half, 'sealed'), { recursive: true })
  await writeFile(join(half, 'sealed/file'), '', { mode: 0o444 })
  await chmod(join(half, 'sealed'), 0o555)

  const quiet = new PassThrough()
  quiet.write(zip)
  const receiving = store.receive(quiet)
  await until(async () => (await readdir(incoming)).length > 5)
  assert.equal(await createBundleStore({ root, log: silentLog }).sweep(), 4)
  quiet.end()
  assert.equal((await receiving).digest, digest)
  assert.deepEqual((await readdir(incoming)).sort(), [
    'tmp.1.elsewhere.another.host',
    `tmp.${process.ppid}.alive.${hostname()}`,
  ])
  assert.deepEqual((await readdir(join(root, 'unpacked'))).sort(), [digest, `${digest}.json`])
  await stat(folder)
})

test('sweeps an empty place without complaint', async (t) => {
  const { store } = await testStore(t)
  assert.equal(await store.sweep(), 0)
  assert.deepEqual(await store.digests(), [])
})

async function* chunks(bytes: Buffer) {
  for (let start = 0; start < bytes.length; start += 100) yield bytes.subarray(start, start + 100)
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await condition()); tries += 1) {
    assert.ok(tries < 1000, 'waited too long')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
