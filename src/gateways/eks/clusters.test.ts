import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CreateClusterCommand,
  CreateNodegroupCommand,
  DeleteClusterCommand,
  DeleteNodegroupCommand,
  DescribeClusterCommand,
  DescribeClusterVersionsCommand,
  DescribeNodegroupCommand,
  paginateDescribeClusterVersions,
  paginateListClusters,
  paginateListNodegroups,
  paginateListUpdates,
  UpdateClusterConfigCommand,
  UpdateNodegroupConfigCommand,
  waitUntilClusterActive,
  waitUntilClusterDeleted,
  waitUntilNodegroupActive,
  waitUntilNodegroupDeleted,
} from '@aws-sdk/client-eks'
import { NETWORK, NODES, ROLE, startEks } from './test-service.ts'

test('a cluster and a node group come and go as the waiters of the client expect', async (t) => {
  const { eks, api, ended } = await startEks(t)
  const waiting = { client: eks, maxWaitTime: 30, minDelay: 0.05, maxDelay: 0.2 }
  const made = await eks.send(
    new CreateClusterCommand({
      ...{ name: 'web', roleArn: ROLE, resourcesVpcConfig: NETWORK, version: '1.33' },
      ...{ tags: { team: 'quotes' }, deletionProtection: true },
      encryptionConfig: [{ resources: ['secrets'], provider: { keyArn: 'arn:aws:kms:k' } }],
    }),
  )
  assert.equal(made.cluster?.arn, 'arn:aws:eks:us-east-1:000000000000:cluster/web')
  assert.ok(made.cluster?.createdAt instanceof Date)
  await waitUntilClusterActive(waiting, { name: 'web' })
  const { cluster } = await eks.send(new DescribeClusterCommand({ name: 'web' }))
  assert.equal(cluster?.version, '1.33')
  assert.equal(cluster?.platformVersion, 'drover.1')
  assert.equal(cluster?.roleArn, ROLE)
  assert.deepEqual(cluster?.tags, { team: 'quotes' })
  assert.deepEqual(cluster?.resourcesVpcConfig?.subnetIds, NETWORK.subnetIds)
  assert.deepEqual(cluster?.encryptionConfig, [
    { resources: ['secrets'], provider: { keyArn: 'arn:aws:kms:k' } },
  ])
  assert.equal(cluster?.upgradePolicy?.supportType, 'EXTENDED')

  const group = { clusterName: 'web', nodegroupName: 'ng' }
  const { nodegroup } = await eks.send(
    new CreateNodegroupCommand({
      ...{ ...group, ...NODES, labels: { tier: 'front' }, diskSize: 40, instanceTypes: ['m5.large'] },
      scalingConfig: { minSize: 1, maxSize: 4, desiredSize: 3 },
      updateConfig: { maxUnavailablePercentage: 50, updateStrategy: 'MINIMAL' },
      taints: [{ key: 'gpu', value: 'yes', effect: 'NO_SCHEDULE' }],
    }),
  )
  assert.equal(nodegroup?.status, 'CREATING')
  await waitUntilNodegroupActive(waiting, group)
  const shown = (await eks.send(new DescribeNodegroupCommand(group))).nodegroup
  assert.equal(shown?.version, '1.33')
  assert.match(shown?.releaseVersion ?? '', /^1\.33\.0-20251002$/)
  assert.deepEqual(shown?.scalingConfig, { minSize: 1, maxSize: 4, desiredSize: 3 })
  assert.deepEqual(shown?.updateConfig, { maxUnavailablePercentage: 50, updateStrategy: 'MINIMAL' })
  assert.deepEqual(shown?.taints, [{ key: 'gpu', value: 'yes', effect: 'NO_SCHEDULE' }])
  assert.equal(shown?.diskSize, 40)
  const { items } = await api('GET', '/projects/default/clusters/web/nodes')
  assert.equal(items.length, 3)

  await assert.rejects(eks.send(new DeleteClusterCommand({ name: 'web' })), {
    name: 'InvalidRequestException',
  })
  const unprotect = new UpdateClusterConfigCommand({ name: 'web', deletionProtection: false })
  const { update } = await eks.send(unprotect)
  assert.equal((await ended('web', update?.id ?? '')).type, 'DeletionProtectionUpdate')
  await assert.rejects(eks.send(new DeleteClusterCommand({ name: 'web' })), {
    ...{ name: 'ResourceInUseException', clusterName: 'web' },
  })
  const gone = await eks.send(new DeleteNodegroupCommand(group))
  assert.equal(gone.nodegroup?.status, 'DELETING')
  await waitUntilNodegroupDeleted(waiting, group)
  const last = await eks.send(new DeleteClusterCommand({ name: 'web' }))
  assert.equal(last.cluster?.status, 'DELETING')
  await waitUntilClusterDeleted(waiting, { name: 'web' })
  await assert.rejects(eks.send(new DescribeClusterCommand({ name: 'web' })), {
    ...{ name: 'ResourceNotFoundException', clusterName: 'web', message: 'No cluster found for name: web.' },
  })
})

test('each kind of change of a cluster’s settings is an update with its own type and parameters', async (t) => {
  const { eks, ended } = await startEks(t)
  await eks.send(new CreateClusterCommand({ name: 'web', roleArn: ROLE, resourcesVpcConfig: NETWORK }))
  await waitUntilClusterActive(
    { client: eks, maxWaitTime: 30, minDelay: 0.05, maxDelay: 0.2 },
    { name: 'web' },
  )
  const cases: readonly (readonly [string, object, readonly string[]])[] = [
    [
      'LoggingUpdate',
      { logging: { clusterLogging: [{ types: ['api'], enabled: true }] } },
      ['ClusterLogging'],
    ],
    [
      'EndpointAccessUpdate',
      { resourcesVpcConfig: { endpointPrivateAccess: true, publicAccessCidrs: ['10.0.0.0/8'] } },
      ['EndpointPrivateAccess', 'PublicAccessCidrs'],
    ],
    ['VpcConfigUpdate', { resourcesVpcConfig: { subnetIds: ['subnet-3', 'subnet-4'] } }, ['Subnets']],
    [
      'ControlPlaneEgressUpdate',
      { resourcesVpcConfig: { controlPlaneEgressMode: 'CUSTOMER_ROUTED' } },
      ['ControlPlaneEgressMode'],
    ],
    ['AccessConfigUpdate', { accessConfig: { authenticationMode: 'API' } }, ['AuthenticationMode']],
    ['UpgradePolicyUpdate', { upgradePolicy: { supportType: 'STANDARD' } }, ['UpgradePolicy']],
    ['ZonalShiftConfigUpdate', { zonalShiftConfig: { enabled: true } }, ['ZonalShiftConfig']],
    [
      'AutoModeUpdate',
      { computeConfig: { enabled: true }, storageConfig: { blockStorage: { enabled: true } } },
      ['ComputeConfig', 'StorageConfig'],
    ],
    [
      'RemoteNetworkConfigUpdate',
      { remoteNetworkConfig: { remoteNodeNetworks: [{ cidrs: ['10.1.0.0/16'] }] } },
      ['RemoteNetworkConfig'],
    ],
    ['DeletionProtectionUpdate', { deletionProtection: true }, ['DeletionProtection']],
    [
      'ControlPlaneScalingConfigUpdate',
      { controlPlaneScalingConfig: { tier: 'tier-xl' } },
      ['PreviousTier', 'UpdatedTier'],
    ],
  ]
  const ids: (string | undefined)[] = []
  for (const [type, change, params] of cases) {
    const { update } = await eks.send(new UpdateClusterConfigCommand({ name: 'web', ...change }))
    const seen = await ended('web', update?.id ?? '')
    assert.equal(seen.type, type)
    assert.equal(seen.status, 'Successful')
    assert.deepEqual(
      seen.params?.map((param) => param.type),
      params,
      type,
    )
    ids.unshift(update?.id)
  }
  const { cluster } = await eks.send(new DescribeClusterCommand({ name: 'web' }))
  assert.equal(cluster?.resourcesVpcConfig?.endpointPrivateAccess, true)
  assert.deepEqual(cluster?.resourcesVpcConfig?.subnetIds, ['subnet-3', 'subnet-4'])
  assert.deepEqual(cluster?.logging?.clusterLogging, [
    { types: ['api'], enabled: true },
    { types: ['audit', 'authenticator', 'controllerManager', 'scheduler'], enabled: false },
  ])
  const listed: string[] = []
  for await (const page of paginateListUpdates({ client: eks, pageSize: 4 }, { name: 'web' })) {
    assert.ok((page.updateIds?.length ?? 0) <= 4)
    listed.push(...(page.updateIds ?? []))
  }
  assert.deepEqual(listed, ids)
  const send = (change: object) => eks.send(new UpdateClusterConfigCommand({ name: 'web', ...change }))
  await assert.rejects(send({}), { name: 'InvalidRequestException' })
  await assert.rejects(send({ deletionProtection: true }), { name: 'InvalidRequestException' })
  const several = { deletionProtection: false, upgradePolicy: { supportType: 'EXTENDED' } }
  await assert.rejects(send(several), { name: 'InvalidParameterException' })
})

test('a node group’s settings are changed by an update, and its nodes come and go', async (t) => {
  const { eks, ended, until } = await startEks(t)
  await eks.send(new CreateClusterCommand({ name: 'web', roleArn: ROLE, resourcesVpcConfig: NETWORK }))
  const group = { clusterName: 'web', nodegroupName: 'ng' }
  const labels = { tier: 'front', zone: 'a' }
  await eks.send(new CreateNodegroupCommand({ ...group, ...NODES, labels }))
  await waitUntilNodegroupActive({ client: eks, maxWaitTime: 30, minDelay: 0.05, maxDelay: 0.2 }, group)
  const { update } = await eks.send(
    new UpdateNodegroupConfigCommand({
      ...group,
      scalingConfig: { desiredSize: 4, maxSize: 5 },
      labels: { addOrUpdateLabels: { tier: 'back' }, removeLabels: ['zone'] },
      taints: { addOrUpdateTaints: [{ key: 'gpu', value: 'yes', effect: 'NO_EXECUTE' }] },
      updateConfig: { maxUnavailable: 2 },
      nodeRepairConfig: { enabled: true },
    }),
  )
  const seen = await ended('web', update?.id ?? '', 'ng')
  assert.equal(seen.type, 'ConfigUpdate')
  assert.deepEqual(Object.fromEntries((seen.params ?? []).map(({ type, value }) => [type, value])), {
    ...{ MaxSize: '5', DesiredSize: '4', LabelsToAdd: '{"tier":"back"}', LabelsToRemove: '["zone"]' },
    TaintsToAdd: '[{"key":"gpu","value":"yes","effect":"NO_EXECUTE"}]',
    ...{ MaxUnavailable: '2', NodeRepairEnabled: 'true', NodeRepairConfig: '{"enabled":true}' },
  })
  const shown = await until('four nodes', async () => {
    const { nodegroup } = await eks.send(new DescribeNodegroupCommand(group))
    return nodegroup?.status === 'ACTIVE' && nodegroup.scalingConfig?.desiredSize === 4 && nodegroup
  })
  assert.deepEqual(shown.labels, { tier: 'back' })
  assert.deepEqual(shown.updateConfig, { maxUnavailable: 2 })
  assert.equal(shown.nodeRepairConfig?.enabled, true)
  const send = (change: object) => eks.send(new UpdateNodegroupConfigCommand({ ...group, ...change }))
  await assert.rejects(send({ scalingConfig: { desiredSize: 9 } }), {
    ...{ name: 'InvalidParameterException', clusterName: 'web', nodegroupName: 'ng' },
  })
  await assert.rejects(send({ updateConfig: { maxUnavailable: 2 } }), { name: 'InvalidRequestException' })
  await assert.rejects(send({ updateConfig: { maxUnavailable: 2, maxUnavailablePercentage: 5 } }), {
    name: 'InvalidParameterException',
  })
})

test('lists come in pages', async (t) => {
  const { eks, api } = await startEks(t)
  const names = ['a', 'b', 'c', 'd', 'e']
  for (const name of names) {
    await eks.send(new CreateClusterCommand({ name, roleArn: ROLE, resourcesVpcConfig: NETWORK }))
  }
  // It follows no catalogue of versions: this API knows nothing of it.
  await api('POST', '/projects/default/profiles', { name: 'p', type: 'scripted', properties: {} })
  await api('POST', '/projects/default/clusters', { name: 'own', profile: 'p', size: 0 })
  const clusters: string[] = []
  for await (const page of paginateListClusters({ client: eks, pageSize: 2 }, {})) {
    clusters.push(...(page.clusters ?? []))
  }
  assert.deepEqual(clusters, names)
  await assert.rejects(eks.send(new DescribeClusterCommand({ name: 'own' })), {
    name: 'ResourceNotFoundException',
  })
  for (const nodegroupName of ['x', 'y', 'z']) {
    await eks.send(new CreateNodegroupCommand({ clusterName: 'a', nodegroupName, ...NODES }))
  }
  const groups: string[] = []
  for await (const page of paginateListNodegroups({ client: eks, pageSize: 2 }, { clusterName: 'a' })) {
    groups.push(...(page.nodegroups ?? []))
  }
  assert.deepEqual(groups, ['x', 'y', 'z'])
  const versions: (string | undefined)[] = []
  for await (const page of paginateDescribeClusterVersions({ client: eks, pageSize: 1 }, {})) {
    versions.push(...(page.clusterVersions ?? []).map((version) => version.clusterVersion))
  }
  assert.deepEqual(versions, ['1.32', '1.33', '1.34'])
  const { clusterVersions } = await eks.send(new DescribeClusterVersionsCommand({ defaultOnly: true }))
  assert.deepEqual(
    clusterVersions?.map((version) => [version.clusterVersion, version.defaultVersion]),
    [['1.34', true]],
  )
  const some = await eks.send(
    new DescribeClusterVersionsCommand({
      clusterVersions: ['1.32', '1.33'],
      versionStatus: 'STANDARD_SUPPORT',
    }),
  )
  assert.equal(some.clusterVersions?.length, 2)
  const none = await eks.send(new DescribeClusterVersionsCommand({ versionStatus: 'UNSUPPORTED' }))
  assert.deepEqual(none.clusterVersions, [])
})
