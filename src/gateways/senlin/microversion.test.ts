import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseMicroversion } from './microversion.ts'
import { start } from './test-client.ts'

test('the part of the header that is meant for this API says the microversion', () => {
  const cases = [
    [undefined, 0],
    ['', 0],
    ['clustering', 0],
    ['compute 2.90', 0],
    ['clustering 1.7', 7],
    ['clustering  1.7', 7],
    ['compute 2.90, clustering 1.3', 3],
    ['clustering latest', 14],
  ] as const
  for (const [header, minor] of cases) assert.equal(parseMicroversion(header), minor, header)
})

test('what is not two numbers as people write them is 400, and what is not spoken here 406', () => {
  for (const version of [
    'x',
    '1',
    '1.x',
    '1.7.1',
    '1.01',
    '01.1',
    '1.00',
    '-1.0',
    'v1.7',
    '0.9',
    '1.3 1.4',
  ]) {
    assert.throws(() => parseMicroversion(`clustering ${version}`), { status: 400 }, version)
  }
  for (const version of ['1.15', '2.0', '10.1']) {
    assert.throws(
      () => parseMicroversion(`clustering ${version}`),
      { status: 406, type: 'InvalidGlobalAPIVersion' },
      version,
    )
  }
})

test('actions on a cluster that a microversion does not have are refused as methods that it does not have', async (t) => {
  const { ask, makeCluster } = await start(t)
  const cluster = await makeCluster('web')
  for (const [action, before] of [
    ['replace_nodes', '1.2'],
    ['complete_lifecycle', '1.8'],
  ] as const) {
    const { status, body } = await ask('POST', `/v1/clusters/${cluster}/actions`, { [action]: {} }, before)
    assert.deepEqual([status, body.error.type], [400, 'MethodVersionNotFound'], action)
  }
})
