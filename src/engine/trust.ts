import type { EpochMs } from '../domain/ids.ts'
import type { Clock } from '../system/clock.ts'

/** A tenth less than the others wait, as clocks do not run alike. */
const TRUSTED_SHARE = 0.9
/** Heartbeats come more often than this; a look that finds it over has kept them waiting. */
const RENEWED_BY_LOOKS_AFTER = 0.5
/** What a timer may be late by, as a share of the lease, before it says that the whole process stood still. */
const LATE_SHARE = 0.1
/** How long a process that stood still has to learn whether somebody took over, as a share of the lease. */
const GRACE_SHARE = 1 / 3

/** What those look at who are about to do something outside. */
export interface Trusted {
  readonly isFresh: boolean
  /** Resolves when it is; rejects with the signal's reason, which is aborted if it never will be again. */
  wait(signal: AbortSignal): Promise<void>
}

/**
 * Until when an engine may act on its leases, by its own clock.
 *
 * ```
 *   trusted ──► over ──► renewed: what nobody took over goes on as if nothing had been
 *                  └───► not renewed: everything is broken off
 * ```
 * While it is over nothing new is begun outside. What is under way is broken off at that moment if the database does not
 * answer; a process that stood still (its machine slept, or it read a great many nodes) asks first whether anybody took
 * over: if it broke everything off, it would have to read all those nodes again, and stand still again, for ever.
 */
export class Trust implements Trusted {
  readonly #clock: Clock
  readonly #leaseMs: number
  #until: EpochMs = 0
  #waiting: (() => void)[] = []

  constructor(clock: Clock, leaseMs: number) {
    this.#clock = clock
    this.#leaseMs = leaseMs
  }

  get isFresh(): boolean {
    return this.#clock.now() < this.#until
  }

  /** Whether heartbeats have failed to come for so long that a look is to renew the lease with what it writes. */
  get isDue(): boolean {
    return this.#clock.now() >= this.#until - (TRUSTED_SHARE - RENEWED_BY_LOOKS_AFTER) * this.#leaseMs
  }

  /** @param at a moment before it was written, so that the others count from later */
  renew(at: EpochMs): void {
    this.#until = at + this.#leaseMs * TRUSTED_SHARE
    if (this.isFresh) for (const go of this.#waiting.splice(0)) go()
  }

  async wait(signal: AbortSignal): Promise<void> {
    while (!this.isFresh) {
      signal.throwIfAborted()
      await new Promise<void>((resolve) => {
        const go = () => {
          signal.removeEventListener('abort', go)
          resolve()
        }
        this.#waiting.push(go)
        signal.addEventListener('abort', go)
      })
    }
  }

  /**
   * Calls back when the lease is over and no renewal came, also if that is so already. A process that stood still is given
   * some time.
   * @returns what calls it off
   */
  onOver(callback: () => void): () => void {
    const now = this.#clock.now()
    const graceMs = this.#leaseMs * GRACE_SHARE
    let cancel = () => {}
    const wait = (dueAt: EpochMs): void => {
      cancel = this.#clock.after(Math.max(0, dueAt - this.#clock.now()), () => {
        const firedAt = this.#clock.now()
        if (firedAt < this.#until) wait(this.#until)
        else if (firedAt - dueAt > this.#leaseMs * LATE_SHARE) wait(firedAt + graceMs)
        else callback()
      })
    }
    wait(now < this.#until ? this.#until : now + graceMs)
    return () => cancel()
  }
}
