import type { Clock } from '../src/system/clock.ts'
import type { Timeline } from './timeline.ts'

/**
 * The machine that one process of Drover runs on.
 * ```
 *   running ◄──► paused       whatever is due or comes in waits, and then comes at once
 *      └────┬──────┘
 *           ▼
 *         dead                no timer fires, no answer arrives
 * ```
 */
export class Machine {
  readonly name: string
  readonly clock: Clock
  /** It cannot reach the database. */
  cutOff = false
  /** It was told to stop in order: from then on it may begin nothing. */
  stopping = false
  /** Its clock minus the true time. */
  skewMs = 0
  /** When its clock was last put forward or back. */
  jumpedAt = Number.NEGATIVE_INFINITY
  #state: 'running' | 'paused' | 'dead' = 'running'
  #held: (() => void)[] = []
  readonly #timeline: Timeline
  readonly #onDeath: (why: string) => void
  /** Asked at each thing that comes in: does it die now? */
  readonly #diesNow: () => boolean

  constructor(
    name: string,
    timeline: Timeline,
    hooks: { readonly onDeath: (why: string) => void; readonly diesNow: () => boolean },
  ) {
    this.name = name
    this.#timeline = timeline
    this.#onDeath = hooks.onDeath
    this.#diesNow = hooks.diesNow
    this.clock = {
      now: () => timeline.now + this.skewMs,
      after: (delayMs, callback) => timeline.after(delayMs, () => this.#let(callback)),
    }
  }

  get isDead(): boolean {
    return this.#state === 'dead'
  }
  get isPaused(): boolean {
    return this.#state === 'paused'
  }

  /** What comes from outside passes here: it waits while the process is paused, and never arrives at a dead one. */
  arrive(): Promise<void> {
    return new Promise((resolve) => this.#let(resolve))
  }

  die(why: string): void {
    if (this.#state === 'dead') return
    this.#state = 'dead'
    this.#held = []
    this.#onDeath(why)
  }

  pause(): void {
    if (this.#state === 'running') this.#state = 'paused'
  }

  resume(): void {
    if (this.#state !== 'paused') return
    this.#state = 'running'
    for (const callback of this.#held.splice(0)) this.#timeline.after(0, () => this.#let(callback))
  }

  #let(callback: () => void): void {
    if (this.#state === 'paused') this.#held.push(callback)
    else if (this.#state === 'running') {
      if (this.#diesNow()) this.die('between two steps')
      else callback()
    }
  }
}

/** What a dead process waits for. */
export const never = new Promise<never>(() => {})
