import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Bundle } from '../../domain/bundle.ts'
import type { RevisionSpec } from '../../domain/revision.ts'
import { presentSoftware, say, toProperties } from './software.ts'

const settings = {
  profileType: 'process',
  profileProperties: { port: true, environment: { TZ: 'UTC' } },
  command: ['q'],
}
const NAMES = ['command', 'environment', 'port']
const bundle = { id: 'b1', manifest: null } as unknown as Bundle
const need = { clusterType: 'GP', databases: [], bundle, initializationScript: 'init.q' }

test('nodes are told what their cluster is, and its databases', () => {
  assert.deepEqual(toProperties(settings, need, NAMES), {
    port: true,
    environment: { TZ: 'UTC', FINSPACE_CLUSTER_TYPE: 'GP' },
  })
  const databases = [{ databaseName: 'trades', changesetId: 'c1' }]
  const { environment } = toProperties(settings, { ...need, clusterType: 'HDB', databases }, NAMES) as {
    environment: Record<string, string>
  }
  assert.deepEqual(JSON.parse(environment['FINSPACE_DATABASES'] ?? ''), databases)
})

test('nodes that are given no script run the command of the settings, unless their code says what to run', () => {
  const without = { ...need, initializationScript: undefined }
  assert.deepEqual(toProperties(settings, without, NAMES)['command'], ['q'])
  assert.deepEqual(toProperties(settings, { ...without, bundle: null }, NAMES)['command'], ['q'])
  assert.equal(toProperties(settings, need, NAMES)['command'], undefined)
  const saying = { ...bundle, manifest: { command: ['./run'] } } as unknown as Bundle
  assert.equal(toProperties(settings, { ...without, bundle: saying }, NAMES)['command'], undefined)
  const own = { ...settings, profileProperties: { command: ['k4'] } }
  assert.deepEqual(toProperties(own, without, NAMES)['command'], ['k4'])
})

test('nodes of a type that knows neither are told nothing', () => {
  const plain = { ...settings, profileProperties: {} }
  assert.deepEqual(toProperties(plain, { ...need, initializationScript: undefined }, ['image']), {})
})

test('what was said of software is given back with the revision that runs it', () => {
  const code = { s3Bucket: 'bundles', s3Key: 'quotes/1.zip' }
  const next = { s3Bucket: 'bundles', s3Key: 'quotes/2.zip', s3ObjectVersion: '7' }
  const databases = [{ databaseName: 'trades' }]
  const first = say({}, { bundle, code, profile: 'p1', databases: [] })
  const said = say(first, { bundle: { ...bundle, id: 'b2' as never }, code: next, profile: 'p2', databases })
  const spec = (bundleId: string, profile: string) =>
    ({
      profile: { name: profile },
      code: { bundleId, initializationScript: null, commandLineArguments: [] },
    }) as unknown as RevisionSpec
  const nothing = { initializationScript: undefined, commandLineArguments: undefined }
  assert.deepEqual(presentSoftware(said, spec('b1', 'p1')), { code, databases: undefined, ...nothing })
  assert.deepEqual(presentSoftware(said, spec('b2', 'p2')), { code: next, databases, ...nothing })
  assert.equal(presentSoftware(said, { ...spec('b1', 'p1'), code: null }).code, undefined)
})

test('no more is kept of it than can be gone back to', () => {
  let said = {}
  for (let index = 0; index < 50; index += 1) {
    const code = { s3Bucket: 'bundles', s3Key: `${index}.zip` }
    const next = { ...bundle, id: `b${index}` as never }
    said = say(said, { bundle: next, code, profile: 'p', databases: [] })
  }
  const { codes } = said as { codes: object }
  assert.equal(Object.keys(codes).length, 20)
  assert.ok('b49' in codes && 'b30' in codes)
})
