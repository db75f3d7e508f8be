import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { link, makeZip, type ZipRecord } from '../src/bundles/test-zips.ts'
import { Drover } from './drover.ts'
import { waitFor } from './wait-for.ts'

const MAX_ARCHIVE_BYTES = 200_000
const MAX_UNPACKED_BYTES = 12 * 1024 ** 2
const MAX_ENTRIES = 50
const REFUSED = 5

const good: ZipRecord = { name: 'run.sh', data: 'echo hello\n', mode: 0o100755 }
const whole = makeZip([good, { name: 'data.bin', data: Buffer.alloc(5000, 'x') }])
const zeros = (mebibytes: number) => ({ data: Buffer.alloc(mebibytes * 1024 ** 2), method: 8 })

interface BadBundle {
  readonly name: string
  readonly zip: Buffer
  /** What the error says, to people and in the API's answer. */
  readonly message: RegExp
  readonly code?: string
  readonly status?: number
}

const badBundles: readonly BadBundle[] = [
  { name: 'no-zip', zip: Buffer.from('#!/bin/sh\necho hello\n'), message: /not a readable zip file/ },
  { name: 'empty-file', zip: Buffer.alloc(0), message: /not a readable zip file/ },
  { name: 'truncated', zip: whole.subarray(0, -30), message: /not a readable zip file/ },
  {
    name: 'absolute',
    zip: makeZip([good, { name: '/etc/cron.d/x' }]),
    message: /"\/etc\/cron.d\/x": absolute/,
  },
  {
    name: 'dot-dot',
    zip: makeZip([good, { name: 'a/../../x' }]),
    message: /"a\/\.\.\/\.\.\/x": "\.\." is refused/,
  },
  { name: 'link-out', zip: makeZip([good, link('a/up', '../../x')]), message: /"a\/up": .* leads out/ },
  {
    name: 'link-absolute',
    zip: makeZip([good, link('pw', '/etc/passwd')]),
    message: /"pw": its target .* absolute/,
  },
  {
    name: 'through-link',
    zip: makeZip([link('l', 'a'), { name: 'l/evil' }]),
    message: /"l\/evil": .* symlink "l"/,
  },
  { name: 'duplicate', zip: makeZip([good, good]), message: /"run.sh": .* twice/ },
  { name: 'encrypted', zip: makeZip([{ ...good, flags: 0x801 }]), message: /"run.sh": encrypted/ },
  {
    name: 'many-entries',
    zip: makeZip(Array.from({ length: MAX_ENTRIES + 1 }, (_, index) => ({ name: `f${index}` }))),
    message: /more than 50 files and folders/,
  },
  {
    name: 'large-archive',
    zip: makeZip([{ name: 'noise', data: randomBytes(MAX_ARCHIVE_BYTES + 1) }]),
    message: /larger than 200000 bytes/,
    code: 'too_large',
    status: 413,
  },
  {
    name: 'large-unpacked',
    // Noise keeps its ratio below what counts as a bomb.
    zip: makeZip([
      { name: 'noise', data: randomBytes(100_000) },
      { name: 'zeros', ...zeros(13) },
    ]),
    message: /unpacks to more than 12582912 bytes/,
  },
  {
    name: 'bomb',
    zip: makeZip([{ name: 'zeros', ...zeros(11) }]),
    message: /more than 200 times .* zip bomb/,
  },
  {
    name: 'no-script',
    zip: makeZip([good, { name: 'drover.yaml', data: 'initializationScript: start.sh' }]),
    message: /initializationScript "start\.sh" is not a file of this bundle/,
  },
  {
    name: 'bad-manifest',
    zip: makeZip([good, { name: 'drover.yaml', data: 'port: yes please' }]),
    message: /drover\.yaml: port must be/,
  },
]

let drover: Drover
before(async () => {
  const limits = {
    '--bundles-max-archive-bytes': MAX_ARCHIVE_BYTES,
    '--bundles-max-unpacked-bytes': MAX_UNPACKED_BYTES,
    '--bundles-max-entries': MAX_ENTRIES,
  }
  drover = await Drover.prepare({
    flags: Object.entries(limits).flatMap(([flag, value]) => [flag, `${value}`]),
  })
  await drover.start()
})
after(() => drover.destroy())

for (const { name, zip, message, code = 'invalid_bundle', status = 422 } of badBundles) {
  test(`a bundle is refused by API and CLI, and nothing of it is kept: ${name}`, async () => {
    const path = join(drover.folder, `${name}.zip`)
    writeFileSync(path, zip)
    const form = new FormData()
    form.append('file', new Blob([new Uint8Array(zip)]), `${name}.zip`)
    const [upload, asForm, published] = await Promise.all([
      drover.ask('POST', `/bundles?name=${name}&version=1`, { body: zip, headers: octets }),
      postForm(`/bundles?name=${name}&version=1`, form),
      drover.run(['bundle', 'publish', path, '--name', name]),
    ])
    for (const { status: given, body } of [upload, asForm]) {
      assert.deepEqual([given, body.code], [status, code], JSON.stringify(body))
      assert.match(body.detail, message)
      assert.equal(body.type, `urn:drover:error:${code}`)
    }
    assert.equal(published.exitCode, REFUSED, published.stderr)
    assert.match(published.stderr, message)
    // The server may see the end of an upload after its client.
    await nothingIsKept()
  })
}

test('the limits let through what is just inside of them', async () => {
  const entries = Array.from({ length: MAX_ENTRIES }, (_, index) => ({ name: `f${index}` }))
  const noise = { name: 'noise', data: randomBytes(MAX_ARCHIVE_BYTES - 200) }
  for (const [name, zip] of [
    ['many', makeZip(entries)],
    ['large', makeZip([noise])],
  ] as const) {
    const { status, body } = await drover.ask('POST', `/bundles?name=${name}`, { body: zip, headers: octets })
    assert.equal(status, 201, JSON.stringify(body))
    const deleted = await drover.run(['bundle', 'delete', `${name}@${body.version}`, '--yes'])
    assert.equal(deleted.exitCode, 0, deleted.stderr)
  }
  assert.deepEqual(await whatIsKept(), [])
})

test('a folder that cannot be a bundle is refused by the CLI, which says why', async () => {
  const folder = join(drover.folder, 'leaving')
  mkdirSync(folder)
  writeFileSync(join(folder, 'run.sh'), 'echo hello\n')
  symlinkSync('../../outside', join(folder, 'way-out'))
  const leaving = await drover.run(['bundle', 'publish', folder])
  assert.notEqual(leaving.exitCode, 0)
  assert.match(leaving.stderr, /way-out/)
  const missing = await drover.run(['bundle', 'publish', join(drover.folder, 'not-there')])
  assert.equal(missing.exitCode, 2, missing.stderr)
  assert.match(missing.stderr, /not-there/)
  assert.deepEqual(await whatIsKept(), [])
})

test('a bundle with a bad name or version, and other bytes under a taken one, are refused', async () => {
  const publish = (query: string, body = makeZip([good])) =>
    drover.ask('POST', `/bundles?${query}`, { body, headers: octets })
  const badName = await publish('name=bad%20name&version=1')
  assert.deepEqual([badName.status, badName.body.code, badName.body.field], [400, 'invalid_request', 'name'])
  const badVersion = await publish('name=good&version=1%2F2')
  assert.deepEqual(
    [badVersion.status, badVersion.body.field],
    [400, 'version'],
    JSON.stringify(badVersion.body),
  )
  const noName = await publish('version=1')
  assert.deepEqual([noName.status, noName.body.field], [400, 'name'], JSON.stringify(noName.body))
  const wrongType = await drover.ask('POST', '/bundles?name=good', {
    body: whole,
    headers: { 'content-type': 'text/plain' },
  })
  assert.deepEqual([wrongType.status, wrongType.body.code], [415, 'invalid_request'])
  assert.deepEqual(await whatIsKept(), [])

  assert.equal((await publish('name=good&version=1')).status, 201)
  const kept = await whatIsKept()
  const other = await publish('name=good&version=1', whole)
  assert.deepEqual([other.status, other.body.code], [409, 'already_exists'])
  assert.match(other.body.detail, /good@1/)
  // Refused for their name, those bytes were whole: they go before the answer, as nobody else publishes.
  assert.deepEqual(await whatIsKept(), kept)
  const path = join(drover.folder, 'other.zip')
  writeFileSync(path, whole)
  const cli = await drover.run(['bundle', 'publish', path, '--name', 'good', '--bundle-version', '1'])
  assert.equal(cli.exitCode, REFUSED)
  assert.match(cli.stderr, /good@1/)
})

const octets = { 'content-type': 'application/octet-stream' }

async function postForm(path: string, form: FormData) {
  const headers = { authorization: `Bearer ${drover.apiKey}` }
  const response = await fetch(drover.urlOf(path), { method: 'POST', body: form, headers })
  return {
    status: response.status,
    body: (await response.json()) as { code: string; detail: string; type: string },
  }
}

async function nothingIsKept(): Promise<void> {
  await waitFor('nothing is kept', 20_000, async () => (await whatIsKept()).length === 0)
}

/** Files below the bundles' folder, and bundles that are listed. */
async function whatIsKept(): Promise<string[]> {
  const entries = await readdir(join(drover.dataFolder, 'bundles'), { recursive: true, withFileTypes: true })
  const files = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
  const { items } = await drover.get<{ items: { name: string }[] }>('/bundles')
  return [...files, ...items.map(({ name }) => name)]
}
