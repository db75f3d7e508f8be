import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ENVIRONMENT, findFreePorts } from './drover.ts'
import type { Bench } from './row.ts'

const POLL_MS = 2
const PATIENCE_MS = 20_000

interface Place {
  readonly port: number
  child: ChildProcess
}

/**
 * The physical limit of a rolling update: the same starts and stops of the same processes, as fast as they go, by a
 * loop that records nothing, checks nothing but `/health`, and would lose everything if it were killed.
 */
export class BareLoop {
  readonly #script: string
  readonly #log: string
  readonly #places: Place[]

  private constructor(script: string, log: string, places: Place[]) {
    this.#script = script
    this.#log = log
    this.#places = places
  }

  /** Starts all processes, and waits until they answer. */
  static async begin(bench: Bench, script: string, processes: number): Promise<BareLoop> {
    const log = join(bench.makeFolder(), 'output.log')
    const ports = await findFreePorts(processes)
    const places = ports.map((port) => ({ port, child: launch(script, port, log) }))
    const loop = new BareLoop(script, log, places)
    bench.onEnd(() => loop.end())
    await Promise.all(ports.map(untilHealthy))
    return loop
  }

  /** Replaces each process, `parallel` of them at a time. @returns seconds */
  async replaceAll(parallel: number): Promise<number> {
    const from = performance.now()
    const left = [...this.#places]
    const work = async () => {
      for (let place = left.shift(); place !== undefined; place = left.shift()) {
        await stop(place.child, 'SIGTERM')
        place.child = launch(this.#script, place.port, this.#log)
        await untilHealthy(place.port)
      }
    }
    await Promise.all(Array.from({ length: parallel }, work))
    return (performance.now() - from) / 1000
  }

  async end(): Promise<void> {
    await Promise.all(this.#places.map(({ child }) => stop(child, 'SIGKILL')))
  }
}

function launch(script: string, port: number, log: string): ChildProcess {
  const output = openSync(log, 'a')
  const { PATH, HOME, LANG } = ENVIRONMENT
  const env = { PATH, HOME, LANG, PORT: String(port), HOST: '127.0.0.1' }
  // In a session of its own, as Drover's nodes are: the kernel shares a busy machine out by session.
  const child = spawn(process.execPath, [script], { env, detached: true, stdio: ['ignore', output, output] })
  closeSync(output)
  return child
}

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill(signal)
  await exit
}

async function untilHealthy(port: number): Promise<void> {
  const until = performance.now() + PATIENCE_MS
  while (!(await isHealthy(port))) {
    if (performance.now() > until) throw new Error(`nothing answers on port ${port}`)
    await sleep(POLL_MS)
  }
}

/** By hand, over a bare socket: a client that costs the machine something would slow down what it waits for. */
function isHealthy(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    const settle = (isWell: boolean) => {
      resolve(isWell)
      socket.destroy()
    }
    socket.on('error', () => settle(false))
    socket.on('close', () => settle(false))
    socket.on('connect', () =>
      socket.write('GET /health HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n'),
    )
    socket.on('data', (answer) => settle(answer.toString('latin1').startsWith('HTTP/1.1 200')))
  })
}
