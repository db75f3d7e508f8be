import assert from 'node:assert/strict'
import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { DescribeUpdateCommand, EKSClient, type Update } from '@aws-sdk/client-eks'
import { removeTree } from '../../bundles/folders.ts'
import { resolveConfig } from '../../config/config.ts'
import { startDrover } from '../../drover.ts'
import { silentLog } from '../../system/log.ts'

/** What a cluster has to say of itself, and means nothing here. */
export const NETWORK = { subnetIds: ['subnet-1', 'subnet-2'], securityGroupIds: ['sg-1'] }
export const ROLE = 'arn:aws:iam::000000000000:role/eks'
export const NODES = { nodeRole: 'arn:aws:iam::000000000000:role/node', subnets: ['subnet-1'] }

/** A whole server with nodes that only pretend, and the vendor's own client with a key for it. */
export interface EksService {
  readonly eks: EKSClient
  readonly url: string
  /** Another client, as of somebody with that role. */
  client(role: string, options?: object): Promise<EKSClient>
  /** Asks the server's own API. */
  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape
  api(method: string, path: string, body?: object): Promise<any>
  /** Polls until an update has ended. */
  ended(cluster: string, updateId: string, nodegroupName?: string): Promise<Update>
  /** Polls until it holds, for up to 30 seconds. */
  until<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T>
}

/** @param nodes what nodes of a version are, by version; default: quick ones */
export async function startEks(
  t: TestContext,
  options: {
    readonly versions?: Readonly<Record<string, object>>
    readonly flags?: Readonly<Record<string, unknown>>
    readonly simulate?: boolean
  } = {},
): Promise<EksService> {
  const folder = await mkdtemp(join(tmpdir(), 'drover-eks-'))
  t.after(() => removeTree(folder))
  const { simulate = true } = options
  const versions = Object.entries(options.versions ?? { '1.32': {}, '1.33': {}, '1.34': {} })
  const catalogue = versions.map(([version, profile], index) => ({
    ...{ version, releaseDate: '2025-10-02', default: index === versions.length - 1 },
    profile: { type: simulate ? 'scripted' : 'process', properties: profile },
  }))
  const config = resolveConfig({
    flags: {
      ...{ data: folder, listen: ['127.0.0.1:0', 'eks=127.0.0.1:0'] },
      'platform.versions': JSON.stringify(catalogue),
      ...options.flags,
    } as Parameters<typeof resolveConfig>[0]['flags'],
    ...{ env: {}, file: null, host: { folder, home: folder, isRoot: false } },
  })
  const drover = await startDrover({
    ...{ config, simulate, resetAdminKey: false, env: process.env, log: silentLog, version: '0.0.0-test' },
  })
  t.after(() => drover.close())
  const adminKey = (await readFile(drover.adminKeyFile, 'utf8')).trim()
  const url = `${drover.url}/gateways/eks`
  let count = 0
  const service: EksService = {
    url,
    eks: undefined as unknown as EKSClient,
    async client(role, more = {}) {
      count += 1
      const made = await service.api('POST', '/access-keys', {
        ...{ name: `test-${count}`, project: 'default', role },
      })
      const client = new EKSClient({
        ...{ endpoint: url, region: 'us-east-1' },
        credentials: { accessKeyId: made.accessKey.id, secretAccessKey: made.secret },
        ...more,
      })
      t.after(() => client.destroy())
      return client
    },
    async api(method, path, body) {
      const response = await fetch(`${drover.url}/api/v1${path}`, {
        method,
        headers: { authorization: `Bearer ${adminKey}`, ...(body && { 'content-type': 'application/json' }) },
        ...(body && { body: JSON.stringify(body) }),
      })
      const answer = await response.json()
      assert.ok(response.ok, JSON.stringify(answer))
      return answer
    },
    ended: (name, updateId, nodegroupName) =>
      service.until('the end of the update', async () => {
        const { update } = await service.eks.send(
          new DescribeUpdateCommand({ name, updateId, nodegroupName }),
        )
        return update?.status === 'InProgress' ? undefined : update
      }),
    async until(what, look) {
      const end = Date.now() + 30_000
      while (Date.now() < end) {
        const found = await look()
        if (found !== undefined && found !== false) return found
        await wait(20)
      }
      throw new Error(`waited too long for ${what}`)
    },
  }
  return Object.assign(service, { eks: await service.client('operator') })
}
