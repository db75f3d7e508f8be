import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { waitFor } from '../../system/wait-for.ts'

const run = promisify(execFile)
const VERSION = 'v1.8.0'
const BUILD_MS = 15 * 60_000

/** Who may do everything in it. */
export const OWNER = { accessKeyId: 'drover-conformance', secretAccessKey: 'not-a-word-of-it-may-show' }

/**
 * The program of an S3 server that keeps versions, built from its module once and kept outside of the repository.
 * @returns its path, else why there is none, where Go or the network are missing; on CI that is an error
 */
export async function buildServer(): Promise<{ readonly program: string } | string> {
  const caches = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache')
  const folder = join(caches, 'drover-conformance', `versitygw-${VERSION}`)
  const program = join(folder, 'versitygw')
  if (existsSync(program)) return { program }
  const work = `${folder}.${process.pid}`
  try {
    await mkdir(work, { recursive: true })
    // Without names for a debugger it links sooner.
    const module = `github.com/versity/versitygw/cmd/versitygw@${VERSION}`
    const args = ['-n', '10', 'go', 'install', '-ldflags=-s -w', module]
    const env = { ...process.env, GOBIN: work, GOTOOLCHAIN: 'local' }
    await run('nice', args, { cwd: work, timeout: BUILD_MS, env, maxBuffer: 16 * 1024 ** 2 })
    await mkdir(folder, { recursive: true })
    await rename(join(work, 'versitygw'), program)
    return { program }
  } catch (error) {
    const { stderr = '' } = error as { readonly stderr?: string }
    const reason = `the S3 server could not be built: ${stderr.trim().split('\n').at(-1) || error}`
    if (process.env['CI']) throw new Error(reason, { cause: error })
    return reason
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** One that runs, in a folder of its own. */
export class S3Server {
  readonly port: number
  readonly #program: string
  readonly #folder: string
  #process: ChildProcess | null = null

  private constructor(program: string, folder: string, port: number) {
    this.#program = program
    this.#folder = folder
    this.port = port
  }

  static async start(program: string): Promise<S3Server> {
    const folder = await mkdtemp(join(tmpdir(), 'drover-s3-'))
    for (const name of ['objects', 'versions', 'metadata']) await mkdir(join(folder, name))
    const server = new S3Server(program, folder, await findFreePort())
    await server.resume()
    return server
  }

  /** Starts it with what is in its folder, and waits until it answers. */
  async resume(): Promise<void> {
    const folder = (name: string) => join(this.#folder, name)
    const kept = ['--versioning-dir', folder('versions'), '--sidecar', folder('metadata'), folder('objects')]
    const args = ['--port', `127.0.0.1:${this.port}`, '--quiet', 'posix', ...kept]
    const { PATH } = process.env
    const env = { PATH, ROOT_ACCESS_KEY: OWNER.accessKeyId, ROOT_SECRET_KEY: OWNER.secretAccessKey }
    const started = spawn(this.#program, args, { env, stdio: 'ignore' })
    this.#process = started
    await waitFor('the S3 server listens', 30_000, async () => {
      if (started.exitCode !== null) throw new Error(`the S3 server ended with ${started.exitCode}`)
      return await isOpen(this.port)
    })
  }

  /** As a power cut would. */
  async kill(): Promise<void> {
    const running = this.#process
    if (running === null || running.exitCode !== null || running.signalCode !== null) return
    const ended = once(running, 'exit')
    running.kill('SIGKILL')
    await ended
  }

  async destroy(): Promise<void> {
    await this.kill()
    await rm(this.#folder, { recursive: true, force: true })
  }
}

async function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
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
