import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  realpathSync,
} from 'node:fs'
import { rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findNodeProcesses } from './processes.ts'
import { waitFor } from './wait-for.ts'

/** The repository's root: where `./drover` is. */
export const ROOT = join(import.meta.dirname, '..')

const START_MS = 60_000
const COMMAND_MS = 60_000
const REQUEST_MS = 20_000

export interface DroverOptions {
  /** Further flags of `serve`. */
  readonly flags?: readonly string[]
  /** Who it runs as; this process' own user if absent. */
  readonly user?: { readonly uid: number; readonly gid: number }
  /** Further variables of its environment, and of its commands'. */
  readonly env?: NodeJS.ProcessEnv
  /** The data folder of another one, to share; its own if absent. */
  readonly dataFolder?: string
}

/** How a command ended. */
export interface Ran {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** How a request was answered. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** Parsed if it is JSON, else the text. */
  // biome-ignore lint/suspicious/noExplicitAny: a test asserts what it reads of an answer.
  readonly body: any
}

export interface RequestOptions {
  /** Sent as JSON, bytes and text as they are. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** Instead of the administrator's. */
  readonly apiKey?: string
  /** How long an answer is awaited. Default 20 s. */
  readonly timeoutMs?: number
}

/** Whoever can be asked: one server, or several as one. */
export interface Client {
  /** Sends a request. @param path below the default project if it does not begin with `/api/` */
  ask(method: string, path: string, options?: RequestOptions): Promise<Answer>
  /** As `ask`, for what must be answered with a success. @returns the body */
  get<T>(path: string): Promise<T>
}

/** A Drover server in a temporary folder, run and spoken to from outside, as anybody would. */
export class Drover implements Client {
  readonly folder: string
  readonly dataFolder: string
  readonly url: string
  readonly #options: DroverOptions
  readonly #logFile: string
  #server: ChildProcess | null = null
  #isFrozen = false
  #apiKey = ''

  private constructor(folder: string, port: number, options: DroverOptions) {
    this.folder = folder
    this.dataFolder = options.dataFolder ?? join(folder, 'data')
    this.#logFile = join(folder, 'drover.log')
    this.url = `http://127.0.0.1:${port}`
    this.#options = options
  }

  /** Makes the folder and chooses a free port. Nothing runs yet. */
  static async prepare(options: DroverOptions = {}): Promise<Drover> {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'drover-system-')))
    const drover = new Drover(folder, await findFreePort(), options)
    mkdirSync(drover.dataFolder, { recursive: true })
    if (options.user !== undefined) {
      const { uid, gid } = options.user
      for (const path of [folder, drover.dataFolder]) chownSync(path, uid, gid)
    }
    chmodSync(folder, 0o711)
    return drover
  }

  /** Whether the server's process runs. */
  get isRunning(): boolean {
    return this.#server !== null && this.#server.exitCode === null && this.#server.signalCode === null
  }

  /** Whether it runs and goes on. */
  get isAwake(): boolean {
    return this.isRunning && !this.#isFrozen
  }

  /** The server's process, if it was ever started. */
  get pid(): number | undefined {
    return this.#server?.pid
  }

  /** Starts the server and waits until it is ready. */
  async start(): Promise<void> {
    const server = this.spawn()
    await waitFor('drover serve is ready', START_MS, async () => {
      if (!this.isRunning) {
        throw new Error(
          `drover serve ended with ${server.exitCode ?? server.signalCode}:\n${this.logTail(20)}`,
        )
      }
      const response = await fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(2000) }).catch(
        () => null,
      )
      return response?.ok === true
    })
    this.#apiKey = readFileSync(join(this.dataFolder, 'admin.key'), 'utf8').trim()
  }

  /** Starts the server and does not wait. */
  spawn(): ChildProcess {
    const log = openSync(this.#logFile, 'a')
    this.#isFrozen = false
    this.#server = spawn(join(ROOT, 'drover'), this.serveArguments(), {
      ...this.#spawnOptions(),
      stdio: ['ignore', log, log],
    })
    closeSync(log)
    return this.#server
  }

  /** The command line that this server is started with. */
  serveArguments(): string[] {
    const { flags = [] } = this.#options
    return ['serve', '--data', this.dataFolder, '--listen', new URL(this.url).host, ...flags]
  }

  /** Sends the server a signal and waits for its end. @returns its exit code, null if the signal ended it */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    const server = this.#server
    if (server === null || !this.isRunning) return server?.exitCode ?? null
    const ended = once(server, 'exit', { signal: AbortSignal.timeout(30_000) })
    server.kill(signal)
    await ended
    return server.exitCode
  }

  /** Stops the server's process as a sleeping laptop would, or wakes it up again. */
  freeze(isFrozen: boolean): void {
    if (this.#server?.kill(isFrozen ? 'SIGSTOP' : 'SIGCONT')) this.#isFrozen = isFrozen
  }

  /** Runs a command of the CLI and waits for its end. @param env stronger than what it is given anyway */
  async run(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> {
    const options = this.#spawnOptions()
    const child = spawn(join(ROOT, 'drover'), args, {
      ...options,
      env: { ...options.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: COMMAND_MS,
    })
    const printed = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (chunk: string) => {
        printed[name] += chunk
      })
    }
    await once(child, 'close')
    if (child.exitCode === null) throw new Error(`drover ${args.join(' ')}: ended by ${child.signalCode}`)
    return { exitCode: child.exitCode, ...printed }
  }

  /** Runs a command that must succeed, and parses what it printed. */
  async json<T>(args: readonly string[]): Promise<T> {
    const { exitCode, stdout, stderr } = await this.run([...args, '-o', 'json'])
    if (exitCode !== 0) throw new Error(`drover ${args.join(' ')} ended with ${exitCode}: ${stderr}`)
    return JSON.parse(stdout) as T
  }

  async ask(method: string, path: string, options: RequestOptions = {}): Promise<Answer> {
    const { body, headers = {}, apiKey = this.#apiKey, timeoutMs = REQUEST_MS } = options
    const isRaw = typeof body === 'string' || body instanceof Uint8Array
    const response = await fetch(this.urlOf(path), {
      method,
      headers: {
        authorization: `Bearer ${apiKey}`,
        ...(body !== undefined && !isRaw && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && {
        body: isRaw ? (body as NonNullable<RequestInit['body']>) : JSON.stringify(body),
      }),
      signal: AbortSignal.timeout(timeoutMs),
    })
    const text = await response.text()
    const isJson = /json/.test(response.headers.get('content-type') ?? '')
    return {
      status: response.status,
      headers: response.headers,
      body: isJson && text ? JSON.parse(text) : text,
    }
  }

  async get<T>(path: string): Promise<T> {
    const { status, body } = await this.ask('GET', path)
    if (status !== 200) throw new Error(`GET ${path} answered ${status}: ${JSON.stringify(body)}`)
    return body as T
  }

  /** The whole address of a path. */
  urlOf(path: string): string {
    return `${this.url}${path.startsWith('/api/') ? '' : '/api/v1/projects/default'}${path}`
  }

  /** The administrator's key. */
  get apiKey(): string {
    return this.#apiKey
  }

  /** The last lines of the server's log. */
  logTail(lines: number): string {
    return readFileSync(this.#logFile, 'utf8').trimEnd().split('\n').slice(-lines).join('\n')
  }

  /** Ends everything that runs for this folder, and removes it. */
  async destroy(): Promise<void> {
    await this.end('SIGKILL')
    await waitFor('its processes are gone', 10_000, async () => {
      const left = findNodeProcesses(this.dataFolder)
      for (const { pid } of left) kill(pid)
      return left.length === 0
    })
    await makeWritable(this.folder)
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 })
  }

  #spawnOptions() {
    const { user, env: further } = this.#options
    // Without settings that would send commands to another Drover, or make this one another.
    const own = Object.entries(process.env).filter(([name]) => !/^(DROVER_|NODE_TEST|FORCE_COLOR)/.test(name))
    const env: NodeJS.ProcessEnv = {
      ...Object.fromEntries(own),
      DROVER_SERVER: this.url,
      DROVER_DATA: this.dataFolder,
      NO_COLOR: '1',
      ...further,
      ...(user !== undefined && { HOME: this.folder }),
    }
    return { cwd: user === undefined ? ROOT : this.folder, env, ...user }
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

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended by itself.
  }
}

/** Unpacked bundles are read-only, folders included, and only root may remove something from such a folder. */
async function makeWritable(folder: string): Promise<void> {
  const child = spawn('chmod', ['-R', 'u+rwX', folder], { stdio: 'ignore' })
  await once(child, 'close')
}
