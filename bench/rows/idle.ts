import { setTimeout as sleep } from 'node:timers/promises'
import { readCollectedHeap } from '../lib/collected-heap.ts'
import { findFreePorts, startDrover } from '../lib/drover.ts'
import { withUnit } from '../lib/report.ts'
import type { Row } from '../lib/row.ts'
import { median } from '../lib/statistics.ts'
import { readUsage, type Usage } from '../lib/watch-process.ts'

const MEGABYTE = 1024 ** 2
const SAMPLE_MS = 2000
const NODES_EACH = 3

/** What it costs to have nothing to do but to look after nodes that are well. */
export const idle: Row = {
  name: 'idle',
  about:
    'CPU, memory and wake-ups with 1,000 clusters of 3 scripted nodes, each checked every 5 s, and nothing to do',
  async run(bench) {
    const clusters = bench.quick ? 100 : 1000
    const minutes = bench.quick ? 1 : 10
    const [port, inspectorPort] = (await findFreePorts(2)) as [number, number]
    const { client, pid } = await startDrover(bench, {
      ...{ folder: bench.makeFolder(), port, inspectorPort },
      flags: ['--simulate'],
    })
    await sleep(bench.quick ? 5000 : 20_000)
    const empty = await watch(pid, bench.quick ? 5000 : 20_000)
    bench.say(`making ${clusters} clusters`)
    await client.post('/profiles', { name: 'still', type: 'scripted', properties: {} })
    for (let made = 0; made < clusters; made += 20) {
      const names = Array.from({ length: 20 }, (_, at) => `still-${made + at}`)
      await Promise.all(
        names.map((name) => client.createCluster({ name, profile: 'still', size: NODES_EACH })),
      )
    }
    // What making them has left behind is collected, or is not a part of being idle.
    await sleep(bench.quick ? 5000 : 60_000)
    const before = await readCollectedHeap(inspectorPort)
    bench.say(`watching for ${minutes} min`)
    const seen = await watch(pid, minutes * 60_000)
    const after = await readCollectedHeap(inspectorPort)
    const used = (usages: readonly Usage[]) => (total(usages, 'cpuSeconds') / seconds(usages)) * 100
    const sizes = seen.map(({ residentBytes }) => residentBytes / MEGABYTE)
    const row = idle.name
    const wakeUps = (usages: readonly Usage[]) => total(usages, 'wakeUps') / seconds(usages)
    return [
      {
        ...{
          row,
          measured: `CPU of one core, ${clusters.toLocaleString('en-US')} clusters, ${minutes} min`,
          unit: '%',
        },
        ...{ value: used(seen), samples: [used(seen)], target: { atMost: 1 } },
        beside: `empty server: ${withUnit(used(empty), '%')}`,
      },
      {
        ...{ row, measured: 'heap in use, collected, after ÷ before', unit: '' },
        ...{ value: after / before, samples: [before, after], target: { atMost: 1.02 } },
        beside:
          `before ${withUnit(before / MEGABYTE, 'MB')}, after ${withUnit(after / MEGABYTE, 'MB')}; ` +
          `resident: median ${withUnit(median(sizes), 'MB')}`,
      },
      {
        ...{ row, measured: 'wake-ups, all threads', unit: '/s' },
        ...{ value: wakeUps(seen), samples: [wakeUps(seen)], target: null },
        beside: `empty server: ${withUnit(wakeUps(empty), '/s')}; ${(clusters * NODES_EACH) / 5} checks a second`,
      },
    ]
  },
}

async function watch(pid: number, durationMs: number): Promise<readonly Usage[]> {
  const usages = [readUsage(pid)]
  const until = performance.now() + durationMs
  while (performance.now() < until) {
    await sleep(Math.min(SAMPLE_MS, until - performance.now()))
    usages.push(readUsage(pid))
  }
  return usages
}

function total(usages: readonly Usage[], what: 'cpuSeconds' | 'wakeUps'): number {
  return usages.at(-1)![what] - usages[0]![what]
}

function seconds(usages: readonly Usage[]): number {
  return (usages.at(-1)!.at - usages[0]!.at) / 1000
}
