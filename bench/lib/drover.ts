import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { delimiter, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { killNodeProcesses } from '../../examples/demo/processes.ts'
import { Client } from './client.ts'
import type { Bench } from './row.ts'

const ROOT = join(import.meta.dirname, '../..')
const START_MS = 60_000
const WITHOUT_LIMITS = ['--http-rate-limit-per-second', '0', '--clusters-max-per-project', '0']

/** `drover serve` as a process of its own, with a data folder of its own. */
export interface Drover {
  readonly pid: number
  readonly client: Client
  /** The administrator's. */
  readonly key: string
  /** Seconds from its start until it said that it is ready, as seen every few milliseconds. */
  readonly readyAfter: number
  /** Instant of its start, of `Date.now()`. */
  readonly startedAt: number
  kill(signal: NodeJS.Signals): Promise<void>
}

export interface DroverOptions {
  readonly folder: string
  readonly port: number
  readonly flags?: readonly string[]
  /** PostgreSQL instead of SQLite. */
  readonly databaseUrl?: string
  /** Where its inspector listens; absent: it has none. */
  readonly inspectorPort?: number
}

/** Nodes and servers run on the Node that runs this. */
export const ENVIRONMENT: NodeJS.ProcessEnv = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('DROVER_'))),
  PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter),
}

/** Starts a server and waits until it is ready. It ends, and its nodes with it, with the row at the latest. */
export async function startDrover(bench: Bench, options: DroverOptions): Promise<Drover> {
  const { folder, port, flags = [], databaseUrl, inspectorPort } = options
  const data = join(folder, 'data')
  mkdirSync(data, { recursive: true })
  const log = openSync(join(folder, 'drover.log'), 'a')
  const url = `http://127.0.0.1:${port}`
  const startedAt = Date.now()
  const child = spawn(
    join(ROOT, 'drover'),
    ['serve', '--data', data, '--listen', new URL(url).host, ...WITHOUT_LIMITS, ...flags],
    {
      cwd: ROOT,
      env: {
        ...ENVIRONMENT,
        ...(databaseUrl && { DROVER_DATABASE: databaseUrl }),
        ...(inspectorPort && { NODE_OPTIONS: `--inspect=127.0.0.1:${inspectorPort}` }),
      },
      stdio: ['ignore', log, log],
    },
  )
  closeSync(log)
  let isToEnd = false
  const end = (signal: NodeJS.Signals) => {
    isToEnd = true
    return kill(child, signal)
  }
  const logTail = () => readFileSync(join(folder, 'drover.log'), 'utf8').slice(-2000)
  // Its clients would only tell of a connection that was reset.
  child.once('exit', (code, by) => {
    if (!isToEnd) bench.say(`drover serve ended by itself, with ${code ?? by}: ${logTail()}`)
  })
  bench.onEnd(async () => {
    await end('SIGKILL')
    await killNodeProcesses(data)
  })
  while (!(await isReady(url))) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`drover serve ended: ${logTail()}`)
    }
    if (Date.now() - startedAt > START_MS)
      throw new Error(`drover serve was not ready in ${START_MS / 1000} s`)
    await sleep(5)
  }
  const key = readFileSync(join(data, 'admin.key'), 'utf8').trim()
  const client = new Client(url, key)
  bench.onEnd(() => client.close())
  const readyAfter = (Date.now() - startedAt) / 1000
  return { pid: child.pid!, client, key, startedAt, readyAfter, kill: end }
}

/** Runs a command of the CLI to its end. @throws Error with what it printed if it fails */
export async function runDrover(folder: string, client: Client, args: readonly string[]): Promise<void> {
  const env = { ...ENVIRONMENT, DROVER_SERVER: client.url, DROVER_DATA: join(folder, 'data') }
  const child = spawn(join(ROOT, 'drover'), args, {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk))
  await once(child, 'close')
  if (child.exitCode !== 0) throw new Error(`drover ${args.join(' ')}: exit code ${child.exitCode}\n${said}`)
}

/** @returns ports that nobody listens on now */
export async function findFreePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => (server.address() as { port: number }).port)
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return ports
}

async function kill(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill(signal)
  await exit
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2000) })).ok
  } catch {
    return false
  }
}
