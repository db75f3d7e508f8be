import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Why there is no load on this machine; false if there can be. */
export const WITHOUT_WRK =
  spawnSync('wrk', ['-v']).error === undefined
    ? false
    : 'the program wrk is not installed (Debian package wrk)'

/** What became of the requests of a load. */
export interface LoadResult {
  readonly requests: number
  readonly seconds: number
  /** Answered with another status than 2xx or 3xx. */
  readonly refused: number
  /** Not answered: connections that were broken off, and time-outs. */
  readonly unanswered: number
}

const LONGEST_SECONDS = 120
/** As wrk ends, it calls this. */
const SCRIPT = `
function done(summary)
  local e = summary.errors
  print(string.format('{"requests":%d,"micros":%d,"refused":%d,"unanswered":%d}',
    summary.requests, summary.duration, e.status, e.connect + e.read + e.write + e.timeout))
end
`

/** A load of requests that goes on, each connection with its next one as soon as it was answered, until it is ended. */
export class Load {
  readonly #wrk: ChildProcess
  readonly #folder: string
  #printed = ''

  constructor(url: string, connections: number) {
    this.#folder = mkdtempSync(join(tmpdir(), 'drover-wrk-'))
    const script = join(this.#folder, 'report.lua')
    writeFileSync(script, SCRIPT)
    const load = ['-t1', `-c${connections}`, `-d${LONGEST_SECONDS}s`, '--timeout', '10s']
    this.#wrk = spawn('wrk', [...load, '-s', script, url], { stdio: ['ignore', 'pipe', 'inherit'] })
    this.#wrk.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#printed += text
    })
  }

  async end(): Promise<LoadResult> {
    const closed = once(this.#wrk, 'close')
    this.#wrk.kill('SIGINT')
    await closed
    this.discard()
    const line = this.#printed.split('\n').find((text) => text.startsWith('{'))
    if (line === undefined) throw new Error(`wrk told nothing:\n${this.#printed}`)
    const { micros, ...counts } = JSON.parse(line) as Omit<LoadResult, 'seconds'> & { micros: number }
    return { ...counts, seconds: micros / 1e6 }
  }

  /** Ends it, whatever it has to tell. */
  discard(): void {
    this.#wrk.kill('SIGKILL')
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
