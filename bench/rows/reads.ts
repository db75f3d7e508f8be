import type { Client } from '../lib/client.ts'
import { findFreePorts, startDrover } from '../lib/drover.ts'
import { withUnit } from '../lib/report.ts'
import type { Result } from '../lib/result.ts'
import type { Bench, Row } from '../lib/row.ts'
import { percentile } from '../lib/statistics.ts'
import { timeEach } from '../lib/timing.ts'

const IDLE_READS = 200

/** Whether one can look while everything moves. */
export const reads: Row = {
  name: 'reads',
  about:
    'p99 of list and show over HTTP, three clients at once, while 10,000 scripted nodes move 100 at a time',
  async run(bench) {
    const nodes = bench.quick ? 2000 : 10_000
    const [port] = await findFreePorts(1)
    const { client } = await startDrover(bench, {
      ...{ folder: bench.makeFolder(), port: port! },
      flags: ['--simulate'],
    })
    bench.say(`making ${nodes} nodes`)
    await client.createNodes('web', nodes)
    const { id: firstId } = await client.startUpdate('web', {
      version: 'v0',
      params: { maxUnavailable: 100 },
    })
    await client.updateEnded(firstId)

    const idle = await readAll(client, firstId, (done) => done < IDLE_READS)
    const busy: Readings = { list: [], cluster: [], update: [] }
    for (let run = 1; run <= bench.runs; run++) {
      const during = await readDuringUpdate(bench, client, `v${run}`)
      for (const what of KINDS) busy[what].push(...during[what])
    }
    return KINDS.map((what): Result => {
      const p50 = withUnit(percentile(busy[what], 50), 'ms')
      return {
        row: reads.name,
        measured: `${TITLES[what]}, p99 of ${busy[what].length.toLocaleString('en-US')}`,
        unit: 'ms',
        value: percentile(busy[what], 99),
        samples: busy[what],
        beside: `median ${p50}; with nothing to do p99 ${withUnit(percentile(idle[what], 99), 'ms')}`,
        target: { atMost: 100 },
      }
    })
  },
}

const KINDS = ['list', 'cluster', 'update'] as const
const TITLES = { list: 'list 100 nodes', cluster: 'show the cluster', update: 'show the update' }
type Readings = Readonly<Record<(typeof KINDS)[number], number[]>>

async function readDuringUpdate(bench: Bench, client: Client, version: string): Promise<Readings> {
  bench.say(`update to ${version}`)
  const { id } = await client.startUpdate('web', { version, params: { maxUnavailable: 100 } })
  let isOver = false
  const end = client.updateEnded(id, 20).finally(() => {
    isOver = true
  })
  const [readings, { status, because }] = await Promise.all([readAll(client, id, () => !isOver), end])
  if (status !== 'Successful') throw new Error(`update ${id} is ${status}: ${because}`)
  return readings
}

async function readAll(
  client: Client,
  updateId: string,
  goesOn: (done: number) => boolean,
): Promise<Readings> {
  const [list, cluster, update] = await Promise.all([
    timeEach(() => client.get('/clusters/web/nodes?limit=100'), goesOn),
    timeEach(() => client.get('/clusters/web'), goesOn),
    timeEach(() => client.get(`/updates/${updateId}`), goesOn),
  ])
  return { list, cluster, update }
}
