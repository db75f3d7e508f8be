import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Drover } from '../../system/drover.ts'
import { waitFor } from '../../system/wait-for.ts'
import { openVenv, type Venv } from '../venv.ts'

const venv = await openVenv(join(import.meta.dirname, 'requirements.txt'))

interface CreatedKey {
  readonly accessKey: { readonly id: string }
  readonly secret: string
}

const OPERATIONS = [
  ...['CreateCluster', 'DescribeCluster', 'ListClusters', 'DeleteCluster', 'UpdateClusterConfig'],
  ...['UpdateClusterVersion', 'DescribeUpdate', 'ListUpdates', 'CancelUpdate', 'CreateNodegroup'],
  ...['DescribeNodegroup', 'ListNodegroups', 'DeleteNodegroup', 'UpdateNodegroupConfig'],
  ...['UpdateNodegroupVersion', 'DescribeClusterVersions', 'TagResource', 'UntagResource'],
  'ListTagsForResource',
]

const EXCEPTIONS = [
  ...['BadRequestException', 'InvalidParameterException', 'InvalidRequestException'],
  ...['InvalidStateException', 'NotFoundException', 'ResourceInUseException', 'ResourceNotFoundException'],
]

const eventually = (what: string, isTrue: () => Promise<boolean>) => waitFor(what, 90_000, isTrue)

/** So slow to come up that somebody who is slow as well can change their mind in between. */
const SLOW_SERVER = `
const server = require('node:http').createServer((request, response) => response.end())
setTimeout(() => server.listen(Number(process.env.PORT), process.env.HOST), 2000)
process.on('SIGTERM', () => process.exit(0))`

/** Nodes are processes: of 1.32 and 1.34 what is built in. */
const VERSIONS = ['1.32', '1.33', '1.34'].map((version) => ({
  ...{ version, releaseDate: '2025-10-02', default: version === '1.34' },
  ...(version === '1.33' && {
    profile: {
      type: 'process',
      properties: {
        command: [process.execPath, '-e', SLOW_SERVER],
        ...{ port: true, healthCheck: { type: 'http', path: '/' } },
      },
    },
  }),
}))

describe('AWS’ own clients for EKS', { skip: typeof venv === 'string' ? venv : false }, () => {
  let drover: Drover
  let env: Record<string, string>
  before(async () => {
    drover = await Drover.prepare({ env: { DROVER_PLATFORM_VERSIONS: JSON.stringify(VERSIONS) } })
    await drover.start()
    const keyOf = (name: string, role: string) =>
      drover.json<CreatedKey>(['access-key', 'create', name, '--role', role])
    const operator = await keyOf('operator', 'operator')
    const viewer = await keyOf('viewer', 'viewer')
    env = {
      ENDPOINT: `${drover.url}/gateways/eks`,
      ...{ KEY_ID: operator.accessKey.id, KEY_SECRET: operator.secret },
      ...{ VIEWER_ID: viewer.accessKey.id, VIEWER_SECRET: viewer.secret },
      ...{ WRONG_ID: operator.accessKey.id, WRONG_SECRET: 'wrong' },
    }
  })
  after(() => drover.destroy())

  test('boto3 gets what its own model says from every operation, and every exception', async () => {
    const said = await (venv as Venv).run('python', [join(import.meta.dirname, 'every_operation.py')], env)
    const counts = Object.keys(JSON.parse(said) as Record<string, number>)
    for (const operation of OPERATIONS) assert.ok(counts.includes(operation), `${operation} was not answered`)
    const raised = new Set(counts.map((count) => count.split(' → ')[1]))
    for (const exception of EXCEPTIONS) assert.ok(raised.has(exception), `${exception} was not raised`)
  })

  test('the aws command makes a cluster, takes a rollback back and deletes it', async () => {
    const aws = async (...args: string[]) => {
      const text = await (venv as Venv).run('aws', ['eks', ...args, '--output', 'json'], {
        AWS_ENDPOINT_URL_EKS: env['ENDPOINT'],
        ...{ AWS_ACCESS_KEY_ID: env['KEY_ID'], AWS_SECRET_ACCESS_KEY: env['KEY_SECRET'] },
        ...{ AWS_DEFAULT_REGION: 'us-east-1', AWS_PAGER: '' },
      })
      return text.trim() === '' ? {} : JSON.parse(text)
    }
    const cluster = ['--name', 'cli', '--role-arn', 'arn:aws:iam::000000000000:role/eks']
    const vpc = ['--resources-vpc-config', 'subnetIds=subnet-1,subnet-2,endpointPrivateAccess=true']
    await aws('create-cluster', ...cluster, ...vpc, '--kubernetes-version', '1.33')
    await aws('update-cluster-version', '--name', 'cli', '--kubernetes-version', '1.34')
    const group = ['--cluster-name', 'cli', '--nodegroup-name', 'ng']
    const nodes = ['--subnets', 'subnet-1', '--node-role', 'arn:aws:iam::000000000000:role/node']
    await aws('create-nodegroup', ...group, ...nodes, '--scaling-config', 'minSize=1,maxSize=8,desiredSize=8')
    await eventually('the group to be there', async () => {
      return (await aws('describe-nodegroup', ...group)).nodegroup.status === 'ACTIVE'
    })
    const down = await aws('update-cluster-version', '--name', 'cli', '--kubernetes-version', '1.33')
    assert.equal(down.update.type, 'VersionRollback')
    const update = ['--name', 'cli', '--update-id', down.update.id]
    const asked = (await aws('cancel-update', ...update)).update
    assert.ok(['InProgress', 'Successful'].includes(asked.cancellation.status))
    await eventually('the rollback to be taken back', async () => {
      return (await aws('describe-update', ...update)).update.status === 'Cancelled'
    })
    const shown = (await aws('describe-cluster', '--name', 'cli')).cluster
    assert.deepEqual([shown.version, shown.status], ['1.34', 'ACTIVE'])
    await aws('delete-nodegroup', ...group)
    await eventually('the group to go', async () => {
      return (await aws('list-nodegroups', '--cluster-name', 'cli')).nodegroups.length === 0
    })
    await aws('delete-cluster', '--name', 'cli')
    await eventually('the cluster to go', async () => !(await aws('list-clusters')).clusters.includes('cli'))
  })
})
