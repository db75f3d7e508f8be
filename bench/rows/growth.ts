import type { Moved, MoveNodes } from '../children/move-nodes.ts'
import { askOnce } from '../lib/child.ts'
import { withUnit } from '../lib/report.ts'
import { medianResult, type Result } from '../lib/result.ts'
import type { Row } from '../lib/row.ts'
import { median } from '../lib/statistics.ts'

const MEGABYTE = 1024 ** 2

/** Whether a node costs the same in a large cluster as in a small one. */
export const growth: Row = {
  name: 'growth',
  about: 'time for each node, and the most memory, with 1,000, 10,000 and 100,000 scripted nodes',
  async run(bench) {
    const sizes = bench.quick ? [500, 5000] : [1000, 10_000, 100_000]
    const bySize = new Map<number, Moved[]>(sizes.map((size) => [size, []]))
    for (let run = 1; run <= bench.runs; run++) {
      for (const nodes of sizes) {
        bench.say(`${nodes} nodes, run ${run} of ${bench.runs}`)
        const updates = Math.max(1, Math.min(5, Math.round(20_000 / nodes)))
        const question: MoveNodes = { folder: bench.makeFolder(), nodes, maxUnavailable: 100, updates }
        bySize.get(nodes)!.push(await askOnce<Moved>(bench, 'move-nodes', question))
      }
    }
    return [...bySize].flatMap(([nodes, moved]) => toResults(nodes, moved, bySize.get(sizes[0]!)!, sizes[0]!))
  },
}

function toResults(
  nodes: number,
  moved: readonly Moved[],
  small: readonly Moved[],
  smallest: number,
): Result[] {
  const times = moved.flatMap(({ seconds }) => seconds.map((each) => (each / nodes) * 1e6))
  const smallTimes = small.flatMap(({ seconds }) => seconds.map((each) => (each / smallest) * 1e6))
  const limit = median(moved.map(({ bareSeconds }) => (bareSeconds! / nodes) * 1e6))
  const size = `${nodes.toLocaleString('en-US')} nodes`
  const row = growth.name
  const bare = `bare SQLite, same rows: ${withUnit(limit, 'µs')}`
  const peak = (of: (moved: Moved) => number) => withUnit(median(moved.map(of)) / MEGABYTE, 'MB')
  const results = [
    medianResult({
      row,
      measured: `${size}, time for each`,
      unit: 'µs',
      samples: times,
      beside: bare,
      target: null,
    }),
    medianResult({
      row,
      measured: `${size}, peak memory`,
      unit: 'MB',
      samples: moved.map(({ memory }) => memory.rss / MEGABYTE),
      beside:
        `program loaded: ${peak(({ memory }) => memory.rssAtBegin)}; peak of the JavaScript heap: ` +
        `${peak(({ memory }) => memory.heapUsed)} used, ${peak(({ memory }) => memory.heapTotal)} taken`,
      target: { atMost: 300 },
    }),
  ]
  if (nodes === smallest) return results
  const ratio = median(times) / median(smallTimes)
  const measured = `${size}, time for each ÷ that of ${smallest.toLocaleString('en-US')}`
  return [
    ...results,
    { row, measured, unit: '', value: ratio, samples: [ratio], beside: '', target: { atMost: 1.2 } },
  ]
}
