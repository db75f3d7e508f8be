import { startTestPostgres } from '../../src/store/postgres/test-server.ts'
import type { Moved, MoveNodes } from '../children/move-nodes.ts'
import { askOnce } from '../lib/child.ts'
import { withUnit } from '../lib/report.ts'
import { medianResult, type Result } from '../lib/result.ts'
import type { Bench, Row } from '../lib/row.ts'
import { median } from '../lib/statistics.ts'

const MAX_UNAVAILABLE = 100

/** How fast nodes move when nothing but Drover itself takes time. */
export const controlPlane: Row = {
  name: 'control-plane',
  about: 'node transitions a second with 10,000 scripted nodes without latency, 100 at a time, all durable',
  async run(bench) {
    const nodes = bench.quick ? 2000 : 10_000
    const sqlite = await moveAgainAndAgain(bench, { nodes })
    const bare = sqlite.flatMap(({ bareSeconds }) => (bareSeconds ? [nodes / bareSeconds] : []))
    const results = [
      toResult('SQLite', sqlite, nodes, 5000, `bare SQLite, same rows: ${withUnit(median(bare), '/s')}`),
    ]
    const postgres = await startTestPostgres({ durable: true })
    bench.onEnd(() => postgres.close())
    const moved = await moveAgainAndAgain(bench, { nodes, createDatabase: postgres.createDatabase })
    const cpu = median(moved.map(({ cpuSeconds, seconds }) => cpuSeconds / sum(seconds)))
    const beside = `Drover's own CPU: ${withUnit(cpu * 100, '%')} of the time`
    return [...results, toResult('PostgreSQL', moved, nodes, 2000, beside)]
  },
}

async function moveAgainAndAgain(
  bench: Bench,
  { nodes, createDatabase }: { readonly nodes: number; readonly createDatabase?: () => Promise<string> },
): Promise<readonly Moved[]> {
  const all: Moved[] = []
  for (let run = 1; run <= bench.runs; run++) {
    bench.say(`${createDatabase ? 'PostgreSQL' : 'SQLite'}, run ${run} of ${bench.runs}`)
    const url = await createDatabase?.()
    const folder = bench.makeFolder()
    const question: MoveNodes = {
      folder,
      nodes,
      maxUnavailable: MAX_UNAVAILABLE,
      updates: 2,
      ...(url && { url }),
    }
    all.push(await askOnce<Moved>(bench, 'move-nodes', question))
  }
  return all
}

function toResult(
  where: string,
  moved: readonly Moved[],
  nodes: number,
  atLeast: number,
  beside: string,
): Result {
  return medianResult({
    row: controlPlane.name,
    measured: `${nodes.toLocaleString('en-US')} nodes, ${where}`,
    unit: '/s',
    samples: moved.flatMap(({ seconds }) => seconds.map((each) => nodes / each)),
    beside,
    target: { atLeast },
  })
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
