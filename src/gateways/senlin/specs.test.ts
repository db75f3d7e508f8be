import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readTexts } from './spec-schema.ts'
import { spec, start } from './test-client.ts'

const scaling = { type: 'senlin.policy.scaling', version: '1.0', properties: { event: 'CLUSTER_SCALE_IN' } }

test('a spec has its three parts and no others', async (t) => {
  const { ask } = await start(t)
  const profile = (change: object) =>
    ask('POST', '/v1/profiles', { profile: { name: 'p', spec: { ...spec, ...change } } })
  const policy = (change: object) =>
    ask('POST', '/v1/policies', { policy: { name: 'p', spec: { ...scaling, ...change } } })
  const cases = [
    { answer: await profile({ extra: 1 }), status: 400, type: 'InvalidSpec', text: /spec item 'extra'/ },
    { answer: await policy({ extra: 1 }), status: 500, type: 'ESchema', text: /spec item 'extra'/ },
    {
      answer: await profile({ properties: undefined }),
      status: 400,
      type: 'InvalidSpec',
      text: /properties/,
    },
    { answer: await profile({ properties: [] }), status: 400, type: 'InvalidSpec', text: /is not a Map/ },
    { answer: await policy({ properties: 'x' }), status: 400, type: 'InvalidSpec', text: /is not a Map/ },
  ]
  for (const { answer, status, type, text } of cases) {
    assert.deepEqual([answer.status, answer.body.error.type], [status, type])
    assert.match(answer.body.error.message, text)
  }
  assert.equal((await policy({ description: 'grows' })).body.policy.spec.description, 'grows')
})

test('numbers are texts where a text is wanted, as those write them who write specs by hand', () => {
  const text = { type: 'String', description: 'A text.' } as const
  const properties = {
    flavor: text,
    drive: { type: 'Boolean', description: 'Whether.' },
    sizes: { type: 'List', description: 'Texts.', items: text },
    network: { type: 'Map', description: 'Texts.', properties: { port: text } },
    free: { type: 'Map', description: 'Anything.' },
  } as const
  const given = { flavor: 1, drive: 1, sizes: [2, 'b'], network: { port: true }, free: { a: 1 }, other: 3 }
  const read = {
    flavor: '1',
    drive: true,
    sizes: ['2', 'b'],
    network: { port: 'True' },
    free: { a: 1 },
    other: 3,
  }
  assert.deepEqual(readTexts(given, properties), read)
  const wrong = { flavor: [], drive: 2, sizes: 'x', network: 'y' }
  assert.deepEqual(readTexts(wrong, properties), wrong)
})

test('what a policy spec has wrong is told in the names of this API', async (t) => {
  const { ask } = await start(t)
  const { status, body } = await ask('POST', '/v1/policies', {
    policy: {
      name: 'p',
      spec: { ...scaling, properties: { event: 'CLUSTER_SCALE_IN', adjustment: { min_step: 'x' } } },
    },
  })
  assert.equal(status, 400)
  assert.match(body.error.message, /adjustment\.min_step/)
})

test('an update that changes nothing is refused, whatever it is of', async (t) => {
  const { ask, makeCluster } = await start(t)
  await makeCluster('web')
  await ask('POST', '/v1/policies', { policy: { name: 'p', spec: scaling } })
  await ask('POST', '/v1/receivers', { receiver: { name: 'r', type: 'message' } })
  await ask('POST', '/v1/nodes', { node: { name: 'n', profile_id: 'web-profile' } })
  const cases = [
    ['profiles/web-profile', { profile: { name: 'web-profile', metadata: {} } }],
    ['policies/p', { policy: { name: 'p' } }],
    ['receivers/r', { receiver: { name: 'r', params: {} } }],
    ['clusters/web', { cluster: { name: 'web', timeout: 3600 } }],
    ['nodes/n', { node: { name: 'n', profile_id: 'web-profile', role: '' } }],
  ] as const
  for (const [path, body] of cases) {
    const answer = await ask('PATCH', `/v1/${path}`, body, '1.14')
    assert.deepEqual([answer.status, answer.body.error?.message], [400, 'No property needs an update.'], path)
  }
})
