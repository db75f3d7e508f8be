import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { makeZip } from '../../src/bundles/test-zips.ts'
import { Drover } from '../../system/drover.ts'
import { openVenv, type Venv } from '../venv.ts'

const venv = await openVenv(join(import.meta.dirname, 'requirements.txt'))

const OPERATIONS = [
  ...[
    'CreateKxCluster',
    'CreateKxEnvironment',
    'DeleteKxCluster',
    'DeleteKxClusterNode',
    'DeleteKxEnvironment',
  ],
  ...['GetKxCluster', 'GetKxConnectionString', 'GetKxEnvironment', 'ListKxClusterNodes', 'ListKxClusters'],
  ...['ListKxEnvironments', 'ListTagsForResource', 'TagResource', 'UntagResource'],
  ...['UpdateKxClusterCodeConfiguration', 'UpdateKxClusterDatabases', 'UpdateKxEnvironment'],
]

const ERRORS = [
  ...['AccessDeniedException', 'ConflictException', 'InvalidRequestException', 'LimitExceededException'],
  ...['ResourceNotFoundException', 'ServiceQuotaExceededException', 'ValidationException'],
]

const FLAGS = [
  ...['--finspace-profile-properties', '{"port":true,"healthCheck":{"type":"tcp","intervalSeconds":0.2}}'],
  ...['--clusters-max-per-project', '6', '--environments-max-per-project', '2'],
]

describe('AWS’s own clients for FinSpace', { skip: typeof venv === 'string' ? venv : false }, () => {
  let drover: Drover
  let variables: NodeJS.ProcessEnv
  before(async () => {
    drover = await Drover.prepare({ flags: FLAGS })
    await drover.start()
    variables = await toVariables(drover)
    assert.equal((await drover.run(['bucket', 'create', 'bundles'])).exitCode, 0)
    for (const version of ['v1', 'v2', 'v3']) {
      const path = join(drover.folder, `${version}.zip`)
      writeFileSync(path, zipOf(version))
      const put = await drover.run(['bucket', 'put', path, `s3://bundles/${version}.zip`])
      assert.equal(put.exitCode, 0, put.stderr)
    }
  })
  after(() => drover.destroy())

  const python = async (script: string, env: NodeJS.ProcessEnv = variables) =>
    JSON.parse(await (venv as Venv).run('python', [join(import.meta.dirname, script)], env))

  test('boto3 calls every operation and meets every error, and all answers keep to its model', async () => {
    const counts = Object.keys((await python('every_operation.py')) as object)
    const answered = counts.filter((name) => !name.includes(' '))
    assert.deepEqual(answered.sort(), OPERATIONS)
    const refused = counts.flatMap((name) => name.split(' → ')[1] ?? [])
    assert.deepEqual([...new Set(refused)].sort(), ERRORS)
  })

  test('six nodes go to new code by ROLLING and by FORCE, and as many serve as was promised', async () => {
    const { ROLLING, FORCE } = await python('story.py')
    assert.ok(ROLLING.fewest >= 5, `${ROLLING.fewest} of 6 nodes answered at a time`)
    assert.deepEqual([ROLLING.now, FORCE.now], [['v2'], ['v3']])
    const said = [...ROLLING.said, ...FORCE.said] as string[]
    assert.ok(
      said.every((version) => ['v1', 'v2', 'v3'].includes(version)),
      said.join(),
    )
    const { items } = await drover.get<{
      items: { status: string; params: { strategy: string }; progress: { highestUnavailable: number } }[]
    }>('/updates?limit=2')
    assert.deepEqual(
      items.map(({ status, params, progress }) => [status, params.strategy, progress.highestUnavailable]),
      [
        ['Successful', 'FORCE', 6],
        ['Successful', 'ROLLING', 1],
      ],
    )
    const deleted = await drover.run(['cluster', 'delete', 'story/quotes', '--yes', '--wait'])
    assert.equal(deleted.exitCode, 0, deleted.stderr)
    assert.equal((await drover.run(['environment', 'delete', 'story', '--yes'])).exitCode, 0)
  })

  test('the aws command makes an environment and a cluster, updates it and deletes both', async () => {
    const aws = async (...args: string[]) => {
      const said = await (venv as Venv).run('aws', ['finspace', ...args, '--output', 'json'], {
        AWS_ENDPOINT_URL_FINSPACE: variables['ENDPOINT'],
        AWS_DEFAULT_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: variables['KEY_ID'],
        AWS_SECRET_ACCESS_KEY: variables['KEY_SECRET'],
      })
      return said === '' ? null : JSON.parse(said)
    }
    const key = 'arn:aws:kms:us-east-1:000000000000:key/one'
    const made = await aws('create-kx-environment', '--name', 'command', '--kms-key-id', key)
    const environment = ['--environment-id', made.environmentId]
    const cluster = [...environment, '--cluster-name', 'general']
    const code = (version: string) => ['--code', `s3Bucket=bundles,s3Key=${version}.zip`]
    await aws(
      ...[
        'create-kx-cluster',
        ...cluster,
        '--cluster-type',
        'GP',
        '--release-label',
        '1.0',
        '--az-mode',
        'SINGLE',
      ],
      ...['--vpc-configuration', 'vpcId=vpc-0a1b2c3d', '--capacity-configuration', 'nodeCount=1'],
      ...[...code('v1'), '--initialization-script', 'server.js'],
    )
    const reaches = async (status: string) => {
      for (let end = Date.now() + 60_000; ; ) {
        const found = await aws('get-kx-cluster', ...cluster)
        if (found.status === status) return found
        assert.ok(Date.now() < end, `${found.status}: ${found.statusReason}`)
      }
    }
    await reaches('RUNNING')
    await aws(
      ...[
        'update-kx-cluster-code-configuration',
        ...cluster,
        ...code('v2'),
        '--initialization-script',
        'server.js',
      ],
      ...['--deployment-configuration', 'deploymentStrategy=FORCE'],
    )
    assert.deepEqual((await reaches('RUNNING')).code, { s3Bucket: 'bundles', s3Key: 'v2.zip' })
    const { nodes } = await aws('list-kx-cluster-nodes', ...cluster)
    assert.deepEqual([nodes.length, nodes[0].status], [1, 'RUNNING'])
    await aws('delete-kx-cluster', ...cluster)
    await assert.rejects(async () => {
      for (const end = Date.now() + 60_000; Date.now() < end; ) await aws('get-kx-cluster', ...cluster)
    }, /ResourceNotFoundException/)
    await aws('delete-kx-environment', ...environment)
    assert.deepEqual((await aws('list-kx-environments')).environments, [])
  })

  test('what cannot be answered for reasons of the server is an error of the server', async () => {
    const env = { ...variables, DATABASE: join(drover.dataFolder, 'drover.db') }
    assert.equal(await python('broken.py', env), 'InternalServerException')
  })

  test('a client that asks too fast is throttled, and one that waits gets its answers', async () => {
    const slow = await Drover.prepare({ flags: ['--aws-requests-per-second', '1', '--aws-burst', '2'] })
    try {
      await slow.start()
      const names = (await python('refused_for_now.py', await toVariables(slow))) as string[]
      assert.deepEqual([...new Set(names)], ['ThrottlingException', 'answered'])
    } finally {
      await slow.destroy()
    }
  })
})

/** What the scripts have to know of a server: where it is, and the keys of an operator and a viewer. */
async function toVariables(drover: Drover): Promise<NodeJS.ProcessEnv> {
  const keyOf = async (role: string) => {
    const body = { name: role, project: 'default', role }
    const made = await drover.ask('POST', '/api/v1/access-keys', { body })
    assert.equal(made.status, 201, JSON.stringify(made.body))
    return made.body as { readonly accessKey: { readonly id: string }; readonly secret: string }
  }
  const [operator, viewer] = [await keyOf('operator'), await keyOf('viewer')]
  return {
    ENDPOINT: `${drover.url}/gateways/finspace`,
    KEY_ID: operator.accessKey.id,
    KEY_SECRET: operator.secret,
    VIEWER_ID: viewer.accessKey.id,
    VIEWER_SECRET: viewer.secret,
  }
}

/** Code whose nodes say which version they are; NO_RESTART shows at the next request. */
function zipOf(version: string): Buffer {
  const script = `
    const { readFileSync } = require('node:fs')
    const version = () => readFileSync(process.env.DROVER_CODE_DIR + '/version.txt')
    const server = require('node:http').createServer((_request, response) => response.end(version()))
    server.listen(process.env.PORT, process.env.HOST)`
  return makeZip([
    { name: 'server.js', data: script },
    { name: 'version.txt', data: version },
    // Whatever folders above say.
    { name: 'package.json', data: '{"type":"commonjs"}' },
  ])
}
