import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'

const SSHD = ['/usr/sbin/sshd', '/usr/local/sbin/sshd'].find((path) => existsSync(path))

/** Why tests that need hosts cannot run here; false if they can. */
export const skipHosts: string | false =
  SSHD === undefined || process.platform !== 'linux' ? 'needs Linux and sshd (Debian: openssh-server)' : false

/** One host: an sshd of its own, with an address, a port, a host key and a folder of its own on this machine. */
export class TestHost {
  readonly address: string
  readonly port: number
  readonly folder: string
  /** What its `known_hosts` line would say. */
  hostKey: string
  readonly #extra: string
  #sshd: ChildProcess | null = null

  private constructor(folder: string, address: string, port: number, extra: string) {
    Object.assign(this, { folder, address, port })
    this.folder = folder
    this.address = address
    this.port = port
    this.#extra = extra
    this.hostKey = this.#makeKey()
  }

  /** @param extra further lines of `sshd_config` */
  static async begin(folder: string, address: string, publicKey: string, extra = ''): Promise<TestHost> {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'authorized_keys'), `${publicKey}\n`, { mode: 0o600 })
    const host = new TestHost(folder, address, await freePort(address), extra)
    await host.start()
    return host
  }

  get id(): string {
    return `${this.address}:${this.port}`
  }

  async start(): Promise<void> {
    // Where root's sshd puts its unprivileged part; a system that starts it makes the folder.
    if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true })
    const config = join(this.folder, 'sshd_config')
    writeFileSync(config, this.#config())
    this.#sshd = spawn(SSHD as string, ['-D', '-f', config, '-E', join(this.folder, 'sshd.log')], {
      stdio: 'ignore',
    })
    const began = Date.now()
    while (!(await answers(this.address, this.port))) {
      if (this.#sshd.exitCode !== null || Date.now() - began > 20_000) {
        throw new Error(`sshd does not start: ${readFileSync(join(this.folder, 'sshd.log'), 'utf8')}`)
      }
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  /** Ends its sshd and every session that it has, as if the host were switched off. What runs there goes on. */
  async goAway(): Promise<void> {
    const sshd = this.#sshd
    this.#sshd = null
    if (sshd === null || sshd.exitCode !== null || sshd.signalCode !== null) return
    const sessions = descendantsOf(sshd.pid as number)
    const gone = once(sshd, 'exit')
    sshd.kill('SIGKILL')
    await gone
    for (const pid of sessions) kill(pid)
  }

  /** Gives it another key, as if it had been set up anew, or somebody were in between. */
  async changeKey(): Promise<void> {
    await this.goAway()
    this.hostKey = this.#makeKey()
    await this.start()
  }

  #makeKey(): string {
    const file = join(this.folder, 'host_key')
    rmSync(file, { force: true })
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', file])
    return readFileSync(`${file}.pub`, 'utf8').trim()
  }

  #config(): string {
    return [
      `ListenAddress ${this.address}:${this.port}`,
      `HostKey ${join(this.folder, 'host_key')}`,
      `PidFile ${join(this.folder, 'sshd.pid')}`,
      `AuthorizedKeysFile ${join(this.folder, 'authorized_keys')}`,
      // A folder of its own, as every host has.
      `SetEnv HOME=${this.folder}`,
      ...['StrictModes no', 'UsePAM no', 'PermitRootLogin yes', 'MaxStartups 100'],
      this.#extra,
      '',
    ].join('\n')
  }
}

/** Hosts on addresses of this machine, a key pair that opens them, and an end of all of it. */
export class TestHosts {
  readonly folder: string
  readonly user = userInfo().username
  readonly privateKey: string
  readonly publicKey: string
  readonly hosts: TestHost[] = []

  private constructor(folder: string) {
    this.folder = folder
    const file = join(folder, 'id_ed25519')
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', file])
    this.privateKey = readFileSync(file, 'utf8')
    this.publicKey = readFileSync(`${file}.pub`, 'utf8').trim()
  }

  static async begin(count: number, extra = ''): Promise<TestHosts> {
    const hosts = new TestHosts(mkdtempSync(join(tmpdir(), 'drover-ssh-')))
    try {
      for (let index = 0; index < count; index += 1) {
        const address = `127.0.${(process.pid % 200) + 10}.${index + 1}`
        hosts.hosts.push(
          await TestHost.begin(join(hosts.folder, `host-${index + 1}`), address, hosts.publicKey, extra),
        )
      }
    } catch (error) {
      await hosts.close()
      throw error
    }
    return hosts
  }

  /** Ends every sshd and all that was started on them. */
  async close(): Promise<void> {
    for (const host of this.hosts) await host.goAway()
    for (;;) {
      const left = pidsUnder(this.folder)
      if (left.length === 0) break
      for (const pid of left) kill(pid)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    execFileSync('chmod', ['-R', 'u+w', this.folder])
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 10 })
  }
}

/** Living processes that carry a folder, or one of a node's, in their environment. */
export function pidsUnder(folder: string, nodeId = ''): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      if (!(pid > 0) || isZombie(pid)) return false
      const environment = `\0${read(`/proc/${pid}/environ`)}`
      if (!environment.includes(`\0DROVER_WORK_DIR=${folder}/`)) return false
      return nodeId === '' || environment.includes(`\0DROVER_NODE_ID=${nodeId}\0`)
    })
}

export function isRunning(pid: number): boolean {
  return existsSync(`/proc/${pid}/stat`) && !isZombie(pid)
}

/** The first process of the session that a process is in. */
export function sessionOf(pid: number): number {
  return Number(statOf(pid)[3])
}

function isZombie(pid: number): boolean {
  const state = statOf(pid)[0]
  return state === undefined || state === 'Z' || state === 'X'
}

function descendantsOf(pid: number): number[] {
  const children = readdirSync('/proc')
    .map(Number)
    .filter((each) => each > 0 && Number(statOf(each)[1]) === pid)
  return children.flatMap((child) => [child, ...descendantsOf(child)])
}

function statOf(pid: number): readonly string[] {
  const stat = read(`/proc/${pid}/stat`)
  return stat === '' ? [] : stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended by itself.
  }
}

async function freePort(address: string): Promise<number> {
  const server = createServer().listen(0, address)
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

async function answers(address: string, port: number): Promise<boolean> {
  const { connect } = await import('node:net')
  return await new Promise((resolve) => {
    const socket = connect({ host: address, port })
    socket.once('data', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
