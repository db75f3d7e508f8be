import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import { removeTree } from '../bundles/folders.ts'
import { resolveConfig } from '../config/config.ts'
import { startDrover } from '../drover.ts'
import { openMaintenance } from '../maintenance/maintenance.ts'
import { systemClock } from '../system/clock.ts'
import { silentLog } from '../system/log.ts'
import type { Io } from './io.ts'
import { runCli } from './run.ts'

/** How one run of the CLI went. */
export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly env?: Io['env']
  /** Makes all three streams a terminal of this size. */
  readonly terminal?: { readonly columns: number; readonly rows: number }
  /** Standard output's reader is gone, as after `| head`. */
  readonly isReaderGone?: boolean
  /** What the user types. */
  readonly input?: string
  /** Called with all that was printed so far, each time there is more. */
  readonly onOutput?: (printed: string, user: { pressCtrlC(): void }) => void
}

/** Runs a command line in this process. */
export async function runInProcess(argv: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const listeners = new Set<() => void>()
  const user = {
    pressCtrlC() {
      for (const listener of listeners) listener()
    },
  }
  const printed = { stdout: '', stderr: '' }
  const stream = (name: 'stdout' | 'stderr') => {
    const through = new PassThrough()
    through.on('data', (chunk: Buffer) => {
      printed[name] += chunk.toString('utf8')
      options.onOutput?.(printed.stdout + printed.stderr, user)
    })
    return Object.assign(through, options.terminal && { isTTY: true, ...options.terminal })
  }
  const stdin = new PassThrough()
  stdin.end(options.input ?? '')
  const io: Io = {
    stdin: Object.assign(stdin, options.terminal && { isTTY: true }),
    stdout: options.isReaderGone ? brokenPipe() : stream('stdout'),
    stderr: stream('stderr'),
    env: options.env ?? {},
    clock: systemClock,
    isRoot: false,
    homeFolder: '/nonexistent',
    onInterrupt(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
  const host = { env: io.env, folder: process.cwd(), home: io.homeFolder, isRoot: io.isRoot }
  const code = await runCli(argv, io, {
    version: '1.2.3',
    serve: async () => 42,
    openMaintenance: (given) => openMaintenance(given, { host, version: '1.2.3' }),
  })
  // What was written last reaches the listeners above in the next turn.
  await new Promise((resolve) => setImmediate(resolve))
  return { code, ...printed }
}

function brokenPipe(): Writable {
  const error = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })
  return new Writable({ write: (_chunk, _encoding, done) => done(error) })
}

/** A whole Drover with its own data folder, and the CLI set up for it. */
export interface CliBench {
  readonly url: string
  /** An empty folder, removed at the end. */
  readonly folder: string
  readonly env: Io['env']
  run(argv: readonly string[], options?: RunOptions): Promise<Ran>
  /** Runs with `-o json` and parses what it printed; an exit code other than 0 is an error. */
  json<T>(argv: readonly string[]): Promise<T>
  close(): Promise<void>
}

/** Starts it with the profile type `scripted`, so that nodes are quick and fail on demand. */
export async function createCliBench(flags: Readonly<Record<string, string>> = {}): Promise<CliBench> {
  const folder = await mkdtemp(join(tmpdir(), 'drover-cli-'))
  const data = join(folder, 'data')
  const config = resolveConfig({
    flags: { ...flags, data, listen: '127.0.0.1:0' },
    env: {},
    file: null,
    host: { folder, home: folder, isRoot: false },
  })
  const drover = await startDrover({
    config,
    version: '1.2.3',
    log: silentLog,
    env: { PATH: process.env['PATH'] },
    simulate: true,
    resetAdminKey: false,
  })
  const env = { DROVER_SERVER: drover.url, DROVER_DATA: data, TZ: 'UTC' }
  const run: CliBench['run'] = (argv, options = {}) =>
    runInProcess(argv, { ...options, env: { ...env, ...options.env } })
  return {
    url: drover.url,
    folder,
    env,
    run,
    async json<T>(argv: readonly string[]): Promise<T> {
      const { code, stdout, stderr } = await run([...argv, '-o', 'json'])
      if (code !== 0) throw new Error(`drover ${argv.join(' ')} ended with ${code}: ${stderr}`)
      return JSON.parse(stdout) as T
    },
    async close() {
      await drover.close()
      await removeTree(folder)
    },
  }
}
