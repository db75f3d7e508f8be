import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import {
  DescribeClusterCommand,
  EKSClient,
  ListClustersCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-eks'
import { startTestServer, type TestServer } from '../../api/test-server.ts'
import { resolveConfig } from '../../config/config.ts'
import { InvalidStateError, NotFoundError, RateLimitedError } from '../../domain/errors.ts'
import type { Gateway } from '../gateway.ts'
import { type AwsAsk, type AwsService, type FaultTable, serveAwsService, withClientToken } from './service.ts'
import { checkShape, string, structure } from './shape.ts'
import { readQuery, toEpochSeconds } from './values.ts'

const faults = new Proxy({} as FaultTable, {
  get: (_table, code) =>
    ({
      not_found: { type: 'ResourceNotFoundException', status: 404 },
      invalid_state: { type: 'InvalidRequestException', status: 400 },
      too_large: { type: 'InvalidParameterException', status: 413 },
      rate_limited: { type: 'ThrottlingException', status: 429 },
    })[code as string] ?? { type: 'ServerException', status: 500 },
})

const NOT_VALID = { type: 'InvalidParameterException', status: 400 }
const CREATED = Date.UTC(2026, 0, 2, 3, 4, 5, 678)

/** As much of EKS as shows what all services share. */
function serviceWith(asked: AwsAsk[], list: () => void = () => {}): AwsService {
  const note = (ask: AwsAsk) => void asked.push(ask)
  return {
    name: 'eks',
    faults,
    membersOf: () => ({ clusterName: 'web' }),
    operations: [
      {
        name: 'DescribeCluster',
        method: 'GET',
        path: '/clusters/:name',
        async run(ask) {
          note(ask)
          const { name = '' } = ask.params
          if (name === 'missing') throw new NotFoundError('cluster', name)
          if (name === 'busy') throw new InvalidStateError('cluster "busy" is UPDATING')
          if (name === 'broken') throw new Error('a password is abc')
          return { cluster: { name, arn: ask.arn(`cluster/${name}`), createdAt: toEpochSeconds(CREATED) } }
        },
      },
      {
        name: 'ListClusters',
        method: 'GET',
        path: '/clusters',
        async run(ask) {
          note(ask)
          list()
          return { clusters: [], nextToken: null }
        },
      },
      {
        name: 'TagResource',
        method: 'POST',
        path: '/tags/:resourceArn',
        async run(ask) {
          note(ask)
          checkShape(structure({ resourceArn: string() }), { ...ask.params }, NOT_VALID)
          return {}
        },
      },
      {
        name: 'UntagResource',
        method: 'DELETE',
        path: '/tags/:resourceArn',
        faults: { not_found: { type: 'NotFoundException', status: 404 } },
        async run(ask) {
          note(ask)
          const { tagKeys } = readQuery(ask.query, { tagKeys: 'list' })
          assert.deepEqual(tagKeys, ['a b', 'c+d'])
          throw new NotFoundError('cluster', 'web')
        },
      },
    ],
  }
}

test("the vendor's own client is understood, and understands", async (t) => {
  const { asked, client, server } = await serve(t)
  const eks = await client()
  const { cluster } = await eks.send(new DescribeClusterCommand({ name: 'web' }))
  assert.deepEqual(cluster?.createdAt, new Date(CREATED))
  assert.equal(cluster?.arn, 'arn:aws:eks:us-east-1:000000000000:cluster/web')
  const { clusters, $metadata } = await eks.send(new ListClustersCommand({}))
  assert.deepEqual(clusters, [])
  assert.match($metadata.requestId ?? '', /^[\w-]{36}$/)
  const resourceArn = 'arn:aws:eks:us-east-1:000000000000:cluster/web'
  await eks.send(new TagResourceCommand({ resourceArn, tags: { team: 'ä & b' } }))
  const ask = asked.at(-1)!
  assert.deepEqual(ask.params, { resourceArn })
  assert.deepEqual(ask.body, { tags: { team: 'ä & b' } })
  assert.equal(ask.caller.principal.name, 'access-key:one')
  const { items } = await server.control.projects.list(ask.caller, { limit: 1 })
  const projectId = items[0]!.id
  assert.equal(ask.caller.project, projectId)
  assert.deepEqual(ask.caller.principal.grants, [{ projectId, role: 'operator' }])
  await assert.rejects(eks.send(new UntagResourceCommand({ resourceArn, tagKeys: ['a b', 'c+d'] })), {
    name: 'NotFoundException',
  })
})

test('errors have the name, the message and the members that clients know', async (t) => {
  const { client } = await serve(t)
  const eks = await client()
  const describe = (name: string) => eks.send(new DescribeClusterCommand({ name }))
  await assert.rejects(describe('missing'), {
    name: 'ResourceNotFoundException',
    message: 'cluster "missing" does not exist',
    clusterName: 'web',
  })
  await assert.rejects(describe('busy'), { name: 'InvalidRequestException' })
  await assert.rejects(describe('broken'), (error: Error) => {
    assert.equal(error.name, 'ServerException')
    assert.match(error.message, /under request [\w-]{36}/)
    return true
  })
})

test('each way of not being who one says has its own error', async (t) => {
  const { client, server, base } = await serve(t)
  const refused = async (changes: ClientChanges, name: string) =>
    assert.rejects((await client(changes)).send(new ListClustersCommand({})), { name })
  await refused({ id: 'AKIANOBODYHASTHISKEY' }, 'UnrecognizedClientException')
  await refused({ secret: 'wrong' }, 'InvalidSignatureException')
  await refused({ region: 'eu-west-1' }, 'InvalidSignatureException')
  await refused({ sessionToken: 'x' }, 'UnrecognizedClientException')
  const unsigned = await fetch(`${base}/clusters`)
  assert.equal(unsigned.status, 403)
  assert.equal(unsigned.headers.get('x-amzn-errortype'), 'MissingAuthenticationTokenException')
  const unknown = await fetch(`${base}/nothing`)
  assert.equal(unknown.status, 404)
  assert.deepEqual(Object.keys((await unknown.json()) as object), ['__type', 'message'])
  const eks = await client()
  await eks.send(new ListClustersCommand({}))
  await server.control.accessKeys.update(await admin(server), 'one', { enabled: false })
  await assert.rejects(eks.send(new ListClustersCommand({})), { name: 'UnrecognizedClientException' })
  await server.control.accessKeys.update(await admin(server), 'one', { enabled: true })
  await eks.send(new ListClustersCommand({}))
})

test('who signs wrongly too often has to wait', async (t) => {
  const { client } = await serve(t)
  const eks = await client({ secret: 'wrong', maxAttempts: 1 })
  const names: string[] = []
  for (let index = 0; index < 11; index += 1) {
    await eks.send(new ListClustersCommand({})).catch((error: Error) => names.push(error.name))
  }
  assert.deepEqual(names.slice(0, 10), Array(10).fill('InvalidSignatureException'))
  assert.equal(names[10], 'ThrottlingException')
})

test('a client with a wrong clock learns the time, and is not taken for one that guesses', async (t) => {
  const { client, asked } = await serve(t)
  for (let index = 0; index < 12; index += 1) {
    const eks = await client()
    eks.config.systemClockOffset = -3_600_000
    await eks.send(new ListClustersCommand({}))
  }
  assert.equal(asked.length, 12)
})

test('clients wait and repeat what came too fast', async (t) => {
  const { client, asked } = await serve(t, { burst: 2, requestsPerSecond: 20 })
  const eks = await client({ maxAttempts: 10 })
  await Promise.all(Array.from({ length: 6 }, () => eks.send(new ListClustersCommand({}))))
  assert.equal(asked.length, 6)
})

test('who does not wait is refused', async (t) => {
  const { client } = await serve(t, { burst: 2, requestsPerSecond: 0.0001 })
  const eks = await client({ maxAttempts: 1 })
  const ask = () => eks.send(new ListClustersCommand({}))
  await ask()
  await ask()
  await assert.rejects(ask(), { name: 'ThrottlingException' })
})

test('what is refused for the time being is repeated by clients', async (t) => {
  let left = 2
  const { client } = await serve(t, {}, () => {
    left -= 1
    if (left >= 0) throw new RateLimitedError('a moment', 1)
  })
  await (await client()).send(new ListClustersCommand({}))
  assert.equal(left, -1)
})

test('a token of the client is the idempotency key of the change', () => {
  const caller = { principal: { name: 'x', grants: [] }, project: 'default' }
  assert.deepEqual(withClientToken(caller, 'token'), { ...caller, idempotencyKey: 'token' })
  assert.equal(withClientToken(caller, undefined), caller)
})

test('a body that is no JSON, or too large, is refused', async (t) => {
  const { client, asked } = await serve(t)
  const eks = await client()
  eks.middlewareStack.add(
    (next) => async (args) => {
      const request = args.request as { body: string; headers: Record<string, string> }
      request.body = '{"tags":'
      request.headers['content-length'] = String(request.body.length)
      return await next(args)
    },
    { step: 'build' },
  )
  const command = new TagResourceCommand({ resourceArn: 'arn', tags: { a: 'b' } })
  await assert.rejects(eks.send(command), { name: 'SerializationException' })
  const large = new TagResourceCommand({ resourceArn: 'arn', tags: { a: 'b'.repeat(2 * 1024 ** 2) } })
  const other = await client()
  await assert.rejects(other.send(large))
  assert.deepEqual(asked, [])
})

interface ClientChanges {
  readonly id?: string
  readonly secret?: string
  readonly region?: string
  readonly sessionToken?: string
  readonly maxAttempts?: number
}

/** A server with that gateway and an access key `one`. */
async function serve(t: TestContext, aws: object = {}, list?: () => void) {
  const asked: AwsAsk[] = []
  const gateway: Gateway = {
    name: 'eks',
    prefix: '/gateways/eks',
    register: (app, deps) => serveAwsService(app, deps, serviceWith(asked, list)),
  }
  const host = { folder: '/', home: '/', isRoot: false }
  const { aws: defaults, ...others } = resolveConfig({ flags: {}, env: {}, file: null, host })
  const server = await startTestServer(t, {
    gateways: [gateway],
    config: { ...others, aws: { ...defaults, ...aws } },
  })
  const base = `${await server.listen()}/gateways/eks`
  const made = await server.control.accessKeys.create(await admin(server), {
    name: 'one',
    project: 'default',
    role: 'operator',
  })
  const client = async (changes: ClientChanges = {}) => {
    const { id = made.accessKey.id, secret = made.secret ?? '', region = 'us-east-1', sessionToken } = changes
    const eks = new EKSClient({
      endpoint: base,
      region,
      maxAttempts: changes.maxAttempts ?? 3,
      credentials: {
        accessKeyId: id,
        secretAccessKey: secret,
        ...(sessionToken !== undefined && { sessionToken }),
      },
    })
    t.after(() => eks.destroy())
    return eks
  }
  return { asked, client, server, base }
}

async function admin({ ask }: TestServer) {
  const { body } = await ask('GET', '/api/v1/whoami')
  const grants = [{ projectId: '*', role: 'administrator' }] as const
  return { principal: { name: body.name as string, grants } }
}
