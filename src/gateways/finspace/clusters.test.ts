import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  CreateKxClusterCommand,
  type CreateKxClusterCommandInput,
  CreateKxEnvironmentCommand,
  DeleteKxClusterCommand,
  type FinspaceClient,
  GetKxClusterCommand,
  GetKxConnectionStringCommand,
  ListKxClusterNodesCommand,
  ListKxClustersCommand,
  paginateListKxClusterNodes,
  UpdateKxClusterCodeConfigurationCommand,
  UpdateKxClusterDatabasesCommand,
  type UpdateKxClusterDatabasesCommandInput,
  type VpcConfiguration,
} from '@aws-sdk/client-finspace'
import { BUCKET, type Said, type Service, startService } from './test-service.ts'

const kmsKeyId = 'arn:aws:kms:us-east-1:000000000000:key/one'
const vpcConfiguration: VpcConfiguration = {
  vpcId: 'vpc-0a1b2c3d',
  subnetIds: ['subnet-0a1b2c3d'],
  ipAddressType: 'IP_V4',
}

test('code goes from a bucket to nodes, by ROLLING and by FORCE, and is given back as it was given', async (t) => {
  const service = await startService(t)
  const client = await service.client()
  const environmentId = await makeEnvironment(client)
  for (const version of ['v1', 'v2', 'v3']) await service.publish(`${version}.zip`, version)
  const cluster = { environmentId, clusterName: 'quotes' }
  const input: CreateKxClusterCommandInput = {
    ...cluster,
    clusterType: 'HDB',
    releaseLabel: '1.0',
    azMode: 'SINGLE',
    availabilityZoneId: 'use1-az1',
    vpcConfiguration,
    capacityConfiguration: { nodeType: 'kx.s.large', nodeCount: 3 },
    code: { s3Bucket: BUCKET, s3Key: 'v1.zip' },
    initializationScript: 'server.js',
    commandLineArguments: [{ key: 's', value: '2' }],
    databases: [{ databaseName: 'trades', changesetId: 'c1' }],
    tags: { team: 'quotes' },
    clientToken: 'first',
  }
  const made = await client.send(new CreateKxClusterCommand(input))
  assert.deepEqual([made.status, made.environmentId, made.clusterName], ['PENDING', environmentId, 'quotes'])
  const again = await client.send(new CreateKxClusterCommand(input))
  assert.deepEqual(again.createdTimestamp, made.createdTimestamp)
  await assert.rejects(client.send(new CreateKxClusterCommand({ ...input, azMode: 'MULTI' })), {
    name: 'ConflictException',
  })
  const running = await service.reaches(client, cluster, 'RUNNING')
  assert.deepEqual(running.code, input.code)
  assert.deepEqual(running.commandLineArguments, input.commandLineArguments)
  assert.deepEqual(running.databases, input.databases)
  assert.deepEqual(running.vpcConfiguration, vpcConfiguration)
  assert.deepEqual([running.initializationScript, running.availabilityZoneId], ['server.js', 'use1-az1'])
  const first = await askAll(service, client, cluster)
  assert.deepEqual(first.map(summaryOf), Array(3).fill('v1 -s 2 c1'))

  const rolling = {
    ...cluster,
    code: { s3Bucket: BUCKET, s3Key: 'v2.zip' },
    initializationScript: 'server.js',
    clientToken: 'second',
  }
  await client.send(new UpdateKxClusterCodeConfigurationCommand(rolling))
  // Whatever became of it meanwhile, and whatever is newest by now.
  await service.publish('v2.zip', 'v2 that came later')
  await client.send(new UpdateKxClusterCodeConfigurationCommand(rolling))
  await assert.rejects(
    client.send(new UpdateKxClusterCodeConfigurationCommand({ ...rolling, code: input.code })),
    { name: 'ConflictException' },
  )
  const rolled = await service.reaches(client, cluster, 'RUNNING')
  assert.deepEqual([rolled.code, rolled.commandLineArguments], [rolling.code, undefined])
  const second = await askAll(service, client, cluster)
  assert.deepEqual(second.map(summaryOf), Array(3).fill('v2  c1'))
  const [update] = (await service.rest('GET', '/updates')).items
  assert.deepEqual(
    [update.status, update.params.strategy, update.progress.highestUnavailable],
    ['Successful', 'ROLLING', 1],
  )

  await client.send(
    new UpdateKxClusterCodeConfigurationCommand({
      ...cluster,
      code: { s3Bucket: BUCKET, s3Key: 'v3.zip' },
      initializationScript: 'server.js',
      deploymentConfiguration: { deploymentStrategy: 'FORCE' },
    }),
  )
  await service.reaches(client, cluster, 'RUNNING')
  assert.deepEqual((await askAll(service, client, cluster)).map(summaryOf), Array(3).fill('v3  c1'))
  const [forced] = (await service.rest('GET', '/updates')).items
  assert.deepEqual([forced.status, forced.params.strategy], ['Successful', 'FORCE'])

  const databases = [{ databaseName: 'trades', changesetId: 'c2' }]
  await client.send(new UpdateKxClusterDatabasesCommand({ ...cluster, databases }))
  assert.deepEqual((await service.reaches(client, cluster, 'RUNNING')).databases, databases)
  assert.deepEqual((await askAll(service, client, cluster)).map(summaryOf), Array(3).fill('v3  c2'))
  const quiet: UpdateKxClusterDatabasesCommandInput = {
    ...cluster,
    databases: [{ databaseName: 'trades', changesetId: 'c3' }],
    deploymentConfiguration: { deploymentStrategy: 'NO_RESTART' },
    clientToken: 'quiet',
  }
  await client.send(new UpdateKxClusterDatabasesCommand(quiet))
  await client.send(new UpdateKxClusterDatabasesCommand(quiet))
  assert.deepEqual((await service.reaches(client, cluster, 'RUNNING')).databases, quiet.databases)
  assert.deepEqual((await askAll(service, client, cluster)).map(summaryOf), Array(3).fill('v3  c2'))

  const { kxClusterSummaries } = await client.send(
    new ListKxClustersCommand({ environmentId, clusterType: 'HDB' }),
  )
  assert.deepEqual(
    kxClusterSummaries?.map((each) => [each.clusterName, each.status, each.initializationScript]),
    [['quotes', 'RUNNING', 'server.js']],
  )
  await deleteCluster(client, cluster)
})

test('NO_RESTART puts code under a general cluster while its process goes on', async (t) => {
  const service = await startService(t)
  const client = await service.client('operator', { endpoint: service.ownUrl })
  const environmentId = await makeEnvironment(client)
  const version = await service.publish('code.zip', 'v1')
  await service.publish('code.zip', 'v2')
  const cluster = { environmentId, clusterName: 'general' }
  const gp: CreateKxClusterCommandInput = {
    ...cluster,
    clusterType: 'GP',
    releaseLabel: '1.0',
    azMode: 'SINGLE',
    vpcConfiguration,
    capacityConfiguration: { nodeCount: 1 },
    code: { s3Bucket: BUCKET, s3Key: 'code.zip', s3ObjectVersion: version },
    initializationScript: 'server.js',
    commandLineArguments: [{ key: 'threads', value: '4' }],
  }
  await client.send(new CreateKxClusterCommand(gp))
  await service.reaches(client, cluster, 'RUNNING')
  const [before] = await askAll(service, client, cluster)
  assert.equal(before?.version, 'v1')
  const code = { s3Bucket: BUCKET, s3Key: 'code.zip' }
  const deploymentConfiguration = { deploymentStrategy: 'NO_RESTART' } as const
  const update = { ...cluster, code, deploymentConfiguration }
  await client.send(new UpdateKxClusterCodeConfigurationCommand(update))
  const after = await service.reaches(client, cluster, 'RUNNING')
  assert.deepEqual([after.code, after.initializationScript], [code, 'server.js'])
  const [now] = await askAll(service, client, cluster)
  assert.deepEqual(now, { ...before, version: 'v2' })
  await assert.rejects(
    client.send(
      new UpdateKxClusterCodeConfigurationCommand({ ...update, initializationScript: 'server.js' }),
    ),
    { name: 'ValidationException' },
  )
  await deleteCluster(client, cluster)
})

test('a cluster whose code cannot run says why, and goes; one that breaks in an update keeps what it had', async (t) => {
  const service = await startService(t, {
    'finspace.command': '["no-such-program"]',
  })
  const client = await service.client()
  const environmentId = await makeEnvironment(client)
  const broken = { environmentId, clusterName: 'broken' }
  const base = {
    clusterType: 'GATEWAY',
    releaseLabel: '1.0',
    azMode: 'SINGLE',
    vpcConfiguration,
    capacityConfiguration: { nodeCount: 1 },
  } as const
  await client.send(new CreateKxClusterCommand({ ...base, ...broken }))
  const failed = await service.reaches(client, broken, 'CREATE_FAILED')
  assert.match(failed.statusReason ?? '', /^[a-zA-Z0-9_\-.\s]*no-such-program[a-zA-Z0-9_\-.\s]*$/)
  await deleteCluster(client, broken)

  await service.publish('good.zip', 'good')
  const cluster = { environmentId, clusterName: 'kept' }
  const code = { s3Bucket: BUCKET, s3Key: 'good.zip' }
  await client.send(
    new CreateKxClusterCommand({ ...base, ...cluster, code, initializationScript: 'server.js' }),
  )
  await service.reaches(client, cluster, 'RUNNING')
  await service.publish('bad.zip', 'bad', 'server.js', 'process.exit(3)')
  const bad = { s3Bucket: BUCKET, s3Key: 'bad.zip' }
  const update = { ...cluster, code: bad, initializationScript: 'server.js' }
  await client.send(new UpdateKxClusterCodeConfigurationCommand(update))
  const back = await service.reaches(client, cluster, 'RUNNING')
  assert.match(back.statusReason ?? '', /back on the committed revision after a failure/)
  assert.deepEqual([back.code, back.initializationScript], [code, 'server.js'])
  assert.deepEqual((await askAll(service, client, cluster)).map(summaryOf), ['good '])
  await deleteCluster(client, cluster)
})

test('scripts of other languages run on the same path', async (t) => {
  const service = await startService(t, {
    'process.interpreters': JSON.stringify({ '.q': [process.execPath] }),
  })
  const client = await service.client()
  const environmentId = await makeEnvironment(client)
  await service.publish('q.zip', 'q', 'main.q')
  const cluster = { environmentId, clusterName: 'kdb' }
  await client.send(
    new CreateKxClusterCommand({
      ...cluster,
      clusterType: 'RDB',
      releaseLabel: '1.0',
      azMode: 'SINGLE',
      vpcConfiguration,
      capacityConfiguration: { nodeCount: 2 },
      savedownStorageConfiguration: { type: 'SDS01', size: 10, volumeName: 'volume-1' },
      code: { s3Bucket: BUCKET, s3Key: 'q.zip' },
      initializationScript: 'main.q',
    }),
  )
  const running = await service.reaches(client, cluster, 'RUNNING')
  assert.deepEqual(running.volumes, [{ volumeName: 'volume-1', volumeType: 'NAS_1' }])
  assert.deepEqual((await askAll(service, client, cluster)).map(summaryOf), ['q ', 'q '])
  await deleteCluster(client, cluster)
})

async function makeEnvironment(client: FinspaceClient): Promise<string> {
  const { environmentId } = await client.send(new CreateKxEnvironmentCommand({ name: 'kdb-env', kmsKeyId }))
  return environmentId ?? ''
}

/** Asks every node that is listed, through what connection strings lead to. */
async function askAll(
  service: Service,
  client: FinspaceClient,
  cluster: { readonly environmentId: string; readonly clusterName: string },
): Promise<Said[]> {
  const ids: string[] = []
  for await (const page of paginateListKxClusterNodes({ client, pageSize: 2 }, cluster)) {
    for (const { nodeId, launchTime } of page.nodes ?? []) {
      assert.ok(launchTime instanceof Date)
      ids.push(nodeId ?? '')
    }
  }
  const userArn = `arn:aws:finspace:us-east-1:000000000000:kxEnvironment/${cluster.environmentId}/kxUser/ada`
  const { signedConnectionString } = await client.send(
    new GetKxConnectionStringCommand({ ...cluster, userArn }),
  )
  const [, , port, user] = (signedConnectionString ?? '').split(':')
  assert.equal(user, 'ada')
  const nodes = (await service.rest('GET', '/nodes?limit=100')).items as {
    id: string
    endpoint: { port: number }
  }[]
  const ours = nodes.filter(({ id }) => ids.includes(id))
  assert.ok(
    ours.some(({ endpoint }) => endpoint.port === Number(port)),
    'the string leads to one of the nodes',
  )
  return await Promise.all(
    ours.map(
      async ({ endpoint }) => (await fetch(`http://127.0.0.1:${endpoint.port}/`)).json() as Promise<Said>,
    ),
  )
}

function summaryOf({ version, args, databases }: Said): string {
  const [database] = databases === null ? [] : (JSON.parse(databases) as { changesetId: string }[])
  return [version, args.join(' '), ...(database ? [database.changesetId] : [])].join(' ')
}

async function deleteCluster(
  client: FinspaceClient,
  cluster: { readonly environmentId: string; readonly clusterName: string },
): Promise<void> {
  await client.send(new DeleteKxClusterCommand({ ...cluster, clientToken: `gone-${cluster.clusterName}` }))
  const deadline = Date.now() + 60_000
  while (await exists(client, cluster)) {
    if (Date.now() > deadline) throw new Error('it is still there')
    await sleep(50)
  }
  await assert.rejects(client.send(new ListKxClusterNodesCommand(cluster)), {
    name: 'ResourceNotFoundException',
  })
  await client.send(new DeleteKxClusterCommand({ ...cluster, clientToken: `gone-${cluster.clusterName}` }))
}

async function exists(
  client: FinspaceClient,
  cluster: { readonly environmentId: string; readonly clusterName: string },
): Promise<boolean> {
  try {
    const { status } = await client.send(new GetKxClusterCommand(cluster))
    assert.equal(status, 'DELETING')
    return true
  } catch (error) {
    if ((error as Error).name === 'ResourceNotFoundException') return false
    throw error
  }
}
