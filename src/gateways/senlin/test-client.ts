import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { startTestServer, type TestServer } from '../../api/test-server.ts'
import { senlinGateway } from './index.ts'

export const PREFIX = '/gateways/senlin'

export const spec = { type: 'scripted', version: '1.0', properties: {} }

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any
}

type Ask = (method: string, path: string, body?: unknown, version?: string) => Promise<Answer>

interface Client {
  readonly server: TestServer
  readonly ask: Ask
  /** Asks without a token, by the whole path. */
  call(method: string, path: string, body?: unknown): Promise<Answer>
  /** @returns its id */
  makeCluster(name: string, extra?: object): Promise<string>
}

/** A server with this gateway, and its administrator's way to ask. */
export async function start(t: TestContext): Promise<Client> {
  const server = await startTestServer(t, { gateways: [senlinGateway] })
  const send = async (
    token: string | null,
    method: string,
    url: string,
    body?: unknown,
    version?: string,
  ) => {
    const response = await server.app.inject({
      method: method as 'GET',
      url,
      headers: {
        ...(token !== null && { 'x-auth-token': token }),
        host: 'cloud.example:8778',
        ...(version && { 'openstack-api-version': `clustering ${version}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    return {
      status: response.statusCode,
      headers: response.headers,
      body: response.body === '' ? undefined : response.json(),
    }
  }
  const ask: Ask = (method, path, body, version) =>
    send(server.key, method, `${PREFIX}${path}`, body, version)
  return {
    server,
    ask,
    call: (method, path, body) => send(null, method, path, body),
    async makeCluster(name, extra = {}) {
      await ask('POST', '/v1/profiles', { profile: { name: `${name}-profile`, spec } })
      const cluster = { name, profile_id: `${name}-profile`, ...extra }
      const { status, body } = await ask('POST', '/v1/clusters', { cluster })
      assert.equal(status, 202, JSON.stringify(body))
      return body.cluster.id
    },
  }
}
