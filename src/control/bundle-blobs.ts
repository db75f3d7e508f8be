import { messageOf } from '../domain/errors.ts'
import type { Sha256 } from '../domain/ids.ts'
import { isDigestReferenced } from '../store/bundles.ts'
import type { Tx } from '../store/store.ts'
import type { ControlDeps } from './control.ts'

/**
 * Deletes bundles' bytes that no row needs any more, but never while bytes are coming in: a publish that found its
 * bytes here already, and has yet to write its row, would lose them.
 * ```
 *  idle ◄──► publishing (any number at once)
 *    │ the last one ended, or something was dropped
 *    ▼
 *  sweeping (those who want to publish wait) ─► idle
 * ```
 */
export class BundleBlobs {
  readonly #deps: Pick<ControlDeps, 'store' | 'bundles' | 'log'>
  readonly #dropped = new Set<Sha256>()
  #publishing = 0
  #sweeping: Promise<void> | null = null

  constructor(deps: Pick<ControlDeps, 'store' | 'bundles' | 'log'>) {
    this.#deps = deps
  }

  /**
   * Runs `work`, in which bytes come in and get their row; none are deleted meanwhile. Bytes that get none are gone
   * when it fails, unless somebody else still publishes: then they go with the last one.
   */
  async publish<Result>(work: () => Promise<Result>): Promise<Result> {
    while (this.#sweeping) await this.#sweeping
    this.#publishing += 1
    let failed = true
    try {
      const result = await work()
      failed = false
      return result
    } finally {
      this.#publishing -= 1
      // What it cannot do it says in the log.
      const swept = this.#sweepIfIdle()
      if (failed) await swept
    }
  }

  /** Bytes that may be needed no more. They go as soon as nothing is being published. */
  async drop(digest: Sha256): Promise<void> {
    this.#dropped.add(digest)
    while (this.#sweeping) await this.#sweeping
    await this.#sweepIfIdle()
  }

  /** For work inside `publish`, after which there is a sweep anyway. */
  dropLater(digest: Sha256): void {
    this.#dropped.add(digest)
  }

  async #sweepIfIdle(): Promise<void> {
    if (this.#publishing > 0 || this.#sweeping || this.#dropped.size === 0) return
    this.#sweeping = this.#sweep()
    await this.#sweeping
  }

  async #sweep(): Promise<void> {
    const { log } = this.#deps
    const digests = [...this.#dropped]
    this.#dropped.clear()
    try {
      for (const digest of digests) {
        await this.#deleteUnreferenced(digest)
      }
    } catch (error) {
      // They lie there unused, and cost disk space only.
      log.warn({ error: messageOf(error), digests }, 'could not delete the bytes of deleted bundles')
    } finally {
      this.#sweeping = null
    }
  }

  /**
   * Where other processes share the folder, the bytes go while no other change can be made: whoever writes a row for
   * them makes sure, in the same way, that they are there (bundles.ts).
   */
  async #deleteUnreferenced(digest: Sha256): Promise<void> {
    const { store, bundles } = this.#deps
    const isReferenced = (tx: Tx) => isDigestReferenced(tx, digest)
    if (store.listen === undefined) {
      if (!(await store.read(isReferenced))) await bundles.delete(digest)
      return
    }
    await store.write(async (tx) => {
      if (!(await isReferenced(tx))) await bundles.delete(digest)
    })
  }
}
