import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

/** Why the tests that need HAProxy cannot run here; false if they can. */
export const WITHOUT_HAPROXY =
  spawnSync('haproxy', ['-v'], { env: withSbin() }).status === 0
    ? false
    : 'the program haproxy is not installed (Debian package haproxy)'

/** A real HAProxy in front of nothing yet. */
export interface TestHaproxy {
  readonly socket: string
  readonly url: string
  /** Starts it again with the same configuration, as an operator would: it forgets what it was told. */
  restart(): Promise<void>
  stop(): Promise<void>
  close(): Promise<void>
}

export async function startHaproxy(): Promise<TestHaproxy> {
  const folder = mkdtempSync(join(tmpdir(), 'drover-haproxy-'))
  const port = await findFreePort()
  const socket = join(folder, 'admin.sock')
  writeFileSync(join(folder, 'haproxy.cfg'), configuration(socket, port))
  let child: ChildProcess | null = null
  const stop = async () => {
    const running = child
    child = null
    if (!running || running.exitCode !== null) return
    const ended = once(running, 'exit')
    running.kill('SIGKILL')
    await ended
  }
  const start = async () => {
    const started = spawn('haproxy', ['-db', '-f', 'haproxy.cfg'], {
      cwd: folder,
      env: withSbin(),
      stdio: 'ignore',
    })
    child = started
    const deadline = Date.now() + 10_000
    while (!(await answers(port))) {
      if (started.exitCode !== null || Date.now() > deadline) throw new Error('haproxy did not start')
      await wait(20)
    }
  }
  await start()
  return {
    socket,
    url: `http://127.0.0.1:${port}`,
    async restart() {
      await stop()
      await start()
    },
    stop,
    async close() {
      await stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function configuration(socket: string, port: number): string {
  return `
global
  stats socket ${socket} mode 600 level admin
  maxconn 1000
defaults
  mode http
  timeout connect 1s
  timeout client 30s
  timeout server 30s
  retries 3
  option redispatch 1
frontend clients
  bind 127.0.0.1:${port}
  default_backend web
backend web
  balance roundrobin
  option httpchk GET /health
  server theirs 127.0.0.1:1 disabled
`
}

function withSbin(): NodeJS.ProcessEnv {
  return { PATH: `${process.env['PATH']}:/usr/sbin:/usr/local/sbin` }
}

async function answers(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/`).then(
    () => true,
    () => false,
  )
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
