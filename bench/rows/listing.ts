import type { Client } from '../lib/client.ts'
import { findFreePorts, startDrover } from '../lib/drover.ts'
import { withUnit } from '../lib/report.ts'
import type { Result } from '../lib/result.ts'
import type { Row } from '../lib/row.ts'
import { median, percentile } from '../lib/statistics.ts'
import { timeEach } from '../lib/timing.ts'

/** Whether a page deep in a long list costs what the first one does. */
export const listing: Row = {
  name: 'listing',
  about: 'p99 of a list of 100 out of 100,000 nodes over HTTP, the first page and one near the end',
  async run(bench) {
    const nodes = bench.quick ? 10_000 : 100_000
    const perRun = 100
    const [port] = await findFreePorts(1)
    const { client } = await startDrover(bench, {
      ...{ folder: bench.makeFolder(), port: port! },
      flags: ['--simulate'],
    })
    bench.say(`making ${nodes} nodes`)
    // Checked once an hour: what their health checks cost belongs to the row `idle`.
    await client.createNodes('web', nodes, { healthCheck: { type: 'alive', intervalSeconds: 3600 } })
    const first = '/clusters/web/nodes?limit=100'
    const deep = `${first}&cursor=${encodeURIComponent(await findDeepCursor(client, nodes))}`
    const times: Readonly<Record<'first' | 'deep', number[]>> = { first: [], deep: [] }
    // In turns, so that whatever else the machine does hits both alike. The first turn warms up.
    for (let run = 0; run <= Math.max(5, bench.runs); run++) {
      const here = await timeEach(
        () => client.get(first),
        (done) => done < perRun,
      )
      const there = await timeEach(
        () => client.get(deep),
        (done) => done < perRun,
      )
      if (run === 0) continue
      times.first.push(...here)
      times.deep.push(...there)
    }
    const size = nodes.toLocaleString('en-US')
    const page = (which: 'first' | 'deep'): Result => ({
      row: listing.name,
      measured: `100 of ${size}, ${which} page, p99 of ${times[which].length}`,
      unit: 'ms',
      value: percentile(times[which], 99),
      samples: times[which],
      beside: `median ${withUnit(median(times[which]), 'ms')}`,
      target: { atMost: 20 },
    })
    const ratio = median(times.deep) / median(times.first)
    return [
      page('first'),
      page('deep'),
      {
        ...{ row: listing.name, measured: 'median of the deep page ÷ that of the first', unit: '' },
        ...{ value: ratio, samples: [ratio], beside: 'equal: 1', target: { atMost: 1.1 } },
      },
    ]
  },
}

/** @returns the cursor of the last thousand nodes */
async function findDeepCursor(client: Client, nodes: number): Promise<string> {
  let cursor = ''
  for (let seen = 0; seen < nodes - 1000; seen += 1000) {
    const query = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
    const page = await client.get<{ nextCursor: string | null }>(`/clusters/web/nodes?limit=1000${query}`)
    if (page.nextCursor === null) throw new Error(`the list of ${nodes} nodes ended after ${seen}`)
    cursor = page.nextCursor
  }
  return cursor
}
