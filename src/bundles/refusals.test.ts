import assert from 'node:assert/strict'
import test from 'node:test'
import { InvalidBundleError } from '../domain/errors.ts'
import { filesBelow, link, makeZip, testStore, type ZipRecord } from './test-zips.ts'

const good: ZipRecord = { name: 'run.sh', data: 'echo hello\n', mode: 0o100755 }
const longZip = makeZip([good, { name: 'data.bin', data: Buffer.alloc(5000, 'x') }])

// Each is refused with a message that matches, and leaves no file behind.
const refused: readonly { name: string; zip: Buffer; message: RegExp }[] = [
  { name: 'no bytes at all', zip: Buffer.alloc(0), message: /not a readable zip file/ },
  { name: 'text', zip: Buffer.from('#!/bin/sh\n'), message: /not a readable zip file/ },
  { name: 'a tail that was cut off', zip: longZip.subarray(0, -30), message: /not a readable zip file/ },
  {
    name: 'a head that was cut off',
    zip: longZip.subarray(100),
    message: /not a readable zip|cannot be read/,
  },
  { name: 'an empty zip', zip: makeZip([]), message: /the bundle is empty/ },
  { name: 'only folders', zip: makeZip([{ name: 'a/' }, { name: 'a/b/' }]), message: /the bundle is empty/ },
  {
    name: 'an absolute path',
    zip: makeZip([{ name: '/etc/passwd' }]),
    message: /"\/etc\/passwd": absolute paths/,
  },
  { name: 'a drive letter', zip: makeZip([{ name: 'C:evil.exe' }]), message: /"C:evil.exe": drive letters/ },
  {
    name: 'a backslash',
    zip: makeZip([{ name: 'a\\b' }]),
    message: /"a\\\\b": a name must not contain a backslash/,
  },
  { name: '.. in front', zip: makeZip([{ name: '../evil' }]), message: /"\.\.\/evil": "\.\." is refused/ },
  { name: '.. in the middle', zip: makeZip([{ name: 'a/../../evil' }]), message: /"\.\." is refused/ },
  { name: 'a NUL', zip: makeZip([{ name: 'a\0b' }]), message: /"a\\u0000b": .* NUL/ },
  { name: 'an empty name', zip: makeZip([{ name: '' }]), message: /must have a name/ },
  {
    name: 'a name that is no UTF-8',
    zip: makeZip([{ name: Buffer.from([0xff, 0x61]) }]),
    message: /not valid UTF-8/,
  },
  { name: 'an endless name', zip: makeZip([{ name: 'a'.repeat(300) }]), message: /at most 255 bytes/ },
  { name: 'an endless path', zip: makeZip([{ name: 'ab/'.repeat(400) }]), message: /at most 1024 bytes/ },
  {
    name: 'an absolute link',
    zip: makeZip([good, link('l', '/etc/passwd')]),
    message: /"l": its target .* absolute/,
  },
  {
    name: 'a link out of the bundle',
    zip: makeZip([good, link('a/l', '../../x')]),
    message: /"a\/l": .* leads out/,
  },
  {
    name: 'a link that leaves through another one',
    zip: makeZip([
      { name: 'a/b/f' },
      link('here', 'a/b'),
      link('a/b/up', '../..'),
      link('out', 'here/up/../x'),
    ]),
    message: /"out": .* leads out/,
  },
  {
    name: 'links in a circle',
    zip: makeZip([good, link('a', 'b'), link('b', 'a')]),
    message: /round in circles/,
  },
  {
    name: 'a link without target',
    zip: makeZip([good, link('l', '')]),
    message: /"l": a symlink must have a target/,
  },
  { name: 'a link with a NUL', zip: makeZip([good, link('l', 'a\0b')]), message: /"l": .* NUL/ },
  {
    name: 'an endless target',
    zip: makeZip([good, link('l', 'a/'.repeat(600))]),
    message: /"l": .* at most 1024/,
  },
  {
    name: 'a file written through a link',
    zip: makeZip([link('l', 'a'), { name: 'l/evil' }]),
    message: /"l\/evil": it would be written through the symlink "l"/,
  },
  {
    name: 'a file written through a link that comes later',
    zip: makeZip([{ name: 'l/evil' }, link('l', 'a')]),
    message: /"l": other entries would be written through this symlink/,
  },
  {
    name: 'a name twice',
    zip: makeZip([good, good]),
    message: /"run.sh": the bundle contains this path twice/,
  },
  {
    name: 'a/./b beside a/b',
    zip: makeZip([{ name: 'a/b' }, { name: 'a/./b' }]),
    message: /"a\/b": .* twice/,
  },
  { name: 'a//b beside a/b', zip: makeZip([{ name: 'a/b' }, { name: 'a//b' }]), message: /"a\/b": .* twice/ },
  {
    name: 'a file beside a folder of its name',
    zip: makeZip([{ name: 'a' }, { name: 'a/' }]),
    message: /twice/,
  },
  {
    name: 'a file that is a folder for others',
    zip: makeZip([{ name: 'a' }, { name: 'a/b' }]),
    message: /"a\/b": its folder "a" is a file/,
  },
  {
    name: 'a folder for others that is a file',
    zip: makeZip([{ name: 'a/b' }, { name: 'a' }]),
    message: /"a": it is a file here, and a folder for other entries/,
  },
  { name: 'an encrypted entry', zip: makeZip([{ ...good, flags: 0x801 }]), message: /"run.sh": encrypted/ },
  { name: 'strong encryption', zip: makeZip([{ ...good, flags: 0x841 }]), message: /encrypt/ },
  { name: 'bzip2', zip: makeZip([{ ...good, method: 12 }]), message: /"run.sh": compression method 12/ },
  { name: 'a device', zip: makeZip([good, { name: 'sda', mode: 0o060666 }]), message: /"sda": only files/ },
  {
    name: 'a character device',
    zip: makeZip([good, { name: 'tty', mode: 0o020666 }]),
    message: /"tty": only files/,
  },
  { name: 'a fifo', zip: makeZip([good, { name: 'pipe', mode: 0o010666 }]), message: /"pipe": only files/ },
  { name: 'a socket', zip: makeZip([good, { name: 'sock', mode: 0o140666 }]), message: /"sock": only files/ },
  {
    name: 'a folder named like a file',
    zip: makeZip([good, { name: 'd', mode: 0o040755 }]),
    message: /disagree/,
  },
  {
    name: 'a file named like a folder',
    zip: makeZip([good, { name: 'f/', mode: 0o100644 }]),
    message: /disagree/,
  },
  {
    name: 'a folder with content',
    zip: makeZip([good, { name: 'd/', data: 'x' }]),
    message: /must not have content/,
  },
  {
    name: 'a wrong checksum',
    zip: makeZip([{ ...good, crc32: 1 }]),
    message: /"run.sh": .* checksum \(CRC-32\)/,
  },
  {
    name: 'a size that is too small',
    zip: makeZip([{ ...good, method: 8, uncompressedSize: 3 }]),
    message: /real size/,
  },
  {
    name: 'a size that is too large',
    zip: makeZip([{ ...good, uncompressedSize: 900 }]),
    message: /real size/,
  },
  {
    name: 'another name before the data',
    zip: makeZip([{ ...good, localName: '../x.s' }]),
    message: /another name, "\.\.\/x\.s"/,
  },
  {
    name: 'two manifests',
    zip: makeZip([{ name: 'drover.yml' }, { name: 'drover.yaml' }]),
    message: /has both/,
  },
  {
    name: 'a manifest that breaks its schema',
    zip: makeZip([{ name: 'drover.yaml', data: 'port: yes please' }]),
    message: /drover\.yaml: port must be boolean/,
  },
  {
    name: 'a manifest that names a script that is not there',
    zip: makeZip([good, { name: 'drover.yaml', data: 'initializationScript: start.sh' }]),
    message: /drover\.yaml: initializationScript "start\.sh" is not a file of this bundle/,
  },
]

for (const { name, zip, message } of refused) {
  test(`refuses ${name} and keeps nothing of it`, async (t) => {
    const { store, root } = await testStore(t)
    await assert.rejects(store.receive(bytes(zip)), (error) => {
      assert.ok(error instanceof InvalidBundleError, String(error))
      assert.match(error.message, message)
      return true
    })
    assert.deepEqual(await filesBelow(root), [])
  })
}

test('refuses damaged compressed data', async (t) => {
  const { store, root } = await testStore(t)
  const zip = makeZip([{ name: 'a', data: Buffer.alloc(4000, 'abc'), method: 8 }])
  zip.fill(0xff, 31, 40)
  await assert.rejects(store.receive(bytes(zip)), /"a": its compressed data is damaged/)
  assert.deepEqual(await filesBelow(root), [])
})

test('refuses a zip whose directory points to an absurd offset, instead of dying of it', async (t) => {
  const { store } = await testStore(t)
  const zip = makeZip([good])
  const locator = Buffer.alloc(20, 0xff)
  locator.write('PK\x06\x07', 'latin1')
  const end = zip.subarray(-22)
  await assert.rejects(
    store.receive(bytes(Buffer.concat([zip.subarray(0, -22), locator, end]))),
    /points outside of the file/,
  )
})

test('refuses more entries than the limit, folders that are only implied included', async (t) => {
  const { store, root } = await testStore(t, { limits: { maxEntries: 10 } })
  const many = Array.from({ length: 11 }, (_, index) => ({ name: `f${index}` }))
  await assert.rejects(store.receive(bytes(makeZip(many))), /more than 10 files and folders/)
  await assert.rejects(store.receive(bytes(makeZip([{ name: `${'d/'.repeat(10)}f` }]))), /more than 10 files/)
  await store.receive(bytes(makeZip([{ name: `${'d/'.repeat(9)}f` }])))
  assert.equal((await filesBelow(root)).length, 2)
})

test('refuses a zip file above the limit of the store or of the call, while it comes in', async (t) => {
  const { store, root } = await testStore(t, { limits: { maxArchiveBytes: 1000 } })
  const zip = makeZip([{ name: 'a', data: Buffer.alloc(2000) }])
  await assert.rejects(store.receive(bytes(zip)), /longer than 1000 bytes/)
  await assert.rejects(store.receive(bytes(zip), { maxBytes: 500 }), /longer than 500 bytes/)
  assert.deepEqual(await filesBelow(root), [])
})

test('refuses what unpacks to more than the limit, however small it says it is', async (t) => {
  const { store, root } = await testStore(t, { limits: { maxUnpackedBytes: 100_000 } })
  const half = { data: Buffer.alloc(60_000), method: 8 }
  const zip = makeZip([
    { name: 'a', ...half },
    { name: 'b', ...half },
  ])
  await assert.rejects(store.receive(bytes(zip)), /unpacks to more than 100000 bytes/)
  assert.deepEqual(await filesBelow(root), [])
})

test('refuses a zip bomb before it is unpacked to its end', async (t) => {
  const { store, root } = await testStore(t)
  // Who reads to the end finds the wrong checksum instead.
  const bomb = makeZip([{ name: 'zeros', data: Buffer.alloc(40 * 1024 ** 2), method: 8, crc32: 1 }])
  await assert.rejects(store.receive(bytes(bomb)), /more than 200 times its size .* zip bomb/)
  assert.deepEqual(await filesBelow(root), [])
})

test('refuses a zip bomb that is made of many entries', async (t) => {
  const { store, root } = await testStore(t)
  const megabyte = { data: Buffer.alloc(1024 ** 2), method: 8 }
  const bomb = makeZip(Array.from({ length: 12 }, (_, index) => ({ name: `zeros-${index}`, ...megabyte })))
  await assert.rejects(store.receive(bytes(bomb)), /zip bomb/)
  assert.deepEqual(await filesBelow(root), [])
})

test('accepts a small file that compresses very well', async (t) => {
  const { store } = await testStore(t)
  const size = 5 * 1024 ** 2
  const zip = makeZip([{ name: 'zeros', data: Buffer.alloc(size), method: 8 }])
  assert.ok(size / zip.length > 900)
  assert.equal((await store.receive(bytes(zip))).unpackedBytes, size)
})

async function* bytes(zip: Buffer) {
  yield zip
}
