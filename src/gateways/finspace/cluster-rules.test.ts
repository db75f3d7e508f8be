import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AwsFault } from '../aws/fault.ts'
import { checkShape } from '../aws/shape.ts'
import { checkArguments, checkCluster, checkDatabases } from './cluster-rules.ts'
import { KIND } from './errors.ts'
import { SHAPE } from './shapes.ts'

const minimal = {
  environmentId: 'e'.repeat(26),
  clusterName: 'quotes',
  clusterType: 'HDB',
  releaseLabel: '1.0',
  vpcConfiguration: {},
  azMode: 'SINGLE',
  capacityConfiguration: { nodeType: 'kx.s.large', nodeCount: 3 },
}
const savedown = { savedownStorageConfiguration: { type: 'SDS01', size: 10 } }
const log = { tickerplantLogConfiguration: { tickerplantLogVolumes: ['volume-1'] } }
const one = { capacityConfiguration: { nodeCount: 1 } }
const auto = (minNodeCount: number, maxNodeCount: number) => ({
  autoScalingConfiguration: { minNodeCount, maxNodeCount },
})

const check = (changes: object) =>
  checkCluster(checkShape(SHAPE.createCluster, { ...minimal, ...changes } as never, KIND.notValid))

const accepted = [
  { name: 'a history', changes: {}, want: { size: 3, minSize: 1, maxSize: null } },
  {
    name: 'no number of nodes',
    changes: { capacityConfiguration: {} },
    want: { size: 1, minSize: 1, maxSize: null },
  },
  {
    name: 'a real-time database',
    changes: { clusterType: 'RDB', ...savedown },
    want: { size: 3, minSize: 1, maxSize: null },
  },
  {
    name: 'a gateway over zones',
    changes: { clusterType: 'GATEWAY', azMode: 'MULTI' },
    want: { size: 3, minSize: 1, maxSize: null },
  },
  {
    name: 'a general one',
    changes: { clusterType: 'GP', ...one },
    want: { size: 1, minSize: 1, maxSize: null },
  },
  {
    name: 'a tickerplant',
    changes: { clusterType: 'TICKERPLANT', ...one, ...log },
    want: { size: 1, minSize: 1, maxSize: null },
  },
  { name: 'bounds', changes: auto(2, 5), want: { size: 3, minSize: 2, maxSize: 5 } },
  {
    name: 'a scaling group',
    changes: {
      capacityConfiguration: undefined,
      scalingGroupConfiguration: { scalingGroupName: 'group-1', memoryReservation: 6, nodeCount: 2 },
    },
    want: { size: 2, minSize: 1, maxSize: null },
  },
]

for (const { name, changes, want } of accepted) {
  test(`a cluster may be made with ${name}`, () => assert.deepEqual(check(changes), want))
}

const refused: readonly [name: string, changes: object, message: RegExp][] = [
  ['no capacity', { capacityConfiguration: undefined }, /either capacityConfiguration or scalingGroup/],
  [
    'two capacities',
    { scalingGroupConfiguration: { scalingGroupName: 'group-1', memoryReservation: 6, nodeCount: 2 } },
    /either capacityConfiguration or scalingGroup/,
  ],
  ['a general one of several nodes', { clusterType: 'GP' }, /nodeCount must be 1 .* type GP, not 3/],
  ['a general one over zones', { clusterType: 'GP', azMode: 'MULTI', ...one }, /azMode must be SINGLE/],
  ['a general one that scales', { clusterType: 'GP', ...one, ...auto(1, 2) }, /not allowed for .* GP/],
  ['a tickerplant of several nodes', { clusterType: 'TICKERPLANT', ...log }, /nodeCount must be 1/],
  [
    'a tickerplant without logs',
    { clusterType: 'TICKERPLANT', ...one },
    /tickerplantLogConfiguration is req/,
  ],
  [
    'a real-time database without storage',
    { clusterType: 'RDB' },
    /savedownStorageConfiguration is required/,
  ],
  ['a gateway with storage', { clusterType: 'GATEWAY', ...savedown }, /not allowed .* GATEWAY/],
  ['bounds the wrong way round', auto(3, 3), /minNodeCount, 3, must be below maxNodeCount, 3/],
  ['bounds too far', auto(1, 6), /at most 5, not 6/],
  ['half the bounds', { autoScalingConfiguration: { minNodeCount: 1 } }, /needs minNodeCount and maxNode/],
  ['few nodes over zones', { azMode: 'MULTI', ...auto(2, 5) }, /at least 3 when azMode is MULTI/],
  ['a size outside of the bounds', auto(4, 5), /nodeCount must be from .* 4 to 5, not 3/],
  ['a script without code', { initializationScript: 'init.q' }, /initializationScript needs code/],
  ['code from nowhere', { code: { s3Bucket: 'bucket' } }, /code needs s3Bucket and s3Key/],
  ['half an argument', { commandLineArguments: [{ key: 's' }] }, /commandLineArguments\.1 needs/],
  [
    'a database twice',
    { databases: [{ databaseName: 'trades' }, { databaseName: 'trades' }] },
    /database trades is named twice/,
  ],
  ['an argument for AWS', { commandLineArguments: [{ key: 'awsThing', value: '1' }] }, /regular expression/],
  ['an unknown type', { clusterType: 'CACHE' }, /enum value set: \[HDB, RDB, GATEWAY, GP, TICKERPLANT\]/],
  ['a name too short', { clusterName: 'ab' }, /length greater than or equal to 3/],
]

for (const [name, changes, message] of refused) {
  test(`a cluster is not made with ${name}`, () => {
    assert.throws(
      () => check(changes),
      (error) => error instanceof AwsFault && error.kind === KIND.notValid && message.test(error.message),
    )
  })
}

test('the keys of arguments that the model allows pass', () => {
  const given = ['s', 'threads', 'AWS_ZIP_DEFAULT'].map((key) => ({ key, value: '2' }))
  const checked = checkShape(SHAPE.createCluster, { ...minimal, commandLineArguments: given }, KIND.notValid)
  assert.deepEqual(checkArguments(checked.commandLineArguments ?? []), given)
})

test('databases stay mounted under their names', () => {
  const had = [{ databaseName: 'trades' }, { databaseName: 'quotes' }]
  checkDatabases(had, [{ databaseName: 'quotes', changesetId: 'x1' }, { databaseName: 'trades' }])
  assert.throws(() => checkDatabases(had, [{ databaseName: 'trades' }]), /cannot become trades/)
  assert.throws(() => checkDatabases([], had), /has no database/)
})
