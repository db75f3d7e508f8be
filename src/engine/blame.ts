import { DroverError, LeaseLostError, messageOf } from '../domain/errors.ts'
import type { ActionId } from '../domain/ids.ts'
import { isRefusedRow } from '../store/errors.ts'

/** Looks that fail over the same action before that action is given up. */
const TRIES = 3

/**
 * Finds the action at fault when looks at a cluster fail again and again. A look that cannot reach the store is nobody's
 * fault; one that breaks over an action, or over a row of it that the database refuses, would break over it for ever, and with
 * it everything else in the cluster.
 *
 * ```
 *   fails over A ─► fails over A ─► fails over A ─► A is to be ended as failed ─► a look that works: all is forgotten
 * ```
 */
export class Blame {
  #action: ActionId | null = null
  #failures = 0
  #isRefused = false
  readonly #broken = new Map<ActionId, string>()

  /** Takes note of a look that failed over this action, as far as is known. */
  note(action: ActionId | null, error: unknown): void {
    this.#isRefused = isRefusedRow(error)
    if (action === null || error instanceof LeaseLostError || isStoreTrouble(error)) return
    this.#failures = action === this.#action ? this.#failures + 1 : 1
    this.#action = action
    if (this.#failures >= TRIES) this.#broken.set(action, messageOf(error))
  }

  /**
   * The database refused a row. Only when rows are written one by one it can be told for which action that one was, and so
   * the next look does that.
   */
  get isRefused(): boolean {
    return this.#isRefused
  }

  /** The actions that are to be given up, each with what broke. */
  get broken(): ReadonlyMap<ActionId, string> {
    return this.#broken
  }

  /** A look worked. */
  forget(): void {
    this.#action = null
    this.#failures = 0
    this.#isRefused = false
    this.#broken.clear()
  }
}

function isStoreTrouble(error: unknown): boolean {
  return error instanceof DroverError && error.code === 'store_unavailable' && !isRefusedRow(error)
}
