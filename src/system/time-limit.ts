import type { Clock } from './clock.ts'

/**
 * Gives calls, one after the other, a signal that is aborted when their time is over or when they are broken off.
 *
 * One signal serves for all calls until time is over for one of them, and nothing of it outlives them. Every node
 * that is moved makes several such calls: a controller for each, and `AbortSignal.any` with its weak references, were
 * most of what the collector had to do.
 */
export class TimeLimit {
  readonly #clock: Clock
  readonly #parent: AbortSignal | null
  readonly #follow = () => this.abort((this.#parent as AbortSignal).reason)
  #controller = new AbortController()
  #isBrokenOff = false

  /** @param parent breaks off the calls when it is aborted */
  constructor(clock: Clock, parent: AbortSignal | null = null) {
    this.#clock = clock
    this.#parent = parent
    if (parent?.aborted) this.#follow()
    else parent?.addEventListener('abort', this.#follow, { once: true })
  }

  /** Breaks off the call that is under way and every later one. */
  abort(reason: unknown): void {
    this.#isBrokenOff = true
    this.#controller.abort(reason)
  }

  /** Whether {@link abort} was called, or the parent aborted: not when time was over. */
  get isBrokenOff(): boolean {
    return this.#isBrokenOff
  }

  /** Aborted with what they were broken off with; until then also when time is over for the call under way. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /**
   * Makes one call. What it throws passes, unless its time was over before.
   * @param late makes what is thrown then
   */
  async run<T>(limitMs: number, late: () => Error, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (this.#controller.signal.aborted && !this.#isBrokenOff) this.#controller = new AbortController()
    let isLate = false
    const cancel = this.#clock.after(limitMs, () => {
      isLate = !this.#isBrokenOff
      if (isLate) this.#controller.abort(late())
    })
    const { signal } = this.#controller
    try {
      return await call(signal)
    } catch (error) {
      throw isLate && !this.#isBrokenOff ? signal.reason : error
    } finally {
      cancel()
    }
  }

  /** Lets go of the parent. To be called after the last call. */
  end(): void {
    this.#parent?.removeEventListener('abort', this.#follow)
  }
}
