import { parseArgs } from 'node:util'
import { runSeeds, seedsFrom } from './pool.ts'
import { describeFailure } from './report.ts'
import { type SimResult, simulate } from './simulate.ts'

const HELP = `npm run sim -- [options]

  --seed N           one run; says how it ended
  --trace            with --seed: prints every step
  --steps N          with --seed: ends at that step of the trace
  --seeds FROM..TO   all of these (default 1..300)
  --minutes M        seeds from --seeds on, or from a new one each time, for so long
  --until-stopped    the same until ctrl-C
  --workers N        so many at once (default 1)

Ends with 1 at the first run that broke a guarantee.
`

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
    steps: { type: 'string' },
    seeds: { type: 'string' },
    minutes: { type: 'string' },
    'until-stopped': { type: 'boolean', default: false },
    workers: { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) process.stdout.write(HELP)
else if (values.seed !== undefined) await runOne(toNumber('seed', values.seed))
else await runMany()

async function runOne(seed: number): Promise<void> {
  const result = await simulate({
    seed,
    ...(values.steps !== undefined && { steps: toNumber('steps', values.steps) }),
    ...(values.trace && { print: (line: string) => process.stdout.write(`${line}\n`) }),
  })
  const { steps, commits, virtualMs, digest } = result
  process.stdout.write(
    `seed ${seed}: ${steps} steps, ${commits} commits, ${Math.round(virtualMs / 1000)} s of virtual time, trace ${digest.slice(0, 16)}\n`,
  )
  if (!result.violation) return
  process.stdout.write(`${describeFailure(result)}\n`)
  process.exitCode = 1
}

async function runMany(): Promise<void> {
  const isEndless = values['until-stopped'] || (values.minutes !== undefined && values.seeds === undefined)
  // Somewhere else each time: what is known to hold need not be told again.
  const fresh = (Math.floor(Date.now() / 1000) % 1_000_000) * 1000
  const [first, last] = values.seeds?.split('..').map((text) => toNumber('seeds', text)) ?? [
    isEndless ? fresh : 1,
    isEndless ? undefined : 300,
  ]
  const deadline =
    values.minutes === undefined
      ? Number.POSITIVE_INFINITY
      : Date.now() + toNumber('minutes', values.minutes) * 60_000
  const startedAt = Date.now()
  let isStopped = false
  let failure: SimResult | undefined
  const sum = { seeds: 0, commits: 0, virtualMs: 0, last: 0 }
  process.on('SIGINT', () => {
    isStopped = true
  })
  const tell = () => {
    const seconds = (Date.now() - startedAt) / 1000
    process.stdout.write(
      `${sum.seeds} seeds from ${first} to ${sum.last}, ${sum.commits} commits, ${Math.round(sum.virtualMs / 3_600_000)} h ` +
        `of virtual time in ${seconds.toFixed(1)} s: ${(sum.seeds / seconds).toFixed(1)} seeds/s\n`,
    )
  }
  const regularly = setInterval(tell, 60_000)
  await runSeeds({
    seeds: seedsFrom(first as number, isEndless ? undefined : last),
    workers: toNumber('workers', values.workers),
    isOver: () => isStopped || failure !== undefined || Date.now() >= deadline,
    onResult(result) {
      sum.seeds += 1
      sum.commits += result.commits
      sum.virtualMs += result.virtualMs
      sum.last = Math.max(sum.last, result.seed)
      if (result.violation) failure ??= result
    },
  })
  clearInterval(regularly)
  tell()
  if (!failure) return
  process.stdout.write(`\n${describeFailure(failure)}\n`)
  process.exitCode = 1
}

function toNumber(name: string, text: string | undefined): number {
  const value = Number(text)
  if (text === undefined || text === '' || !Number.isFinite(value) || value < 0) {
    throw new Error(`--${name}: "${text}" is not a number of at least 0; see npm run sim -- --help`)
  }
  return value
}
