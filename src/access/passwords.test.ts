import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPasswords, hashRandomSecret, makeRandomSecret } from './passwords.ts'

const cheap = { logN: 2, r: 1, p: 1 }

test('a password is recognised by what is kept of it, and nothing of it is kept', async () => {
  const passwords = createPasswords(cheap)
  const stored = await passwords.hash('correct horse')
  assert.match(stored, /^scrypt\$2\$1\$1\$[\w-]{22}\$[\w-]{43}$/)
  assert.notEqual(await passwords.hash('correct horse'), stored)
  assert.equal(await passwords.verify('correct horse', stored), true)
  assert.equal(await passwords.verify('correct horsf', stored), false)
  assert.equal(await passwords.verify('', stored), false)
  assert.equal(await passwords.verify('correct horse', null), false)
})

test('the same letters typed as other code points are the same password', async () => {
  const passwords = createPasswords(cheap)
  assert.equal(await passwords.verify('cafe\u0301', await passwords.hash('caf\u00e9')), true)
})

test('what was kept at another cost goes on working', async () => {
  const stored = await createPasswords({ logN: 3, r: 2, p: 2 }).hash('correct horse')
  assert.equal(await createPasswords(cheap).verify('correct horse', stored), true)
})

test('a password of somebody unknown costs as much as one that is wrong', async () => {
  const passwords = createPasswords({ logN: 12, r: 8, p: 1 })
  const stored = await passwords.hash('correct horse')
  const cpuOf = async (hash: string | null) => {
    const before = process.cpuUsage()
    for (let count = 0; count < 5; count += 1) await passwords.verify('wrong', hash)
    return process.cpuUsage(before).user
  }
  const [known, unknown] = [await cpuOf(stored), await cpuOf(null)]
  assert.ok(unknown > known / 3 && known > unknown / 3, `${known} and ${unknown} µs`)
})

test('a secret that nobody chose is recognised without a slow hash', async () => {
  const passwords = createPasswords()
  const secret = makeRandomSecret('')
  const stored = hashRandomSecret(secret)
  assert.match(stored, /^sha256\$[\w-]{43}$/)
  assert.equal(await passwords.verify(secret, stored), true)
  assert.equal(await passwords.verify(makeRandomSecret(''), stored), false)
})

test('more than may wait are refused, all others are answered', async () => {
  const passwords = createPasswords(cheap)
  const results = await Promise.allSettled(Array.from({ length: 210 }, () => passwords.hash('correct horse')))
  const refused = results.filter((result) => result.status === 'rejected')
  assert.equal(refused.length, 8)
  assert.equal(refused[0]?.reason.code, 'rate_limited')
  await passwords.hash('correct horse')
})
