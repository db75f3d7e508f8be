import { setTimeout as sleep } from 'node:timers/promises'
import { findPrograms, isAlive, type NodeProcess } from './processes.ts'

const PAUSE_MS = 60

/** Looks at the machine's processes all the time, for a node that runs twice. */
export class Watcher {
  readonly #dataFolder: string
  readonly #loop: Promise<void>
  #isStopped = false
  #doubles: string[] = []
  #looks = 0

  constructor(dataFolder: string) {
    this.#dataFolder = dataFolder
    this.#loop = this.#watch()
  }

  /** @returns what was seen that must not be, in words; and how often it was looked */
  async stop(): Promise<{ doubles: readonly string[]; looks: number }> {
    this.#isStopped = true
    await this.#loop
    return { doubles: this.#doubles, looks: this.#looks }
  }

  async #watch(): Promise<void> {
    while (!this.#isStopped) {
      this.#look()
      this.#looks += 1
      await sleep(PAUSE_MS)
    }
  }

  #look(): void {
    const byNode = Map.groupBy(findPrograms(this.#dataFolder), ({ nodeId }) => nodeId)
    for (const [nodeId, processes] of byNode) {
      // One may have ended before the other was looked at: only what still lives now lived beside it.
      const living = processes.length > 1 ? processes.filter(isAlive) : []
      if (living.length > 1) this.#doubles.push(`node ${nodeId} ran ${living.map(say).join(' and ')}`)
    }
  }
}

function say({ pid, startTime, command }: NodeProcess): string {
  return `pid ${pid} (started at tick ${startTime}: ${command.join(' ')})`
}
