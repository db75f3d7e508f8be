import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { hashForMinisign, isSignedBy, parseMinisignature, parseMinisignKey } from './minisign.ts'
import { createTestSigner } from './test-minisign.ts'

/** Written by minisign 0.11, with keys that were thrown away. */
const FILE = 'drover bundle\n'
const KEY = `untrusted comment: minisign public key 5733F41AC7F61ED6
RWTWHvbHGvQzV5VN0NuxmVoSDRNtYkEr7ZjLu+IVUeN0ikRKGJbLTQoe
`
const OTHER_KEY = 'RWRuR8vNb+RbmjiR0LQqeaXs4+fD0iOqsoViGSl7b+9+b8yQK96ytrhR'
const SIGNATURE = `untrusted comment: signature from minisign secret key
RUTWHvbHGvQzVxfK/0vrvflXyyYjkqwvCqNBtJ8kFHKv+1AwAUddXyroXoCAJaNQX3D6yLb0pJwxuLlsWQUubeQGETqhtiNxfgY=
trusted comment: web 1, built by ci
RIHnAzwzn8US2nbPC0wqRfohrYDJhu41Ms19DbImNIwrB5dUGGjF8908QLUBT0UTvXgaLh+zXQyCOmGcYXQ3Dw==
`
const OLD_SIGNATURE = `untrusted comment: signature from minisign secret key
RWTWHvbHGvQzVzCD/cQKx9Jyfnz0yBqHziVcfUZ8g4db1zqhF+/i+YdEM852smF4Kqt10+FmttQTpMMmQHBVs6X2L7YArOs3aw0=
trusted comment: timestamp:1795292100	file:f.zip
64fNudaMxMbKtC6AIIBjwHU1XnnhyE6AJnSNkcfuAzNzgntjAs/Ad+29+7QbZsVPyzjGT1ghkMrtmdmSK2zUCA==
`

const hashOf = (content: string | Uint8Array) => hashForMinisign(Readable.from([Buffer.from(content)]))

test('what minisign signed is recognised, by its key alone', async () => {
  const hash = await hashOf(FILE)
  const key = parseMinisignKey('key', KEY)
  assert.equal(key.keyId, '5733F41AC7F61ED6')
  assert.deepEqual(parseMinisignKey('key', key.publicKey), key)
  assert.deepEqual(parseMinisignature('signature', SIGNATURE), {
    keyId: '5733F41AC7F61ED6',
    comment: 'web 1, built by ci',
  })
  assert.equal(isSignedBy(SIGNATURE, hash, key), true)
  assert.equal(isSignedBy(SIGNATURE.replaceAll('\n', '\r\n'), hash, key), true)
  assert.equal(isSignedBy(SIGNATURE, hash, parseMinisignKey('key', OTHER_KEY)), false)
  assert.equal(isSignedBy(SIGNATURE, await hashOf('drover bundle'), key), false)
})

test('the comment is signed, too', async () => {
  const changed = SIGNATURE.replace('web 1', 'web 2')
  assert.equal(isSignedBy(changed, await hashOf(FILE), parseMinisignKey('key', KEY)), false)
})

test('a key that took the id of another one is not taken for it', async () => {
  const id = Buffer.from('D61EF6C71AF43357', 'hex')
  const impostor = parseMinisignKey('key', createTestSigner(id).publicKey)
  assert.equal(impostor.keyId, '5733F41AC7F61ED6')
  assert.equal(isSignedBy(SIGNATURE, await hashOf(FILE), impostor), false)
})

test('each bit of a signature counts', async () => {
  const content = Buffer.from('some bytes')
  const signer = createTestSigner()
  const key = parseMinisignKey('key', signer.publicKey)
  const hash = await hashOf(content)
  const lines = signer.sign(content).split('\n')
  assert.equal(isSignedBy(lines.join('\n'), hash, key), true)
  for (const [line, from] of [
    [1, 2],
    [3, 0],
  ] as const) {
    const bytes = Buffer.from(lines[line] as string, 'base64')
    for (let index = from; index < bytes.length; index += 1) {
      const changed = Buffer.from(bytes)
      changed[index] = (changed[index] as number) ^ 1
      const text = lines.with(line, changed.toString('base64')).join('\n')
      assert.equal(isSignedBy(text, hash, key), false, `byte ${index} of line ${line + 1}`)
    }
  }
})

test('what is no signature or no key says what it should be', () => {
  const refuses = (text: string, pattern: RegExp) =>
    assert.throws(() => parseMinisignature('signature', text), { field: 'signature', message: pattern })
  refuses('', /whole \.minisig file/)
  refuses(SIGNATURE.split('\n').slice(0, 2).join('\n'), /whole \.minisig file/)
  refuses(`${SIGNATURE}more\n`, /whole \.minisig file/)
  refuses(SIGNATURE.replace('trusted comment: web', 'comment: web'), /whole \.minisig file/)
  refuses(SIGNATURE.replace('RUTW', 'RUT!'), /whole \.minisig file/)
  refuses(OLD_SIGNATURE, /old kind.*without -l/)
  refuses(SIGNATURE.replace('web 1', 'web\u001b[2J'), /control characters/)
  refuses(SIGNATURE.replace('web 1', 'x'.repeat(20_000)), /at most 16384/)
  for (const text of ['', 'RWQ=', SIGNATURE, `${KEY}more\n`, OTHER_KEY.replace('RW', 'RU')]) {
    assert.throws(() => parseMinisignKey('key', text), { field: 'key', message: /minisign -G/ })
  }
})

const program = spawnSync('minisign', ['-v'], { encoding: 'utf8' })
const absent = program.error ? 'minisign is not installed; the signatures above are its own' : false

test('the minisign of this machine and ours agree in both directions', { skip: absent }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'drover-minisign-'))
  const file = (name: string) => join(folder, name)
  const run = (...args: string[]) => execFileSync('minisign', args, { cwd: folder, stdio: 'pipe' })
  try {
    writeFileSync(file('web.zip'), FILE)
    run('-G', '-W', '-f', '-p', 'key.pub', '-s', 'key.sec')
    run('-S', '-s', 'key.sec', '-m', 'web.zip')
    const key = parseMinisignKey('key', readFileSync(file('key.pub'), 'utf8'))
    const text = readFileSync(file('web.zip.minisig'), 'utf8')
    assert.equal(isSignedBy(text, await hashOf(FILE), key), true)
    const signer = createTestSigner()
    writeFileSync(file('web.zip.minisig'), signer.sign(Buffer.from(FILE)))
    writeFileSync(file('test.pub'), signer.publicKey)
    run('-V', '-p', 'test.pub', '-m', 'web.zip')
  } finally {
    rmSync(folder, { recursive: true })
  }
})
