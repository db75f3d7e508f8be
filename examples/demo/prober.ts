import { request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Measured, measure, type Probe } from './availability.ts'

/** Where a node serves. */
export interface Endpoint {
  readonly host: string
  readonly port: number
}

const PAUSE_MS = 20
const PATIENCE_MS = 1000

/**
 * A client of the service that knows nothing of Drover: asks every node again and again, over a new connection each
 * time, and remembers who answered.
 */
export class Prober {
  readonly #probes: Probe[][]
  readonly #loops: Promise<unknown>
  #isStopped = false

  private constructor(endpoints: readonly Endpoint[]) {
    this.#probes = endpoints.map(() => [])
    this.#loops = Promise.all(endpoints.map((endpoint, index) => this.#loop(endpoint, this.#probes[index]!)))
  }

  /** Begins to ask; every node was asked once when this returns. */
  static async begin(endpoints: readonly Endpoint[]): Promise<Prober> {
    const prober = new Prober(endpoints)
    while (prober.#probes.some((probes) => probes.length === 0)) await sleep(PAUSE_MS)
    return prober
  }

  /** What was seen since an instant (of `performance.now()`). */
  measureSince(instant: number): Measured {
    return measure(this.#probes.map((probes) => probes.filter(({ sentAt }) => sentAt >= instant)))
  }

  /** Asks every node a last time, and tells what was seen from the beginning. */
  async stop(): Promise<Measured> {
    this.#isStopped = true
    await this.#loops
    return measure(this.#probes)
  }

  async #loop(endpoint: Endpoint, probes: Probe[]): Promise<void> {
    for (let isLast = false; ; isLast = this.#isStopped) {
      const sentAt = performance.now()
      const version = await askVersion(endpoint)
      probes.push({ sentAt, endedAt: performance.now(), version })
      if (isLast) return
      await sleep(PAUSE_MS)
    }
  }
}

/** The version that a node answers with; null if it does not answer properly within a second. */
function askVersion({ host, port }: Endpoint): Promise<string | null> {
  return new Promise((resolve) => {
    const sent = request({ host, port, path: '/', agent: false, signal: AbortSignal.timeout(PATIENCE_MS) })
    sent.on('error', () => resolve(null))
    sent.on('response', (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.on('error', () => resolve(null))
      response.on('end', () => resolve(response.statusCode === 200 ? readVersion(text) : null))
    })
    sent.end()
  })
}

function readVersion(text: string): string | null {
  try {
    return (JSON.parse(text) as { version?: string }).version ?? null
  } catch {
    return null
  }
}
