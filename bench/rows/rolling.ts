import { join } from 'node:path'
import type { Pm2Question } from '../children/pm2.ts'
import { BareLoop } from '../lib/bare-loop.ts'
import { startChild } from '../lib/child.ts'
import { findFreePorts, startDrover } from '../lib/drover.ts'
import { createHello, HELLO, nextBundle } from '../lib/hello.ts'
import { withUnit } from '../lib/report.ts'
import { medianResult, type Result } from '../lib/result.ts'
import type { Bench, Row } from '../lib/row.ts'
import { median } from '../lib/statistics.ts'

const PARALLEL = [1, 2] as const
type Parallel = (typeof PARALLEL)[number]

/** Seconds for all processes, by how many are away at a time. */
type Seconds = Readonly<Record<Parallel, number>>

interface Run {
  readonly bare: Seconds
  readonly drover: Seconds
  readonly pm2: Seconds
}

/** How near a real update comes to what starting and stopping the processes takes by itself. */
export const rolling: Row = {
  name: 'rolling',
  about:
    'wall time of replacing 20 real processes ÷ that of a bare loop of the same starts and stops; PM2 beside it',
  async run(bench) {
    const processes = bench.quick ? 6 : 20
    const runs: Run[] = []
    for (let run = 1; run <= bench.runs; run++) {
      bench.say(`run ${run} of ${bench.runs}`)
      // One after the other, and each alone on the machine, so that none pays for another's processes.
      const bare = await runBare(bench, processes)
      const drover = await runDrover(bench, processes)
      const pm2 = await runPm2(bench, processes)
      runs.push({ bare, drover, pm2 })
    }
    return PARALLEL.flatMap((parallel) => toResults(runs, processes, parallel))
  },
}

function toResults(runs: readonly Run[], processes: number, parallel: Parallel): Result[] {
  const ratios = (of: 'drover' | 'pm2') => runs.map((run) => run[of][parallel] / run.bare[parallel])
  const time = (of: keyof Run) => withUnit(median(runs.map((run) => run[of][parallel])), 's')
  const what = `${processes} processes, ${parallel} at a time, ÷ bare loop`
  return [
    medianResult({
      ...{ row: rolling.name, measured: what, unit: '', samples: ratios('drover') },
      beside: `bare loop ${time('bare')}, Drover ${time('drover')}`,
      target: { atMost: 1.15 },
    }),
    medianResult({
      ...{ row: rolling.name, measured: `the same ÷ what pm2 reload takes`, unit: '' },
      samples: runs.map(({ drover, pm2 }) => drover[parallel] / pm2[parallel]),
      beside: `pm2 reload ${time('pm2')}, ${withUnit(median(ratios('pm2')), '')} × the bare loop`,
      target: { atMost: 1 },
    }),
  ]
}

async function runBare(bench: Bench, processes: number): Promise<Seconds> {
  const loop = await BareLoop.begin(bench, join(HELLO, 'v1/server.mjs'), processes)
  const seconds = { 1: await loop.replaceAll(1), 2: await loop.replaceAll(2) }
  await loop.end()
  return seconds
}

async function runDrover(bench: Bench, processes: number): Promise<Seconds> {
  const folder = bench.makeFolder()
  const [port] = await findFreePorts(1)
  const drover = await startDrover(bench, { folder, port: port! })
  const { client } = drover
  await createHello(folder, client, processes)
  // The first one unpacks code and runs code for the first time; a server does that once.
  await client.updateEnded((await client.startUpdate('web', nextBundle(1, { maxUnavailable: 2 }))).id)
  const measure = async (count: number, maxUnavailable: number) => {
    const from = Date.now()
    const { id } = await client.startUpdate('web', nextBundle(count, { maxUnavailable }))
    const { endedAt, status, because, progress } = await client.updateEnded(id)
    if (status !== 'Successful') throw new Error(`update ${id} is ${status}: ${because}`)
    if (progress.highestUnavailable > maxUnavailable)
      throw new Error(`${progress.highestUnavailable} were away`)
    return (Date.parse(endedAt!) - from) / 1000
  }
  const seconds = { 1: await measure(2, 1), 2: await measure(3, 2) }
  const { action } = await client.delete<{ action: { id: string } }>('/clusters/web')
  await client.actionEnded(action.id)
  await drover.kill('SIGTERM')
  return seconds
}

async function runPm2(bench: Bench, processes: number): Promise<Seconds> {
  const [port] = await findFreePorts(1)
  const reload = async (parallel: Parallel) => {
    const home = bench.makeFolder()
    const child = startChild(bench, 'pm2', {
      env: { PM2_HOME: home, PM2_CONCURRENT_ACTIONS: String(parallel) },
    })
    const ask = <Answer>(question: Pm2Question) => child.ask<Answer>(question)
    try {
      await ask({ kind: 'start', script: join(HELLO, 'v1/server.mjs'), port: port!, processes })
      await ask({ kind: 'reload' })
      return (await ask<{ seconds: number }>({ kind: 'reload' })).seconds
    } finally {
      await ask({ kind: 'end' })
      await child.end()
    }
  }
  return { 1: await reload(1), 2: await reload(2) }
}
