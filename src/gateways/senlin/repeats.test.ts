import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Principal } from '../../domain/principal.ts'
import { createRepeats, type Given } from './repeats.ts'
import { start } from './test-client.ts'

const ann: Principal = { name: 'ann', grants: [] }

function counting(version: () => number | null) {
  const repeats = createRepeats(version)
  let asked = 0
  const work = async (): Promise<Given> => ({ status: 200, text: String(++asked) })
  return async (principal: Principal, question: string) => (await repeats(principal, question, work)).text
}

test('the same question has the same answer until something is committed', async () => {
  let version = 1
  const ask = counting(() => version)
  assert.deepEqual(await Promise.all([ask(ann, '/a'), ask(ann, '/a')]), ['1', '1'])
  version = 2
  assert.equal(await ask(ann, '/a'), '2')
})

test('another question, and another credential of the same name, is answered by itself', async () => {
  const ask = counting(() => 1)
  assert.deepEqual(
    [await ask(ann, '/a'), await ask(ann, '/b'), await ask({ ...ann }, '/a'), await ask(ann, '/a')],
    ['1', '2', '3', '1'],
  )
})

test('nothing is kept where nobody knows what others commit', async () => {
  const ask = counting(() => null)
  assert.deepEqual([await ask(ann, '/a'), await ask(ann, '/a')], ['1', '2'])
})

test('a refusal is not kept', async () => {
  const repeats = createRepeats(() => 1)
  await assert.rejects(repeats(ann, '/a', () => Promise.reject(new Error('busy'))))
  assert.equal((await repeats(ann, '/a', async () => ({ status: 200 }))).status, 200)
})

test('a list that is asked for again tells what was written since, and is else the same', async (t) => {
  const { ask } = await start(t)
  const spec = { type: 'scripted', version: '1.0', properties: {} }
  const names = async () =>
    (await ask('GET', '/v1/profiles')).body.profiles.map(({ name }: { readonly name: string }) => name)
  for (const name of ['one', 'two', 'three']) {
    const before = await names()
    assert.deepEqual(await names(), before)
    assert.equal((await ask('POST', '/v1/profiles', { profile: { name, spec } })).status, 201)
    assert.deepEqual(await names(), [...before, name])
  }
})
