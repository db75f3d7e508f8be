import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createKeyring, idOfSecretKey, isSecretKey, makeSecretKey } from './keyring.ts'

const CONTEXT = 'profiles.properties:1'

test('what was sealed opens where it was sealed for, with the same key', () => {
  const key = makeSecretKey()
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (text, context) => {
      const sealed = createKeyring([key]).seal(text, context)
      assert.equal(createKeyring([makeSecretKey(), key]).open(sealed, context), text)
      assert.ok(text.length < 4 || !sealed.includes(text))
    }),
  )
})

test('the same text is never sealed to the same twice', () => {
  const keyring = createKeyring([makeSecretKey()])
  assert.notEqual(keyring.seal('a', CONTEXT), keyring.seal('a', CONTEXT))
})

test('a text that was never sealed is given back as it is', () => {
  assert.equal(createKeyring([makeSecretKey()]).open('{"a":1}', CONTEXT), '{"a":1}')
})

test('what was moved, changed, cut or sealed by somebody else does not open', () => {
  const keyring = createKeyring([makeSecretKey()])
  const sealed = keyring.seal('secret', CONTEXT)
  const [name, version, id, body] = sealed.split(':') as [string, string, string, string]
  const bytes = Buffer.from(body, 'base64url')
  const refuses = (text: string, reason: RegExp, context = CONTEXT) =>
    assert.throws(
      () => keyring.open(text, context),
      (error: { code?: string; message: string }) => {
        assert.equal(error.code, 'secret_unreadable')
        assert.match(error.message, reason)
        return !error.message.includes(body)
      },
    )
  refuses(sealed, /another row/, 'profiles.properties:2')
  for (let at = 0; at < bytes.length; at += 1) {
    const changed = Buffer.from(bytes)
    changed[at]! ^= 1
    refuses([name, version, id, changed.toString('base64url')].join(':'), /was changed/)
  }
  refuses([name, version, id, 'AAAA'].join(':'), /cut short/)
  refuses(createKeyring([makeSecretKey()]).seal('secret', CONTEXT), /does not have/)
})

test('a key has one id, which does not tell it', () => {
  const key = makeSecretKey()
  assert.ok(isSecretKey(key))
  for (const wrong of ['', 'x', `${key}=`, Buffer.alloc(16).toString('base64')])
    assert.ok(!isSecretKey(wrong))
  assert.match(idOfSecretKey(key), /^[0-9a-f]{16}$/)
  assert.equal(idOfSecretKey(key), idOfSecretKey(key))
  const other = makeSecretKey()
  assert.deepEqual(createKeyring([key, other]).ids, [idOfSecretKey(key), idOfSecretKey(other)])
  assert.equal(createKeyring([key, other]).current, idOfSecretKey(key))
})
