import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import {
  CreateClusterCommand,
  CreateNodegroupCommand,
  DescribeClusterCommand,
  DescribeNodegroupCommand,
  EKSClient,
  ListClustersCommand,
  ListTagsForResourceCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateClusterVersionCommand,
} from '@aws-sdk/client-eks'
import { NETWORK, NODES, ROLE, startEks } from './test-service.ts'

const web = { name: 'web', roleArn: ROLE, resourcesVpcConfig: NETWORK }

test('the same token with the same request gets the same answer, and with another one a refusal', async (t) => {
  const { eks } = await startEks(t)
  const clientRequestToken = randomUUID()
  const first = await eks.send(new CreateClusterCommand({ ...web, version: '1.33', clientRequestToken }))
  const again = await eks.send(new CreateClusterCommand({ ...web, version: '1.33', clientRequestToken }))
  assert.equal(again.cluster?.createdAt?.getTime(), first.cluster?.createdAt?.getTime())
  const other = { ...web, version: '1.34', clientRequestToken }
  await assert.rejects(eks.send(new CreateClusterCommand(other)), { name: 'InvalidParameterException' })
  await assert.rejects(eks.send(new CreateClusterCommand(web)), {
    ...{ name: 'ResourceInUseException', clusterName: undefined },
  })
  const up = { name: 'web', version: '1.34', clientRequestToken: randomUUID() }
  const moved = await eks.send(new UpdateClusterVersionCommand(up))
  assert.equal((await eks.send(new UpdateClusterVersionCommand(up))).update?.id, moved.update?.id)
  const group = { clusterName: 'web', nodegroupName: 'ng', ...NODES, clientRequestToken: randomUUID() }
  const made = await eks.send(new CreateNodegroupCommand(group))
  const repeated = await eks.send(new CreateNodegroupCommand(group))
  assert.equal(repeated.nodegroup?.nodegroupArn, made.nodegroup?.nodegroupArn)
})

test('tags of clusters and node groups are laid on, listed and taken off by their ARN', async (t) => {
  const { eks } = await startEks(t)
  const { cluster } = await eks.send(new CreateClusterCommand({ ...web, tags: { a: '1' } }))
  const group = { clusterName: 'web', nodegroupName: 'ng', ...NODES, tags: { b: '2' } }
  const { nodegroup } = await eks.send(new CreateNodegroupCommand(group))
  assert.match(nodegroup?.nodegroupArn ?? '', /:nodegroup\/web\/ng\/[0-9a-f-]{36}$/)
  for (const [resourceArn, first] of [
    [cluster?.arn, { a: '1' }],
    [nodegroup?.nodegroupArn, { b: '2' }],
  ] as const) {
    await eks.send(new TagResourceCommand({ resourceArn, tags: { team: 'a b', path: 'x/y' } }))
    const { tags } = await eks.send(new ListTagsForResourceCommand({ resourceArn }))
    assert.deepEqual(tags, { ...first, team: 'a b', path: 'x/y' })
    await eks.send(new UntagResourceCommand({ resourceArn, tagKeys: ['team', 'path', 'unknown'] }))
    assert.deepEqual((await eks.send(new ListTagsForResourceCommand({ resourceArn }))).tags, first)
  }
  const list = (resourceArn: string) => eks.send(new ListTagsForResourceCommand({ resourceArn }))
  const arn = 'arn:aws:eks:us-east-1:000000000000'
  await assert.rejects(list(`${arn}:cluster/missing`), { name: 'NotFoundException' })
  await assert.rejects(list(`${arn}:nodegroup/web/ng/${randomUUID()}`), { name: 'NotFoundException' })
  await assert.rejects(list('arn:aws:eks:us-east-1:111111111111:cluster/web'), { name: 'NotFoundException' })
  await assert.rejects(list(`${arn}:addon/web/dns/1`), { name: 'BadRequestException' })
  await assert.rejects(list('web'), { name: 'BadRequestException' })
  const many = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`k${index}`, '']))
  const resourceArn = cluster?.arn
  await assert.rejects(eks.send(new TagResourceCommand({ resourceArn, tags: many })), {
    name: 'BadRequestException',
  })
  await assert.rejects(eks.send(new TagResourceCommand({ resourceArn, tags: {} })), {
    name: 'BadRequestException',
  })
})

test('requests that break the model are refused by the name of what is wrong', async (t) => {
  const { eks } = await startEks(t)
  const wrong: readonly (readonly [object, RegExp])[] = [
    [{ name: '-web' }, /name/],
    [{ name: 'x'.repeat(101) }, /'name' failed to satisfy/],
    [{ roleArn: undefined }, /'roleArn' failed .* must not be null/],
    [{ resourcesVpcConfig: { subnetIds: ['subnet-1'] } }, /two different AZs/],
    [{ resourcesVpcConfig: { ...NETWORK, securityGroupIds: ['1', '2', '3', '4', '5', '6'] } }, /At most 5/],
    [{ version: '9.9' }, /9\.9/],
    [{ logging: { clusterLogging: [{ types: ['everything'] }] } }, /enum value set/],
    [{ tags: { '': 'x' } }, /length/],
  ]
  for (const [change, message] of wrong) {
    const input = { ...web, ...change } as typeof web
    await assert.rejects(eks.send(new CreateClusterCommand(input)), {
      ...{ name: 'InvalidParameterException', message },
    })
  }
  await eks.send(new CreateClusterCommand(web))
  const group = { clusterName: 'web', nodegroupName: 'ng', ...NODES }
  const groups: readonly object[] = [
    { updateConfig: { maxUnavailable: 101 } },
    { updateConfig: { maxUnavailable: 1, maxUnavailablePercentage: 1 } },
    { scalingConfig: { minSize: 3, maxSize: 2, desiredSize: 3 } },
    { scalingConfig: { minSize: 0, maxSize: 2, desiredSize: 3 } },
    { launchTemplate: { name: 'a', id: 'b' } },
    { launchTemplate: { name: 'a' }, diskSize: 20 },
    { capacityType: 'FREE' },
    { taints: [{ key: 'k', effect: 'NEVER' }] },
    { nodegroupName: 'x'.repeat(64) },
  ]
  for (const change of groups) {
    const input = { ...group, ...change } as typeof group
    await assert.rejects(
      eks.send(new CreateNodegroupCommand(input)),
      { name: 'InvalidParameterException', clusterName: 'web' },
      JSON.stringify(change),
    )
  }
  const taken = { ...group, nodegroupName: 'DefaultPool' }
  await assert.rejects(eks.send(new CreateNodegroupCommand(taken)), { name: 'ResourceInUseException' })
  await assert.rejects(eks.send(new ListClustersCommand({ maxResults: 101 })), {
    name: 'InvalidParameterException',
  })
  await assert.rejects(eks.send(new ListClustersCommand({ nextToken: 'nonsense' })), {
    name: 'InvalidParameterException',
  })
  await assert.rejects(eks.send(new DescribeNodegroupCommand({ ...group, nodegroupName: 'other' })), {
    ...{ name: 'ResourceNotFoundException', clusterName: 'web', nodegroupName: 'other' },
    message: 'No node group found for name: other.',
  })
})

test('who may not, or may no more for now, is told so', async (t) => {
  const service = await startEks(t, { flags: { 'aws.requestsPerSecond': '3', 'aws.burst': '3' } })
  const viewer = await service.client('viewer', { maxAttempts: 1 })
  await assert.rejects(viewer.send(new CreateClusterCommand(web)), { name: 'AccessDeniedException' })
  const eager = await service.client('operator', { maxAttempts: 1 })
  const asked = Array.from({ length: 60 }, () => eager.send(new ListClustersCommand({})))
  const outcomes = await Promise.allSettled(asked)
  const refused = outcomes.filter((outcome) => outcome.status === 'rejected')
  assert.ok(refused.length > 0)
  for (const { reason } of refused) assert.equal(reason.name, 'ThrottlingException')
  // A client that repeats, as it does by itself, gets through.
  const patient = await service.client('operator', { maxAttempts: 12 })
  await Promise.all(Array.from({ length: 6 }, () => patient.send(new ListClustersCommand({}))))
})

test('the gateway can have an address of its own', async (t) => {
  const service = await startEks(t)
  const { items } = await service.api('GET', '/gateways')
  const { ownUrl } = items.find((gateway: { name: string }) => gateway.name === 'eks')
  const client = await service.client('operator', { endpoint: ownUrl })
  const { cluster } = await client.send(new CreateClusterCommand(web))
  assert.equal(cluster?.name, 'web')
  const { cluster: same } = await service.eks.send(new DescribeClusterCommand({ name: 'web' }))
  assert.equal(same?.arn, cluster?.arn)
  assert.ok(client instanceof EKSClient)
})
