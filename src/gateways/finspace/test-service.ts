import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { FinspaceClient, GetKxClusterCommand } from '@aws-sdk/client-finspace'
import { removeTree } from '../../bundles/folders.ts'
import { startTestS3, type TestS3 } from '../../bundles/s3/test-s3-server.ts'
import { makeZip } from '../../bundles/test-zips.ts'
import { resolveConfig } from '../../config/config.ts'
import { startDrover } from '../../drover.ts'
import { silentLog } from '../../system/log.ts'

export const BUCKET = 'bundles'

/** What a node of a cluster says when it is asked. */
export interface Said {
  readonly version: string
  readonly args: readonly string[]
  readonly pid: number
  readonly databases: string | null
}

/** A whole Drover that runs processes, a store of buckets, and clients of the gateway. */
export interface Service {
  readonly url: string
  readonly ownUrl: string
  readonly s3: TestS3
  /** Adds a version of code whose nodes call themselves so. @returns the version of the object */
  publish(key: string, version: string, script?: string, text?: string): Promise<string>
  /** @param role of the access key, in project `default` */
  client(
    role?: string,
    options?: { readonly endpoint?: string; readonly maxAttempts?: number },
  ): Promise<FinspaceClient>
  /** Asks the REST API as its administrator, below the default project unless the path begins with `/api/`. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  rest(method: string, path: string, body?: object): Promise<any>
  /** Waits until a cluster has one of these statuses. */
  reaches(
    client: FinspaceClient,
    cluster: ClusterName,
    ...statuses: readonly string[]
  ): ReturnType<typeof getCluster>
}

interface ClusterName {
  readonly environmentId: string
  readonly clusterName: string
}

/** Listens where it is told, says which version it is, and reads that anew for each request. */
const SCRIPT = `
const { readFileSync } = require('node:fs')
require('node:http').createServer((_request, response) => {
  response.end(JSON.stringify({
    version: readFileSync(process.env.DROVER_CODE_DIR + '/version.txt', 'utf8'),
    args: process.argv.slice(2),
    pid: process.pid,
    databases: process.env.FINSPACE_DATABASES ?? null,
  }))
}).listen(process.env.PORT, process.env.HOST)
`

const LIMIT_MS = 60_000

export async function startService(t: TestContext, flags: object = {}): Promise<Service> {
  const folder = await mkdtemp(join(tmpdir(), 'drover-finspace-'))
  t.after(() => removeTree(folder))
  const s3 = await startTestS3()
  t.after(() => s3.close())
  const config = resolveConfig({
    flags: {
      data: folder,
      listen: ['127.0.0.1:0', 'finspace=127.0.0.1:0'],
      's3.endpoint': s3.endpoint,
      'finspace.profileProperties': '{"port":true,"healthCheck":{"type":"tcp","intervalSeconds":0.1}}',
      ...flags,
    },
    env: {},
    file: null,
    host: { folder, home: folder, isRoot: false },
  })
  // The client of S3 looks for them there; any will do.
  process.env['AWS_ACCESS_KEY_ID'] ??= 'AKIDEXAMPLE'
  process.env['AWS_SECRET_ACCESS_KEY'] ??= 'secret'
  const env = { PATH: process.env['PATH'] }
  const options = { simulate: false, resetAdminKey: false, env, log: silentLog, version: '0.0.0-test' }
  const drover = await startDrover({ config, ...options })
  const key = (await readFile(drover.adminKeyFile, 'utf8')).trim()
  const rest: Service['rest'] = async (method, path, body) => {
    const url = drover.url + (path.startsWith('/api/') ? path : `/api/v1/projects/default${path}`)
    const response = await fetch(url, {
      method,
      headers: { authorization: `Bearer ${key}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return text === '' ? null : JSON.parse(text)
  }
  t.after(async () => {
    await removeAll(rest)
    await drover.close()
  })
  let keys = 0
  return {
    url: `${drover.url}/gateways/finspace`,
    ownUrl: drover.gatewayUrls.get('finspace') ?? '',
    s3,
    async publish(name, version, script = 'server.js', text = SCRIPT) {
      const entries = [
        { name: script, data: text },
        { name: 'version.txt', data: version },
        // Whatever folders above say.
        { name: 'package.json', data: '{"type":"commonjs"}' },
      ]
      return s3.put(BUCKET, name, makeZip(entries))
    },
    async client(role = 'operator', { endpoint = `${drover.url}/gateways/finspace`, maxAttempts = 3 } = {}) {
      keys += 1
      const input = { name: `key-${keys}`, project: 'default', role }
      const made = await rest('POST', '/api/v1/access-keys', input)
      const credentials = { accessKeyId: made.accessKey.id, secretAccessKey: made.secret }
      const client = new FinspaceClient({ endpoint, region: 'us-east-1', maxAttempts, credentials })
      t.after(() => client.destroy())
      return client
    },
    rest,
    async reaches(client, cluster, ...statuses) {
      const deadline = Date.now() + LIMIT_MS
      for (;;) {
        const found = await getCluster(client, cluster)
        if (statuses.includes(found.status ?? '')) return found
        if (Date.now() > deadline || found.status?.endsWith('_FAILED')) {
          throw new Error(
            `${cluster.clusterName} is ${found.status} (${found.statusReason}), not ${statuses}`,
          )
        }
        await sleep(50)
      }
    },
  }
}

function getCluster(client: FinspaceClient, cluster: ClusterName) {
  return client.send(new GetKxClusterCommand(cluster))
}

/** Processes outlive their Drover. */
async function removeAll(rest: Service['rest']): Promise<void> {
  const deadline = Date.now() + LIMIT_MS
  for (;;) {
    const { items } = await rest('GET', '/clusters')
    if (items.length === 0) return
    if (Date.now() > deadline) throw new Error(`${items.length} clusters are left`)
    for (const { id, status } of items) {
      if (status !== 'Deleting') await rest('DELETE', `/clusters/${id}`)
    }
    await sleep(50)
  }
}
