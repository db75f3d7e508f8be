import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { EnvironmentId } from '../../domain/ids.ts'
import type { Update } from '../../domain/update.ts'
import {
  fromEnvironmentId,
  type LastAction,
  toClusterStatus,
  toEnvironmentId,
  toReason,
  toTagged,
  zoneOf,
} from './translate.ts'

test('the id of an environment comes back as it was, and looks as clients expect', () => {
  fc.assert(
    fc.property(fc.uuid(), (uuid) => {
      const id = toEnvironmentId(uuid as EnvironmentId)
      assert.match(id, /^[a-z0-9]{26}$/)
      assert.equal(fromEnvironmentId(id), uuid)
    }),
  )
  for (const wrong of ['', 'abc', 'w'.repeat(26), '8'.repeat(26), '0'.repeat(27), 'A'.repeat(26)]) {
    assert.equal(fromEnvironmentId(wrong), undefined, wrong)
  }
})

const nobody = [{ nodes: countOf(0), updateInFlight: null }]
const some = [{ nodes: countOf(2), updateInFlight: null }]
const moving = (patch: Partial<Update>) => [{ nodes: countOf(2), updateInFlight: patch as Update }]
const ended = (name: LastAction['name'], status: LastAction['status'], statusReason = ''): LastAction => ({
  name,
  status,
  statusReason,
})

const cases = [
  { name: 'accepted', cluster: cluster('Creating', null), pools: nobody, want: { status: 'PENDING' } },
  { name: 'nodes begin', cluster: cluster('Creating', null), pools: some, want: { status: 'CREATING' } },
  {
    name: 'the creation failed',
    cluster: cluster('Critical', null),
    pools: some,
    last: ended('CLUSTER_CREATE', 'FAILED', '1 node failed, the first: "q" is not on the PATH'),
    want: { status: 'CREATE_FAILED', reason: '1 node failed the first q is not on the PATH' },
  },
  { name: 'all serve', cluster: cluster('Active', 5), pools: some, want: { status: 'RUNNING' } },
  {
    name: 'some do not',
    cluster: { ...cluster('Warning', 5), statusReason: '1 of 2 nodes available' },
    pools: some,
    want: { status: 'RUNNING', reason: '1 of 2 nodes available' },
  },
  {
    name: 'an update was accepted',
    cluster: cluster('Active', 5),
    pools: moving({ status: 'Pending' }),
    want: { status: 'UPDATING' },
  },
  {
    name: 'an update waits for somebody',
    cluster: cluster('Updating', 5),
    pools: moving({ status: 'Paused', because: 'a rollback failed: look' }),
    want: { status: 'UPDATING', reason: 'a rollback failed look' },
  },
  { name: 'it is resized', cluster: cluster('Resizing', 5), pools: some, want: { status: 'UPDATING' } },
  {
    name: 'the last update failed',
    cluster: cluster('Active', 5),
    pools: some,
    last: ended('CLUSTER_UPDATE', 'FAILED', 'rolled back'),
    want: { status: 'RUNNING', reason: 'rolled back' },
  },
  {
    name: 'the last update succeeded',
    cluster: cluster('Active', 5),
    pools: some,
    last: ended('CLUSTER_UPDATE', 'SUCCEEDED', 'all nodes are done'),
    want: { status: 'RUNNING' },
  },
  {
    name: 'it goes',
    cluster: cluster('Deleting', 5),
    pools: moving({ status: 'InProgress' }),
    want: { status: 'DELETING' },
  },
  {
    name: 'it could not go',
    cluster: cluster('Critical', 5),
    pools: some,
    last: ended('CLUSTER_DELETE', 'FAILED', 'host gone'),
    want: { status: 'DELETE_FAILED', reason: 'host gone' },
  },
]

for (const { name, cluster: of, pools, last, want } of cases) {
  test(`the status of a cluster when ${name}`, () => {
    assert.deepEqual(toClusterStatus(of, pools, last), want)
  })
}

test('a reason has only letters that the model allows, and so many', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 600 }), (text) => {
      assert.match(toReason(text), /^[a-zA-Z0-9_\-.\s]{0,250}$/)
    }),
  )
  assert.equal(toReason('node "a": exit 1,\n see log'), 'node a exit 1 see log')
})

test('a node is in the zone it was placed in, else in that of its cluster', () => {
  assert.equal(zoneOf({ data: { placement: { zone: 'euw1-az2' } } }, 'euw1-az1'), 'euw1-az2')
  assert.equal(zoneOf({ data: { placement: { zone: 'rack 7' } } }, 'euw1-az1'), 'euw1-az1')
  assert.equal(zoneOf({ data: {} }, undefined), undefined)
})

test('tags are for environments and clusters', () => {
  const environment = { kind: 'environment', environmentId: 'e1' }
  assert.deepEqual(toTagged('kxEnvironment/e1'), environment)
  assert.deepEqual(toTagged('environment/e1'), environment)
  const named = { kind: 'cluster', environmentId: 'e1', clusterName: 'web' }
  assert.deepEqual(toTagged('kxEnvironment/e1/kxCluster/web'), named)
  for (const other of [
    'kxEnvironment/e1/kxUser/me',
    'kxEnvironment/e1/kxDatabase/a/kxDataview/b',
    'role/x',
  ]) {
    assert.deepEqual(toTagged(other), { kind: 'other' })
  }
})

function cluster(
  status: 'Creating' | 'Active' | 'Warning' | 'Critical' | 'Updating' | 'Resizing' | 'Deleting',
  firstReadyAt: number | null,
) {
  return { status, statusReason: '', firstReadyAt }
}

function countOf(total: number) {
  return { total, available: total, creating: 0, deleting: 0, unknown: 0, differing: 0, upToDate: total }
}
