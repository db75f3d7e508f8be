import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, realpathSync } from 'node:fs'
import { chmod, readdir, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { killNodeProcesses } from './processes.ts'

/** The repository's root: where `./drover` is, and where commands are run. */
export const ROOT = join(import.meta.dirname, '../..')

const START_MS = 60_000
const STOP_MS = 20_000
const COMMAND_MS = 120_000

/** A Drover server in a temporary folder, run and spoken to from outside, as anybody would. */
export class Drover {
  readonly folder: string
  readonly dataFolder: string
  readonly url: string
  readonly #logFile: string
  #server: ChildProcess | null = null
  #command: ChildProcess | null = null
  #apiKey = ''
  #isDestroyed = false

  private constructor(folder: string, port: number) {
    this.folder = folder
    this.dataFolder = join(folder, 'data')
    this.#logFile = join(folder, 'drover.log')
    this.url = `http://127.0.0.1:${port}`
    mkdirSync(this.dataFolder)
  }

  /** Makes the folder and chooses a free port. Nothing runs yet. */
  static async prepare(): Promise<Drover> {
    return new Drover(realpathSync(mkdtempSync(join(tmpdir(), 'drover-demo-'))), await findFreePort())
  }

  /** Starts the server and waits until it is ready. */
  async start(): Promise<void> {
    if (this.#isDestroyed) throw new Error('this Drover is gone')
    const listen = new URL(this.url).host
    const log = openSync(this.#logFile, 'a')
    const server = spawn(join(ROOT, 'drover'), ['serve', '--data', this.dataFolder, '--listen', listen], {
      cwd: ROOT,
      env: this.#environment(),
      stdio: ['ignore', log, log],
    })
    closeSync(log)
    this.#server = server
    const deadline = Date.now() + START_MS
    while (!(await this.#isReady())) {
      if (server.exitCode !== null) throw new Error(`drover serve ended with exit code ${server.exitCode}`)
      if (Date.now() > deadline) throw new Error(`drover serve was not ready within ${START_MS / 1000} s`)
      await sleep(25)
    }
    this.#apiKey = readFileSync(join(this.dataFolder, 'admin.key'), 'utf8').trim()
  }

  /** Sends the server a signal and waits for its end. @returns its exit code, null if the signal ended it */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    const server = this.#server
    if (server === null) return null
    this.#server = null
    if (server.exitCode !== null || server.signalCode !== null) return server.exitCode
    const ended = once(server, 'exit', { signal: AbortSignal.timeout(STOP_MS) })
    server.kill(signal)
    await ended
    return server.exitCode
  }

  /**
   * Runs a command of the CLI.
   * @param output `live` lets it draw on this process's terminal; else it gets each line as it is printed
   * @returns the exit code
   */
  async run(args: readonly string[], output: 'live' | ((line: string) => void)): Promise<number> {
    const child = spawn(join(ROOT, 'drover'), args, {
      cwd: ROOT,
      env: this.#environment(),
      stdio: output === 'live' ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
      timeout: COMMAND_MS,
    })
    this.#command = child
    if (output !== 'live') {
      for (const stream of [child.stdout!, child.stderr!])
        createInterface({ input: stream }).on('line', output)
    }
    await once(child, 'close')
    if (child.exitCode === null) throw new Error(`drover ${args.join(' ')}: ended by ${child.signalCode}`)
    return child.exitCode
  }

  /** Reads from the REST API. @param path below the default project: `/clusters/web` */
  async get<T>(path: string): Promise<T> {
    const response = await fetch(`${this.url}/api/v1/projects/default${path}`, {
      headers: { authorization: `Bearer ${this.#apiKey}` },
      signal: AbortSignal.timeout(10_000),
    })
    if (!response.ok) throw new Error(`GET ${path} answered ${response.status}: ${await response.text()}`)
    return (await response.json()) as T
  }

  /** The last lines of the server's log. */
  logTail(lines: number): string {
    return readFileSync(this.#logFile, 'utf8').trimEnd().split('\n').slice(-lines).join('\n')
  }

  /** Ends everything that runs for this folder, and removes it. May be called at any time, and again. */
  async destroy(): Promise<void> {
    this.#isDestroyed = true
    this.#command?.kill('SIGKILL')
    await this.end('SIGKILL')
    await killNodeProcesses(this.dataFolder)
    await removeTree(this.folder)
  }

  async #isReady(): Promise<boolean> {
    try {
      const response = await fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(1000) })
      return response.ok
    } catch {
      return false
    }
  }

  /** Ours, without settings that would send commands to another Drover, or make this one another. */
  #environment(): NodeJS.ProcessEnv {
    const own = Object.entries(process.env).filter(([name]) => !name.startsWith('DROVER_'))
    return { ...Object.fromEntries(own), DROVER_SERVER: this.url, DROVER_DATA: this.dataFolder }
  }
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

/** Unpacked bundles are read-only, folders included, and only root may remove something from such a folder. */
async function removeTree(folder: string): Promise<void> {
  await makeWritable(folder).catch(() => {})
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
}

async function makeWritable(folder: string): Promise<void> {
  await chmod(folder, 0o700)
  const entries = await readdir(folder, { withFileTypes: true })
  for (const entry of entries) if (entry.isDirectory()) await makeWritable(join(folder, entry.name))
}
