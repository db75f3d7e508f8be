import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import {
  CancelUpdateCommand,
  CreateClusterCommand,
  CreateNodegroupCommand,
  DescribeClusterCommand,
  UpdateClusterVersionCommand,
  UpdateNodegroupVersionCommand,
  waitUntilNodegroupActive,
} from '@aws-sdk/client-eks'
import { type EksService, NETWORK, NODES, ROLE, startEks } from './test-service.ts'

const SIZE = 6
const MAX_UNAVAILABLE = 2

/** Says which version it is, some time after its start. */
const server = (afterMs: number) => ({
  command: [
    process.execPath,
    '-e',
    `const { createServer } = require('node:http')
     const { PORT, HOST, DROVER_VERSION } = process.env
     const server = createServer((request, response) => response.end(DROVER_VERSION))
     setTimeout(() => server.listen(Number(PORT), HOST), ${afterMs})
     process.on('SIGTERM', () => process.exit(0))`,
  ],
  port: true,
  healthCheck: { type: 'http', path: '/' },
})

interface Node {
  readonly available: boolean
  readonly endpoint: { readonly host: string; readonly port: number } | null
}

/** Asks every node again and again for its version, as its users do. */
async function watch({ api }: EksService) {
  const { items } = (await api('GET', '/projects/default/clusters/web/nodes')) as { items: readonly Node[] }
  const addresses = items.map(({ endpoint }) => `http://${endpoint?.host}:${endpoint?.port}/`)
  const look = async (): Promise<readonly (string | null)[]> =>
    await Promise.all(
      addresses.map(async (address) => {
        try {
          return await (await fetch(address, { signal: AbortSignal.timeout(5000) })).text()
        } catch {
          return null
        }
      }),
    )
  const answers: (readonly (string | null)[])[] = []
  let isOver = false
  const watching = (async () => {
    while (!isOver) {
      answers.push(await look())
      await wait(20)
    }
  })()
  return {
    look,
    answers,
    async stop() {
      isOver = true
      await watching
    },
  }
}

test('a rollback of six real processes that is cancelled half way leaves all on one version, and enough serving throughout', async (t) => {
  const service = await startEks(t, {
    simulate: false,
    // The one that it goes back to takes long enough to be caught half way.
    versions: { '1.33': server(1500), '1.34': server(0) },
  })
  const { eks, ended, until, api } = service
  const cluster = { name: 'web', version: '1.33', roleArn: ROLE, resourcesVpcConfig: NETWORK }
  await eks.send(new CreateClusterCommand(cluster))
  await eks.send(new UpdateClusterVersionCommand({ name: 'web', version: '1.34' }))
  const group = { clusterName: 'web', nodegroupName: 'ng' }
  await eks.send(
    new CreateNodegroupCommand({
      ...{ ...group, ...NODES },
      scalingConfig: { minSize: SIZE, maxSize: SIZE, desiredSize: SIZE },
      updateConfig: { maxUnavailable: MAX_UNAVAILABLE },
    }),
  )
  await waitUntilNodegroupActive({ client: eks, maxWaitTime: 60, minDelay: 0.1, maxDelay: 0.5 }, group)
  const users = await watch(service)
  assert.deepEqual(await users.look(), Array(SIZE).fill('1.34'))

  const { update } = await eks.send(new UpdateClusterVersionCommand({ name: 'web', version: '1.33' }))
  await until('some nodes to be on 1.33', async () => users.answers.at(-1)?.includes('1.33'))
  await eks.send(new CancelUpdateCommand({ name: 'web', updateId: update?.id }))
  const seen = await ended('web', update?.id ?? '')
  await users.stop()
  assert.deepEqual([seen.type, seen.status], ['VersionRollback', 'Cancelled'])
  assert.equal(seen.cancellation?.status, 'Successful')
  assert.deepEqual(await users.look(), Array(SIZE).fill('1.34'))
  const shown = (await eks.send(new DescribeClusterCommand({ name: 'web' }))).cluster
  assert.deepEqual([shown?.version, shown?.status], ['1.34', 'ACTIVE'])
  // A node may be restarted between two questions of one look, so what its update counted is asked, too.
  const { items } = await api('GET', '/projects/default/updates?cluster=web&pool=ng')
  assert.ok(items[0].progress.highestUnavailable <= MAX_UNAVAILABLE)
  const lowest = Math.min(...users.answers.map((look) => look.filter((answer) => answer !== null).length))
  assert.ok(lowest >= SIZE - 2 * MAX_UNAVAILABLE, `only ${lowest} of ${SIZE} answered in one look`)
  assert.ok(
    users.answers.some((look) => look.includes('1.33')),
    'nothing had moved',
  )

  // And to the end, so that the nodes' own word for it is heard, too.
  const down = await eks.send(new UpdateClusterVersionCommand({ name: 'web', version: '1.33' }))
  assert.equal((await ended('web', down.update?.id ?? '')).status, 'Successful')
  assert.deepEqual(await users.look(), Array(SIZE).fill('1.33'))
  await assert.rejects(eks.send(new CancelUpdateCommand({ name: 'web', updateId: down.update?.id })), {
    name: 'InvalidStateException',
  })
  const again = await eks.send(new UpdateClusterVersionCommand({ name: 'web', version: '1.34' }))
  assert.equal(again.update?.status, 'Successful')
  await eks.send(new UpdateNodegroupVersionCommand(group))
  await api('DELETE', '/projects/default/clusters/web')
  await until('the processes to end', async () => {
    const { items: left } = await api('GET', '/projects/default/clusters')
    return left.length === 0
  })
})
