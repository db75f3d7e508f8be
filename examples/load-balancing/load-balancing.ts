import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Drover, ROOT } from '../demo/drover-process.ts'
import { Clients } from './clients.ts'

/**
 * A service behind HAProxy is scaled out, updated and scaled in while clients ask it without a pause. Ends with exit code 1
 * if one request was lost.
 */
const SIZE = 3
const CLIENTS = 8

const drover = await Drover.prepare()
const socket = join(drover.folder, 'admin.sock')
/** What else runs, to be ended with it. */
const started: ChildProcess[] = []
try {
  const url = await startHaproxy()
  await drover.start()
  await run('bundle', 'publish', 'examples/hello-http/v1')
  await run('bundle', 'publish', 'examples/hello-http/v2')
  await run(
    'cluster',
    'create',
    'web',
    '--bundle',
    'hello-http@1',
    '--size',
    String(SIZE),
    '--max',
    '8',
    '--wait',
  )
  await putBehind()
  await untilServed(url)

  const clients = new Clients(`${url}/`, CLIENTS)
  await run('cluster', 'resize', 'web', String(SIZE + 2), '--wait')
  await run('update', 'start', 'web', '--bundle', 'hello-http@2', '--wait')
  await run('cluster', 'resize', 'web', String(SIZE), '--wait')
  const { answered, lost, versions } = await clients.end()
  console.log(`${answered} requests answered, by versions ${[...versions].join(' and ')}; ${lost} lost`)
  if (lost > 0) process.exitCode = 1
} finally {
  for (const child of started) child.kill('SIGKILL')
  await drover.destroy()
}

async function startHaproxy(): Promise<string> {
  const port = await findFreePort()
  const haproxy = spawn('haproxy', ['-db', '-f', join(import.meta.dirname, 'haproxy.cfg')], {
    cwd: drover.folder,
    env: { PATH: `${process.env['PATH']}:/usr/sbin`, ADMIN_SOCKET: socket, CLIENT_PORT: String(port) },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  started.push(haproxy)
  await once(haproxy, 'spawn')
  return `http://127.0.0.1:${port}`
}

async function putBehind(): Promise<void> {
  const file = join(drover.folder, 'behind.json')
  const properties = { haproxy: { socket, backend: 'web' } }
  writeFileSync(file, JSON.stringify({ type: 'loadbalance', version: '1.3', properties }))
  await run('policy', 'create', 'behind', '--file', file)
  await run('cluster', 'policy', 'attach', 'web', 'behind', '--wait')
}

async function untilServed(url: string): Promise<void> {
  const deadline = Date.now() + 20_000
  while (
    !(await fetch(url).then(
      ({ ok }) => ok,
      () => false,
    ))
  ) {
    if (Date.now() > deadline) throw new Error('no node answered through HAProxy within 20 s')
    await sleep(50)
  }
}

async function run(...args: string[]): Promise<void> {
  console.log(`$ drover ${args.join(' ')}`)
  const exitCode = await drover.run(args, (line) => console.log(`  ${line.replace(`${ROOT}/`, '')}`))
  if (exitCode !== 0) throw new Error(`drover ${args.join(' ')} ended with ${exitCode}`)
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
