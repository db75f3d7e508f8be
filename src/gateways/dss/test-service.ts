import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { removeTree } from '../../bundles/folders.ts'
import { makeZip } from '../../bundles/test-zips.ts'
import { resolveConfig } from '../../config/config.ts'
import { startDrover } from '../../drover.ts'
import { silentLog } from '../../system/log.ts'

const LIMIT_MS = 60_000

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any
}

/** A whole Drover that runs processes, and a client that speaks as Dataiku's does. */
export interface Service {
  /** Where the gateway has a listener of its own. */
  readonly url: string
  /** Where it is beside everything else. */
  readonly prefixedUrl: string
  /** The administrator's. */
  readonly key: string
  /** Asks below the base path, as the client does: JSON without saying so, the key as user name. */
  ask(method: string, path: string, body?: unknown): Promise<Answer>
  /** Asks as it is told. @param path of the listener */
  call(method: string, path: string, init?: RequestInit): Promise<Answer>
  /** Sends a file as the client does. */
  upload(query: string, fileName: string, bytes: Uint8Array): Promise<Answer>
  /** Asks the REST API below the default project, unless the path begins with `/api/`. */
  // biome-ignore lint/suspicious/noExplicitAny: as above
  rest(method: string, path: string, body?: object): Promise<any>
  /** Asks a future until it has a result or an error, as `wait_for_result` does. */
  wait(future: string): Promise<Answer>
}

export async function startService(t: Pick<TestContext, 'after'>, flags: object = {}): Promise<Service> {
  const folder = await mkdtemp(join(tmpdir(), 'drover-dss-'))
  t.after(() => removeTree(folder))
  const config = resolveConfig({
    flags: { data: folder, listen: ['127.0.0.1:0', 'dss=127.0.0.1:0'], ...flags },
    env: {},
    file: null,
    host: { folder, home: folder, isRoot: false },
  })
  const env = { PATH: process.env['PATH'] }
  const options = { simulate: false, resetAdminKey: false, env, log: silentLog, version: '0.0.0-test' }
  const drover = await startDrover({ config, ...options })
  const key = (await readFile(drover.adminKeyFile, 'utf8')).trim()
  const url = drover.gatewayUrls.get('dss') ?? ''

  const call: Service['call'] = async (method, path, init = {}) => {
    const response = await fetch(path.startsWith('http') ? path : `${url}${path}`, { method, ...init })
    const text = await response.text()
    const isJson = (response.headers.get('content-type') ?? '').includes('json')
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: isJson ? JSON.parse(text) : null,
    }
  }
  const rest: Service['rest'] = async (method, path, body) => {
    const target = drover.url + (path.startsWith('/api/') ? path : `/api/v1/projects/default${path}`)
    const headers = { authorization: `Bearer ${key}`, ...(body && { 'content-type': 'application/json' }) }
    const { body: answer } = await call(method, target, {
      headers,
      ...(body && { body: JSON.stringify(body) }),
    })
    return answer
  }
  const ask: Service['ask'] = (method, path, body) => {
    const headers = { authorization: basic(key) }
    // Bytes, or fetch would say that it is text.
    const bytes = body === undefined ? undefined : new TextEncoder().encode(JSON.stringify(body))
    return call(method, `/dip/publicapi${path}`, { headers, ...(bytes && { body: bytes }) })
  }
  const wait: Service['wait'] = async (future) => {
    const deadline = Date.now() + LIMIT_MS
    for (;;) {
      const answer = await ask('GET', `/futures/${future}?peek=False`)
      if (answer.status >= 400 || answer.body.hasResult) return answer
      if (Date.now() > deadline) throw new Error(`still ${answer.text}`)
      await sleep(50)
    }
  }
  t.after(async () => {
    await removeAll(ask, wait)
    await drover.close()
  })
  return {
    ...{ url, prefixedUrl: `${drover.url}/gateways/dss`, key, ask, call, rest, wait },
    upload(query, fileName, bytes) {
      const boundary = 'b1'
      const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${fileName}"\r\n\r\n`
      const body = Buffer.concat([Buffer.from(head), bytes, Buffer.from(`\r\n--${boundary}--\r\n`)])
      const headers = {
        authorization: basic(key),
        'content-type': `multipart/form-data; boundary=${boundary}`,
      }
      return call('POST', `/dip/publicapi/project-deployer/projects/bundles${query}`, { headers, body })
    },
  }
}

/** A key as the client sends it: as user name without a password. */
export function basic(key: string): string {
  return `Basic ${Buffer.from(`${key}:`).toString('base64')}`
}

/**
 * A bundle whose process answers health checks as it is told.
 * @param health `fine`; `ill` says that it is not; `silent` never says anything
 * @param label as another deployer would write it
 */
export function bundleOf(health: 'fine' | 'ill' | 'silent', label: object = {}): Buffer {
  const listen = `require('node:http').createServer((_request, response) => {
  response.statusCode = ${health === 'fine' ? 200 : 503}
  response.end()
}).listen(process.env.PORT, process.env.HOST)`
  // What is fine is so at its first answer; on a slow machine that takes a while.
  const startPeriod = health === 'ill' ? 1 : 120
  return makeZip([
    { name: 'server.cjs', data: health === 'silent' ? 'setInterval(() => {}, 1000)' : listen },
    { name: 'bundle.json', data: JSON.stringify(label) },
    {
      name: 'drover.yaml',
      data: [
        'command: [node, server.cjs]',
        'port: true',
        'stopGraceSeconds: 1',
        'healthCheck:',
        '  { type: http, path: /, intervalSeconds: 0.1, unhealthyThreshold: 2, startPeriodSeconds: ' +
          `${startPeriod} }`,
      ].join('\n'),
    },
  ])
}

/** Processes outlive their Drover. */
async function removeAll(ask: Service['ask'], wait: Service['wait']): Promise<void> {
  const { body: running } = await ask('GET', '/futures/?allUsers=True')
  for (const { jobId } of running) {
    await ask('DELETE', `/futures/${jobId}`)
    await wait(jobId)
  }
  const { body: deployments } = await ask('GET', '/project-deployer/deployments')
  for (const {
    deploymentBasicInfo: { id },
  } of deployments) {
    const path = `/project-deployer/deployments/${id}`
    const { body: settings } = await ask('GET', `${path}/settings`)
    await ask('PUT', `${path}/settings`, { ...settings, enabled: false })
    const { body: future } = await ask('POST', `${path}/actions/update`)
    await wait(future.jobId)
  }
}
