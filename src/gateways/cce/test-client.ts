import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import type { TestContext } from 'node:test'
import { startTestServer, type TestServer } from '../../api/test-server.ts'
import { Engine } from '../../engine/engine.ts'
import { createScriptedRuntime, createScriptedWorld } from '../../runtimes/scripted/index.ts'
import { systemClock } from '../../system/clock.ts'
import { createIds } from '../../system/ids.ts'
import { silentLog } from '../../system/log.ts'
import { identityGateway } from '../identity/index.ts'
import { formatBasicTime, sha256Hex, splitTarget } from '../signed-request.ts'
import { cceGateway } from './index.ts'
import { ALGORITHM, canonicalRequest, pathsOf } from './signature.ts'

export const PREFIX = '/gateways/cce'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any
}

export interface Client {
  readonly server: TestServer
  /** Where the gateway is. */
  readonly url: string
  readonly projectId: string
  readonly access: string
  readonly secret: string
  /** Asks below the project, signed. */
  ask(method: string, path: string, body?: unknown): Promise<Answer>
  /** Asks as it is told. */
  call(method: string, path: string, headers: Record<string, string>, body?: string): Promise<Answer>
  /** Asks again and again. @throws after 20 seconds */
  until(path: string, isMet: (body: Answer['body']) => boolean): Promise<Answer['body']>
  /** @returns its id */
  makeCluster(name: string, spec?: object): Promise<string>
  /** @returns its id, once all its nodes serve */
  makePool(cluster: string, name: string, size: number, nodeTemplate?: object): Promise<string>
  nodesOf(cluster: string): Promise<Answer['body'][]>
}

export const clusterSpec = {
  hostNetwork: { vpc: 'vpc-1', subnet: 'subnet-1' },
  containerNetwork: { mode: 'overlay_l2', cidr: '10.0.0.0/16' },
  version: 'v1.31',
  flavor: 'cce.s1.small',
}

/** A server with this gateway and an engine whose nodes are scripted, and an operator's access key for it. */
export async function start(t: TestContext): Promise<Client> {
  const server = await startTestServer(t, { gateways: [identityGateway, cceGateway] })
  const engine = createEngine(server)
  await engine.start()
  t.after(() => engine.stop())
  const url = `${await server.listen()}${PREFIX}`
  const admin = { principal: { name: 'root', grants: [{ projectId: '*', role: 'administrator' }] } } as const
  const made = await server.control.accessKeys.create(admin, {
    ...{ name: 'huawei', project: 'default', role: 'operator' },
  })
  const { id: access, projectId } = made.accessKey
  const secret = made.secret!

  const call: Client['call'] = async (method, path, headers, body) => {
    const response = await fetch(`${url}${path}`, { method, headers, ...(body !== undefined && { body }) })
    const text = await response.text()
    const isJson = (response.headers.get('content-type') ?? '').includes('json')
    const { status, headers: got } = response
    return { status, headers: got, text, body: isJson ? JSON.parse(text) : undefined }
  }
  const ask: Client['ask'] = (method, path, body) => {
    const below = `/api/v3/projects/${projectId}${path}`
    const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body)
    const headers = sign({ url, access, secret }, method, `${PREFIX}${below}`, text)
    return call(method, below, headers, text)
  }
  const until: Client['until'] = async (path, isMet) => {
    const deadline = Date.now() + 20_000
    for (;;) {
      const { body } = await ask('GET', path)
      if (isMet(body)) return body
      assert.ok(Date.now() < deadline, `still ${JSON.stringify(body)}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
  return {
    ...{ server, url, projectId, access, secret, call, ask, until },
    async makeCluster(name, spec = {}) {
      const cluster = {
        kind: 'Cluster',
        apiVersion: 'v3',
        metadata: { name },
        spec: { ...clusterSpec, ...spec },
      }
      const { status, body, text } = await ask('POST', '/clusters', cluster)
      assert.equal(status, 201, text)
      const { uid } = body.metadata
      await until(`/clusters/${uid}`, ({ status: { phase } }) => phase === 'Available')
      return uid
    },
    async makePool(cluster, name, size, nodeTemplate = {}) {
      const pool = { metadata: { name }, spec: { initialNodeCount: size, nodeTemplate } }
      const { status, body, text } = await ask('POST', `/clusters/${cluster}/nodepools`, pool)
      assert.equal(status, 201, text)
      const { uid } = body.metadata
      await until(`/clusters/${cluster}/nodepools/${uid}`, (found) => found.status.activeNode === size)
      return uid
    },
    nodesOf: async (cluster) => (await ask('GET', `/clusters/${cluster}/nodes`)).body.items,
  }
}

/** The headers of a request, signed as the vendor's clients do. */
export function sign(
  { url, access, secret }: { readonly url: string; readonly access: string; readonly secret: string },
  method: string,
  target: string,
  body = '',
  at = Date.now(),
): Record<string, string> {
  const headers = {
    'content-type': 'application/json',
    host: new URL(url).host,
    'x-sdk-date': formatBasicTime(at),
  }
  const request = { method, target, headers: Object.entries(headers).flat(), body: Buffer.from(body) }
  const names = Object.keys(headers)
  const text = canonicalRequest(request, names, pathsOf(splitTarget(target).path)[0]!)
  const toSign = [ALGORITHM, headers['x-sdk-date'], sha256Hex(text)].join('\n')
  const signature = createHmac('sha256', secret).update(toSign).digest('hex')
  const authorization = `${ALGORITHM} Access=${access}, SignedHeaders=${names.join(';')}, Signature=${signature}`
  return { ...headers, authorization }
}

function createEngine({ store }: TestServer): Engine {
  const clock = systemClock
  const world = createScriptedWorld({ now: clock.now })
  const scripted = createScriptedRuntime({ clock, random: Math.random, world })
  return new Engine({
    ...{ store, clock, ids: createIds(clock.now), log: silentLog, random: Math.random },
    runtimes: { scripted },
    ...{ host: 'here', pid: process.pid, version: 'test', leaseMs: 30_000, pollMs: 20 },
    ...{ maxOperations: 50, maxChecks: 50, exclusive: true },
    retention: {
      ...{ revisionsPerPool: 100, eventsMs: 1e9, actionsMs: 1e9 },
      pruneBundles: async () => {},
    },
  })
}
