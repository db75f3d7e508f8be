import { setTimeout as sleep } from 'node:timers/promises'
import { startTestPostgres } from '../../src/store/postgres/test-server.ts'
import type { Client, UpdateResource } from '../lib/client.ts'
import { findFreePorts, startDrover } from '../lib/drover.ts'
import { createHello, NODES, nextBundle } from '../lib/hello.ts'
import { withUnit } from '../lib/report.ts'
import { medianResult, type Result } from '../lib/result.ts'
import type { Bench, Row } from '../lib/row.ts'
import { median } from '../lib/statistics.ts'
import { readUsage } from '../lib/watch-process.ts'

const PATIENCE_MS = 30_000
/** As src/config/settings.ts has it. */
const LEASE_SECONDS = 5

/** How long an update stands still when the program that drives it is killed. */
export const crash: Row = {
  name: 'crash',
  about: `SIGKILL of the server while ${NODES} real processes are updated, until the next node has moved`,
  async run(bench) {
    const kills = bench.quick ? 1 : Math.max(5, bench.runs)
    return [await restartOnSqlite(bench, kills), await takeOverOnPostgres(bench, kills)]
  },
}

async function restartOnSqlite(bench: Bench, kills: number): Promise<Result> {
  const folder = bench.makeFolder()
  const [port] = await findFreePorts(1)
  const start = () => startDrover(bench, { folder, port: port! })
  let drover = await start()
  await createHello(folder, drover.client)
  const moved: number[] = []
  const ready: number[] = []
  const cpu: number[] = []
  for (let kill = 1; kill <= kills; kill++) {
    bench.say(`SQLite, kill ${kill} of ${kills}`)
    const id = await beginUpdate(drover.client, kill)
    await drover.kill('SIGKILL')
    drover = await start()
    ready.push(drover.readyAfter)
    cpu.push(readUsage(drover.pid).cpuSeconds)
    moved.push(await firstMove(drover.client, id, drover.startedAt))
    await endWell(drover.client, id)
  }
  await drover.kill('SIGKILL')
  return medianResult({
    ...{
      row: crash.name,
      measured: 'restart on SQLite: start of the new process → a node has moved',
      unit: 's',
    },
    ...{ samples: moved, target: { atMost: 2 } },
    beside:
      `worst ${withUnit(Math.max(...moved), 's')}; ready to answer after ${withUnit(median(ready), 's')}, ` +
      `for which it used ${withUnit(median(cpu), 's')} of CPU`,
  })
}

async function takeOverOnPostgres(bench: Bench, kills: number): Promise<Result> {
  const postgres = await startTestPostgres({ durable: true })
  bench.onEnd(() => postgres.close())
  const databaseUrl = await postgres.createDatabase()
  const folder = bench.makeFolder()
  const start = async () => startDrover(bench, { folder, port: (await findFreePorts(1))[0]!, databaseUrl })
  // The first one there runs the cluster; when it is killed, the other one does.
  let owner = await start()
  await createHello(folder, owner.client)
  const moved: number[] = []
  for (let kill = 1; kill <= kills; kill++) {
    bench.say(`PostgreSQL, kill ${kill} of ${kills}`)
    const other = await start()
    const id = await beginUpdate(other.client, kill)
    const killedAt = Date.now()
    await owner.kill('SIGKILL')
    moved.push(await firstMove(other.client, id, killedAt))
    await endWell(other.client, id)
    owner = other
  }
  await owner.kill('SIGKILL')
  return medianResult({
    ...{ row: crash.name, measured: 'another engine on PostgreSQL: SIGKILL → a node has moved', unit: 's' },
    ...{ samples: moved, target: { atMost: LEASE_SECONDS + 1 } },
    beside: `worst ${withUnit(Math.max(...moved), 's')}; the lease takes ${LEASE_SECONDS} s to run out`,
  })
}

/** @returns an update that has moved some of its nodes, and not all */
async function beginUpdate(client: Client, count: number): Promise<string> {
  const { id } = await client.startUpdate('web', nextBundle(count, { maxUnavailable: 2 }))
  await untilUpdated(client, id, 4)
  return id
}

async function endWell(client: Client, id: string): Promise<void> {
  const { status, because } = await client.updateEnded(id)
  if (status !== 'Successful') throw new Error(`update ${id} is ${status} after the kill: ${because}`)
}

async function untilUpdated(client: Client, id: string, count: number): Promise<void> {
  for (;;) {
    const { progress, endedAt, because } = await client.get<UpdateResource>(`/updates/${id}`)
    if (endedAt !== null) throw new Error(`update ${id} was over before it could be interrupted: ${because}`)
    if (progress.updated >= count) return
    await sleep(5)
  }
}

interface EventResource {
  readonly type: string
  readonly at: string
}

/** @returns seconds from an instant of `Date.now()` to the first node that has moved since, by Drover's own record */
async function firstMove(client: Client, updateId: string, since: number): Promise<number> {
  const until = Date.now() + PATIENCE_MS
  while (Date.now() < until) {
    const { items } = await client.get<{ items: EventResource[] }>(
      `/events?update=${updateId}&type=node.updated&sort=-sequence&limit=100`,
    )
    const later = items.map(({ at }) => Date.parse(at)).filter((at) => at > since)
    if (later.length > 0) return (Math.min(...later) - since) / 1000
    await sleep(20)
  }
  throw new Error(`nothing moved in ${PATIENCE_MS / 1000} s after the kill`)
}
