import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import {
  CancelUpdateCommand,
  CreateClusterCommand,
  CreateNodegroupCommand,
  DescribeClusterCommand,
  DescribeNodegroupCommand,
  DescribeUpdateCommand,
  ListUpdatesCommand,
  UpdateClusterConfigCommand,
  UpdateClusterVersionCommand,
  UpdateNodegroupConfigCommand,
  UpdateNodegroupVersionCommand,
  waitUntilNodegroupActive,
} from '@aws-sdk/client-eks'
import { type EksService, NETWORK, NODES, ROLE, startEks } from './test-service.ts'

/** Slow enough that a test comes in between, however slow the machine. */
const SLOW = { latency: { startMs: 500 } }

/** A cluster with one group, both brought from 1.33 to 1.34. */
async function upgraded(service: EksService, desiredSize: number, updateConfig = {}): Promise<void> {
  const { eks, ended } = service
  const cluster = { name: 'web', version: '1.33', roleArn: ROLE, resourcesVpcConfig: NETWORK }
  await eks.send(new CreateClusterCommand(cluster))
  const group = { clusterName: 'web', nodegroupName: 'ng' }
  const scalingConfig = { minSize: 1, maxSize: 20, desiredSize }
  await eks.send(new CreateNodegroupCommand({ ...group, ...NODES, scalingConfig, updateConfig }))
  await waitUntilNodegroupActive({ client: eks, maxWaitTime: 60, minDelay: 0.05, maxDelay: 0.5 }, group)
  const up = await eks.send(new UpdateClusterVersionCommand({ name: 'web', version: '1.34' }))
  const seen = await ended('web', up.update?.id ?? '')
  assert.deepEqual([seen.type, seen.status, seen.errors], ['VersionUpdate', 'Successful', []])
  assert.deepEqual(seen.params, [
    { type: 'Version', value: '1.34' },
    { type: 'PlatformVersion', value: 'drover.1' },
  ])
  const { update } = await eks.send(new UpdateNodegroupVersionCommand(group))
  assert.equal(update?.type, 'VersionUpdate')
  assert.deepEqual(update?.params, [{ type: 'Version', value: '1.34' }])
  assert.equal((await ended('web', update?.id ?? '', 'ng')).status, 'Successful')
}

/** The versions that nodes were told, as their revisions say. */
async function versionsOf({ api }: EksService): Promise<string[]> {
  const cluster = '/projects/default/clusters/web'
  const { items } = await api('GET', `${cluster}/nodes?limit=100`)
  const { items: revisions } = await api('GET', `${cluster}/revisions?pool=ng`)
  const byNumber = new Map(
    revisions.map((one: { number: number; spec: { version: string } }) => [one.number, one.spec.version]),
  )
  return items.map((node: { revision: number }) => byNumber.get(node.revision))
}

test('a group’s strategy says whether replacements start first, and its numbers how many at a time', async (t) => {
  const service = await startEks(t, { versions: { '1.33': {}, '1.34': {} } })
  const { eks, ended, api } = service
  await upgraded(service, 4, { maxUnavailable: 2, updateStrategy: 'DEFAULT' })
  const cluster = '/projects/default/clusters/web'
  const { items } = await api('GET', `${cluster}/updates?pool=ng`)
  const { status, params } = items[0]
  assert.deepEqual([status, params.maxUnavailable, params.maxSurge], ['Successful', 0, 2])

  const group = { clusterName: 'web', nodegroupName: 'ng' }
  const shown = async () => (await eks.send(new DescribeNodegroupCommand(group))).nodegroup?.updateConfig
  assert.deepEqual(await shown(), { maxUnavailable: 2, updateStrategy: 'DEFAULT' })
  const cases = [
    [{ maxUnavailablePercentage: 50 }, { maxUnavailable: 0, maxSurge: '50%' }, 'DEFAULT'],
    [{ updateStrategy: 'MINIMAL' }, { maxUnavailable: '50%', maxSurge: 0 }, 'MINIMAL'],
    [{ maxUnavailablePercentage: 25 }, { maxUnavailable: '25%', maxSurge: 0 }, 'MINIMAL'],
    [{ updateStrategy: 'DEFAULT' }, { maxUnavailable: 0, maxSurge: '25%' }, 'DEFAULT'],
  ] as const
  for (const [updateConfig, updateDefaults, updateStrategy] of cases) {
    const { update } = await eks.send(new UpdateNodegroupConfigCommand({ ...group, updateConfig }))
    assert.equal((await ended('web', update?.id ?? '', 'ng')).status, 'Successful')
    assert.deepEqual((await api('GET', `${cluster}/pools/ng`)).updateDefaults, updateDefaults)
    const percentage = Number.parseInt(`${updateDefaults.maxSurge || updateDefaults.maxUnavailable}`, 10)
    assert.deepEqual(await shown(), { maxUnavailablePercentage: percentage, updateStrategy })
  }
})

test('nodes that cannot start a replacement beside them are updated by MINIMAL, and the refusal says so', async (t) => {
  const fixed = { command: ['sleep', '1000'], port: { from: 23_456, to: 23_456 } }
  const { eks, ended } = await startEks(t, { simulate: false, versions: { '1.33': fixed, '1.34': fixed } })
  const cluster = { name: 'web', version: '1.33', roleArn: ROLE, resourcesVpcConfig: NETWORK }
  await eks.send(new CreateClusterCommand(cluster))
  const group = { clusterName: 'web', nodegroupName: 'ng' }
  const scalingConfig = { minSize: 0, maxSize: 2, desiredSize: 0 }
  const updateConfig = { updateStrategy: 'DEFAULT' } as const
  await eks.send(new CreateNodegroupCommand({ ...group, ...NODES, scalingConfig, updateConfig }))
  await waitUntilNodegroupActive({ client: eks, maxWaitTime: 60, minDelay: 0.05, maxDelay: 0.5 }, group)
  const up = await eks.send(new UpdateClusterVersionCommand({ name: 'web', version: '1.34' }))
  await ended('web', up.update?.id ?? '')
  await assert.rejects(eks.send(new UpdateNodegroupVersionCommand(group)), {
    ...{ name: 'InvalidParameterException', message: /port is always 23456.*updateStrategy MINIMAL/ },
  })
  const minimal = { ...group, updateConfig: { updateStrategy: 'MINIMAL' } as const }
  const { update: changed } = await eks.send(new UpdateNodegroupConfigCommand(minimal))
  await ended('web', changed?.id ?? '', 'ng')
  const { update } = await eks.send(new UpdateNodegroupVersionCommand(group))
  assert.equal((await ended('web', update?.id ?? '', 'ng')).status, 'Successful')
})

test('a rollback takes nodes back first and the version last, and cannot be cancelled after that', async (t) => {
  const service = await startEks(t, { versions: { '1.33': {}, '1.34': {} } })
  const { eks, ended, until } = service
  await upgraded(service, 2)
  const { update } = await eks.send(
    new UpdateClusterVersionCommand({
      name: 'web',
      version: '1.33',
      rollbackConfig: { timeoutMinutes: 120 },
    }),
  )
  assert.equal(update?.type, 'VersionRollback')
  const seen = await ended('web', update?.id ?? '')
  assert.equal(seen.status, 'Successful')
  assert.equal(seen.cancellation, undefined)
  assert.equal(seen.params?.[0]?.value, '1.33')
  const { cluster } = await eks.send(new DescribeClusterCommand({ name: 'web' }))
  assert.deepEqual([cluster?.version, cluster?.status], ['1.33', 'ACTIVE'])
  assert.deepEqual(await versionsOf(service), ['1.33', '1.33'])
  const { nodegroup } = await eks.send(
    new DescribeNodegroupCommand({ clusterName: 'web', nodegroupName: 'ng' }),
  )
  assert.equal(nodegroup?.version, '1.33')
  await assert.rejects(eks.send(new CancelUpdateCommand({ name: 'web', updateId: update?.id })), {
    ...{ name: 'InvalidStateException', clusterName: 'web' },
  })
  const ofGroup = await eks.send(new ListUpdatesCommand({ name: 'web', nodegroupName: 'ng' }))
  const [newest] = ofGroup.updateIds ?? []
  const part = await until('the update of the group', async () => {
    const input = { name: 'web', updateId: newest, nodegroupName: 'ng' }
    return (await eks.send(new DescribeUpdateCommand(input))).update
  })
  assert.deepEqual([part.type, part.status], ['VersionRollback', 'Successful'])
})

test('a rollback that is cancelled half way leaves all nodes on the present version', async (t) => {
  const service = await startEks(t, { versions: { '1.33': SLOW, '1.34': {} } })
  const { eks, ended, until, api } = service
  await upgraded(service, 12, { maxUnavailable: 2 })
  const { update } = await eks.send(new UpdateClusterVersionCommand({ name: 'web', version: '1.33' }))
  const name = 'web'
  const updateId = update?.id
  const { cluster } = await eks.send(new DescribeClusterCommand({ name }))
  assert.equal(cluster?.status, 'UPDATING')
  await until('some nodes to be on 1.33', async () => (await versionsOf(service)).includes('1.33'))
  const busy = { name: 'ResourceInUseException' }
  await assert.rejects(eks.send(new UpdateClusterVersionCommand({ name, version: '1.33' })), busy)
  await assert.rejects(eks.send(new UpdateClusterConfigCommand({ name, deletionProtection: true })), busy)
  const group = { clusterName: name, nodegroupName: 'ng' }
  await assert.rejects(eks.send(new UpdateNodegroupVersionCommand(group)), busy)
  const resize = { scalingConfig: { desiredSize: 13 } }
  await assert.rejects(eks.send(new UpdateNodegroupConfigCommand({ ...group, ...resize })), busy)
  const more = { clusterName: name, nodegroupName: 'more', ...NODES }
  await assert.rejects(eks.send(new CreateNodegroupCommand(more)), { name: 'InvalidRequestException' })

  const clientRequestToken = randomUUID()
  const cancel = (token: string) =>
    eks.send(new CancelUpdateCommand({ name, updateId, clientRequestToken: token }))
  const answer = await cancel(clientRequestToken)
  assert.equal(answer.update?.status, 'InProgress')
  assert.equal(answer.update?.cancellation?.status, 'InProgress')
  // The same request again gets the same answer, another one is refused.
  assert.equal((await cancel(clientRequestToken)).update?.id, updateId)
  await assert.rejects(cancel(randomUUID()), { name: /ResourceInUse|InvalidRequest/ })
  const seen = await ended(name, updateId ?? '')
  assert.equal(seen.status, 'Cancelled')
  assert.equal(seen.cancellation?.status, 'Successful')
  assert.match(seen.cancellation?.reason ?? '', /cancelled by/)
  assert.deepEqual([...new Set(await versionsOf(service))], ['1.34'])
  const after = await eks.send(new DescribeClusterCommand({ name }))
  assert.deepEqual([after.cluster?.version, after.cluster?.status], ['1.34', 'ACTIVE'])
  const { items } = await api('GET', '/projects/default/updates?cluster=web&pool=ng')
  assert.equal(items[0].status, 'Cancelled')
  assert.ok(items[0].progress.highestUnavailable <= 2, 'more nodes were away than allowed')
  await assert.rejects(cancel(randomUUID()), { name: 'InvalidRequestException' })
})

test('a rollback of which nodes do not come up has failed, and says which', async (t) => {
  const service = await startEks(t, {
    versions: { '1.33': { failures: { start: 'always', nodes: [2] } }, '1.34': {} },
  })
  const { eks, ended } = service
  const cluster = { name: 'web', version: '1.33', roleArn: ROLE, resourcesVpcConfig: NETWORK }
  await eks.send(new CreateClusterCommand(cluster))
  await eks.send(new UpdateClusterVersionCommand({ name: 'web', version: '1.34' }))
  const group = { clusterName: 'web', nodegroupName: 'ng' }
  await eks.send(new CreateNodegroupCommand({ ...group, ...NODES }))
  await waitUntilNodegroupActive({ client: eks, maxWaitTime: 60, minDelay: 0.05, maxDelay: 0.5 }, group)
  const { update } = await eks.send(new UpdateClusterVersionCommand({ name: 'web', version: '1.33' }))
  const seen = await ended('web', update?.id ?? '')
  assert.equal(seen.status, 'Failed')
  assert.equal(seen.errors?.[0]?.errorCode, 'NodeCreationFailure')
  assert.equal(seen.errors?.[0]?.resourceIds?.length, 1)
  assert.deepEqual([...new Set(await versionsOf(service))], ['1.34'])
})

test('versions that a cluster cannot go to are refused, each in its own way', async (t) => {
  const { eks } = await startEks(t)
  const cluster = { name: 'web', version: '1.32', roleArn: ROLE, resourcesVpcConfig: NETWORK }
  await eks.send(new CreateClusterCommand(cluster))
  const change = (version: string, more = {}) =>
    eks.send(new UpdateClusterVersionCommand({ name: 'web', version, ...more }))
  await assert.rejects(change('1.99'), { name: 'InvalidParameterException', clusterName: 'web' })
  await assert.rejects(change('1.34'), { name: 'InvalidRequestException' })
  await assert.rejects(change('1.32'), { name: 'InvalidRequestException' })
  const short = { rollbackConfig: { timeoutMinutes: 5 } }
  await assert.rejects(change('1.33', short), { name: 'InvalidParameterException' })
  await change('1.33')
  await eks.send(new CreateNodegroupCommand({ clusterName: 'web', nodegroupName: 'ng', ...NODES }))
  const group = { clusterName: 'web', nodegroupName: 'ng' }
  await waitUntilNodegroupActive({ client: eks, maxWaitTime: 60, minDelay: 0.05, maxDelay: 0.5 }, group)
  const ahead = { ...group, version: '1.34' }
  await assert.rejects(eks.send(new UpdateNodegroupVersionCommand(ahead)), {
    name: 'InvalidRequestException',
  })
  await assert.rejects(
    eks.send(
      new CreateNodegroupCommand({ clusterName: 'web', nodegroupName: 'old', ...NODES, version: '1.32' }),
    ),
    { name: 'InvalidParameterException' },
  )
})

test('an upgrade is refused while groups are behind, unless it is forced', async (t) => {
  const { eks } = await startEks(t)
  const cluster = { name: 'web', version: '1.32', roleArn: ROLE, resourcesVpcConfig: NETWORK }
  await eks.send(new CreateClusterCommand(cluster))
  const group = { clusterName: 'web', nodegroupName: 'ng' }
  await eks.send(new CreateNodegroupCommand({ ...group, ...NODES }))
  await waitUntilNodegroupActive({ client: eks, maxWaitTime: 60, minDelay: 0.05, maxDelay: 0.5 }, group)
  await eks.send(new UpdateClusterVersionCommand({ name: 'web', version: '1.33' }))
  const next = { name: 'web', version: '1.34' }
  await assert.rejects(eks.send(new UpdateClusterVersionCommand(next)), {
    ...{ name: 'InvalidStateException', clusterName: 'web' },
  })
  const { update } = await eks.send(new UpdateClusterVersionCommand({ ...next, force: true }))
  assert.equal(update?.status, 'Successful')
})

test('an upgrade, and what is no update, cannot be cancelled', async (t) => {
  const { eks } = await startEks(t)
  const cluster = { name: 'web', version: '1.33', roleArn: ROLE, resourcesVpcConfig: NETWORK }
  await eks.send(new CreateClusterCommand(cluster))
  const { update } = await eks.send(new UpdateClusterVersionCommand({ name: 'web', version: '1.34' }))
  const cancel = (updateId: string | undefined, name = 'web') =>
    eks.send(new CancelUpdateCommand({ name, updateId }))
  await assert.rejects(cancel(update?.id), { name: 'InvalidRequestException', clusterName: 'web' })
  await assert.rejects(cancel(randomUUID()), { name: 'ResourceNotFoundException', clusterName: 'web' })
  await assert.rejects(cancel('soon'), { name: 'InvalidParameterException' })
  await assert.rejects(cancel(update?.id, 'other'), { name: 'ResourceNotFoundException' })
  const describe = (updateId: string | undefined, more = {}) =>
    eks.send(new DescribeUpdateCommand({ name: 'web', updateId, ...more }))
  assert.equal((await describe(update?.id)).update?.id, update?.id)
  await assert.rejects(describe(update?.id, { nodegroupName: 'ng' }), { name: 'ResourceNotFoundException' })
  await assert.rejects(describe(update?.id, { addonName: 'dns' }), { name: 'ResourceNotFoundException' })
  await assert.rejects(eks.send(new ListUpdatesCommand({ name: 'web', nodegroupName: 'DefaultPool' })), {
    name: 'ResourceNotFoundException',
  })
})
