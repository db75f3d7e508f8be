import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import {
  CreateKxClusterCommand,
  CreateKxEnvironmentCommand,
  DeleteKxEnvironmentCommand,
  FinspaceClient,
  GetKxClusterCommand,
  GetKxConnectionStringCommand,
  GetKxEnvironmentCommand,
  ListKxClustersCommand,
  ListTagsForResourceCommand,
  paginateListKxEnvironments,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateKxClusterCodeConfigurationCommand,
  UpdateKxEnvironmentCommand,
} from '@aws-sdk/client-finspace'
import { startTestServer } from '../../api/test-server.ts'
import { resolveConfig } from '../../config/config.ts'
import { finspaceGateway } from './index.ts'

const kmsKeyId = 'arn:aws:kms:us-east-1:000000000000:key/one'

test('environments are made once a token, shown in pages, changed and deleted', async (t) => {
  const { client } = await serve(t)
  const finspace = await client('operator')
  const input = {
    name: 'first',
    kmsKeyId,
    description: 'The first',
    tags: { team: 'quotes' },
    clientToken: 'a',
  }
  const made = await finspace.send(new CreateKxEnvironmentCommand(input))
  assert.equal(made.status, 'CREATE_REQUESTED')
  const environmentId = made.environmentId ?? ''
  assert.equal(made.environmentArn, `arn:aws:finspace:us-east-1:000000000000:kxEnvironment/${environmentId}`)
  const again = await finspace.send(new CreateKxEnvironmentCommand(input))
  assert.equal(again.environmentId, environmentId)
  await finspace.send(new CreateKxEnvironmentCommand({ name: 'second', kmsKeyId }))
  const names: (string | undefined)[] = []
  for await (const page of paginateListKxEnvironments({ client: finspace, pageSize: 1 }, {})) {
    names.push(...(page.environments ?? []).map(({ name }) => name))
  }
  assert.deepEqual(names, ['first', 'second'])
  const changed = await finspace.send(
    new UpdateKxEnvironmentCommand({ environmentId, description: 'Another' }),
  )
  assert.deepEqual([changed.name, changed.description, changed.status], ['first', 'Another', 'CREATED'])
  const found = await finspace.send(new GetKxEnvironmentCommand({ environmentId }))
  assert.deepEqual([found.kmsKeyId, found.creationTimestamp], [kmsKeyId, made.creationTimestamp])
  const deletion = { environmentId, clientToken: 'b' }
  await finspace.send(new DeleteKxEnvironmentCommand(deletion))
  await finspace.send(new DeleteKxEnvironmentCommand(deletion))
  await assert.rejects(finspace.send(new GetKxEnvironmentCommand({ environmentId })), {
    name: 'ResourceNotFoundException',
  })
})

test('tags are given, taken away and listed', async (t) => {
  const { client } = await serve(t)
  const finspace = await client('operator')
  const { environmentArn: resourceArn } = await finspace.send(
    new CreateKxEnvironmentCommand({ name: 'first', kmsKeyId, tags: { team: 'quotes' } }),
  )
  await finspace.send(new TagResourceCommand({ resourceArn, tags: { tier: 'one', cost: 'low' } }))
  await finspace.send(new UntagResourceCommand({ resourceArn, tagKeys: ['cost'] }))
  const { tags } = await finspace.send(new ListTagsForResourceCommand({ resourceArn }))
  assert.deepEqual(tags, { team: 'quotes', tier: 'one' })
  await assert.rejects(
    finspace.send(new TagResourceCommand({ resourceArn: 'arn:aws:finspace:x', tags: { a: 'b' } })),
    { name: 'InvalidRequestException' },
  )
})

test('every exception that an update of code may end with is one that clients know', async (t) => {
  const { client, server } = await serve(t)
  const operator = await client('operator')
  const { environmentId } = await operator.send(new CreateKxEnvironmentCommand({ name: 'first', kmsKeyId }))
  const cluster = { environmentId: environmentId ?? '', clusterName: 'quotes' }
  const gp = {
    ...cluster,
    clusterType: 'GP',
    releaseLabel: '1.0',
    azMode: 'SINGLE',
    vpcConfiguration: {},
    capacityConfiguration: { nodeCount: 1 },
  } as const
  const made = await operator.send(new CreateKxClusterCommand(gp))
  assert.equal(made.status, 'PENDING')
  const code = { s3Bucket: 'bundles', s3Key: 'v1.zip' }
  const update = (finspace: FinspaceClient, changes: object = {}) =>
    finspace.send(new UpdateKxClusterCodeConfigurationCommand({ ...cluster, code, ...changes }))
  await assert.rejects(update(operator), { name: 'ConflictException', reason: 'PENDING' })
  await assert.rejects(update(operator, { clusterName: 'nothing' }), { name: 'ResourceNotFoundException' })
  await assert.rejects(update(operator, { code: {} }), { name: 'ValidationException' })
  await assert.rejects(update(await client('viewer')), { name: 'AccessDeniedException' })
  const limited = await client('operator')
  await assert.rejects(
    limited.send(
      new CreateKxClusterCommand({
        ...gp,
        clusterType: 'HDB',
        clusterName: 'large',
        capacityConfiguration: { nodeCount: 100_001 },
      }),
    ),
    { name: 'LimitExceededException' },
  )
  await assert.rejects(
    operator.send(new GetKxConnectionStringCommand({ ...cluster, userArn: userArn(cluster.environmentId) })),
    {
      name: 'ResourceNotFoundException',
    },
  )
  const listed = await operator.send(new ListKxClustersCommand({ environmentId }))
  assert.deepEqual(
    listed.kxClusterSummaries?.map(({ clusterName, status }) => [clusterName, status]),
    [['quotes', 'PENDING']],
  )
  await server.store.close()
  await assert.rejects(update(operator), { name: 'InternalServerException' })
})

test('who asks too often is throttled', async (t) => {
  const { client } = await serve(t, { burst: 1, requestsPerSecond: 0.0001 })
  const finspace = await client('operator')
  await finspace.send(new ListKxClustersCommand({ environmentId: '0'.repeat(26) })).catch(() => {})
  await assert.rejects(
    finspace.send(
      new UpdateKxClusterCodeConfigurationCommand({ environmentId: 'e1', clusterName: 'abc', code: {} }),
    ),
    { name: 'ThrottlingException' },
  )
})

test('what other ways made is not shown, and only names find a cluster', async (t) => {
  const { client, server } = await serve(t)
  const finspace = await client('operator')
  await server.ask('POST', '/api/v1/projects/default/environments', { name: 'ours' })
  for await (const page of paginateListKxEnvironments({ client: finspace }, {})) {
    assert.deepEqual(page.environments, [])
  }
  const { environmentId = '' } = await finspace.send(
    new CreateKxEnvironmentCommand({ name: 'kdb', kmsKeyId }),
  )
  const profile = { name: 'p', type: 'scripted', properties: {} }
  await server.ask('POST', '/api/v1/projects/default/profiles', profile)
  const other = { name: 'other', profile: 'p', environment: 'kdb' }
  const { body } = await server.ask('POST', '/api/v1/projects/default/clusters', other)
  assert.deepEqual((await finspace.send(new ListKxClustersCommand({ environmentId }))).kxClusterSummaries, [])
  for (const clusterName of ['other', body.cluster.id]) {
    await assert.rejects(finspace.send(new GetKxClusterCommand({ environmentId, clusterName })), {
      name: 'ResourceNotFoundException',
    })
  }
})

function userArn(environmentId: string): string {
  return `arn:aws:finspace:us-east-1:000000000000:kxEnvironment/${environmentId}/kxUser/ada`
}

/** A server with this gateway and no engine: what is asked for stays as it was accepted. */
async function serve(t: TestContext, aws: object = {}) {
  const host = { folder: '/', home: '/', isRoot: false }
  const { aws: defaults, finspace, ...others } = resolveConfig({ flags: {}, env: {}, file: null, host })
  const server = await startTestServer(t, {
    gateways: [finspaceGateway],
    config: {
      ...others,
      aws: { ...defaults, ...aws },
      finspace: { ...finspace, profileType: 'scripted', profileProperties: {} },
    },
  })
  const endpoint = `${await server.listen()}/gateways/finspace`
  let keys = 0
  const client = async (role: string) => {
    keys += 1
    const input = { name: `key-${keys}`, project: 'default', role }
    const { body } = await server.ask('POST', '/api/v1/access-keys', input)
    const credentials = { accessKeyId: body.accessKey.id, secretAccessKey: body.secret }
    const made = new FinspaceClient({ endpoint, region: 'us-east-1', maxAttempts: 1, credentials })
    t.after(() => made.destroy())
    return made
  }
  return { client, server }
}
