import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, release } from 'node:os'
import { dirname, join } from 'node:path'
import { messageOf } from '../src/domain/errors.ts'
import { parseOptions } from './lib/options.ts'
import { toTable } from './lib/report.ts'
import { isReached, type Result } from './lib/result.ts'
import type { Bench, Row } from './lib/row.ts'
import { ROWS } from './rows/index.ts'

const HERE = import.meta.dirname
const options = parseOptions(
  process.argv.slice(2),
  ROWS.map(({ name }) => name),
)
const rows = ROWS.filter(({ name }) => options.only.length === 0 || options.only.includes(name))
const startedAt = new Date()
const machine = {
  node: process.version,
  kernel: release(),
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  loadBefore: loadavg()[0]!,
}

/** On the disk of the repository: where temporary files are may be memory. */
const folder = mkdtempSync(join(HERE, '.data-'))
let folders = 0
let endings: (() => Promise<void> | void)[] = []
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, async () => {
    await cleanUp()
    process.exit(130)
  })
}

const results: Result[] = []
const failures: string[] = []
for (const row of rows) await runRow(row)
await cleanUp()

const { runs, quick } = options
const json = options.json ?? join(HERE, 'results', `${startedAt.toISOString().replaceAll(':', '-')}.json`)
mkdirSync(dirname(json), { recursive: true })
writeFileSync(
  json,
  `${JSON.stringify({ at: startedAt, runs, quick, machine, failures, results }, null, 1)}\n`,
)
process.stdout.write(`\n${toTable(results)}\n\nAll samples are in ${json}\n`)
for (const failure of failures) process.stdout.write(`\nnot measured: ${failure}\n`)
if (failures.length > 0 || results.some((result) => isReached(result) === false)) process.exitCode = 1

async function runRow(row: Row): Promise<void> {
  const say = (text: string) => process.stderr.write(`${row.name}: ${text}\n`)
  say(row.about)
  const bench: Bench = {
    runs: options.runs,
    quick: options.quick,
    makeFolder() {
      const made = join(folder, String(++folders))
      mkdirSync(made)
      return made
    },
    onEnd: (work) => endings.push(work),
    say,
  }
  try {
    const found = await row.run(bench)
    results.push(...found)
    process.stderr.write(`${toTable(found)}\n`)
  } catch (error) {
    failures.push(`${row.name}: ${messageOf(error)}`)
    say(`failed: ${messageOf(error)}`)
    say(readNewestLog())
  }
  await end()
}

/** What the server that was started last had to say. */
function readNewestLog(): string {
  for (let newest = folders; newest > 0; newest--) {
    const log = join(folder, String(newest), 'drover.log')
    if (existsSync(log)) return `the end of its server's log:\n${readFileSync(log, 'utf8').slice(-4000)}`
  }
  return 'no server was started'
}

async function end(): Promise<void> {
  const now = endings.reverse()
  endings = []
  for (const work of now) await work()
}

async function cleanUp(): Promise<void> {
  await end()
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}
