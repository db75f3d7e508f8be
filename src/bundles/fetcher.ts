import { DroverError, ForbiddenError, messageOf, TimedOutError } from '../domain/errors.ts'
import type { Log } from '../system/log.ts'
import type { BundleStore, ReceivedBundle } from './bundle-store.ts'
import { type ObjectName, type ObjectSource, objectUrl, type PinnedObject } from './object-source.ts'
import { createSharedWork } from './shared-work.ts'
import { createTurns } from './turns.ts'

/**
 * Brings objects from outside into the bundle store. What was begun goes on to its end, or to its time limit, whether or
 * not anybody still waits for it: who asks again finds it under way, or done.
 */
export interface BundleFetcher {
  /** @see ObjectSource.place */
  readonly place: string
  /** @throws as ObjectSource.pin; ForbiddenError for a bucket that the settings leave out */
  pin(name: ObjectName): Promise<PinnedObject>
  /**
   * Stores the object's bytes as a bundle's. Whatever goes wrong, nothing of them is kept. Asked for the same state of the
   * same object by several at once, it is fetched once.
   * @throws DroverError `too_large`, before a byte is read; InvalidBundleError; as ObjectSource.read
   */
  fetch(object: PinnedObject, options: { readonly maxBytes: number }): Promise<ReceivedBundle>
  /** Breaks off what is under way. */
  close(): void
}

export function createBundleFetcher(options: {
  readonly source: ObjectSource
  readonly bundles: Pick<BundleStore, 'receive'>
  /** Of one fetch, the time in which it waits for its turn included. */
  readonly timeoutMs: number
  readonly maxAtOnce: number
  /** Names of the only buckets that may be read; empty for all. */
  readonly buckets: readonly string[]
  readonly log: Log
}): BundleFetcher {
  const { source, bundles, timeoutMs, buckets, log } = options
  const inTurn = createTurns(options.maxAtOnce)
  const shared = createSharedWork<string, ReceivedBundle>()
  const closing = new AbortController()

  async function within<Result>(
    what: ObjectName,
    work: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(tooSlow(what)), timeoutMs)
    try {
      return await work(AbortSignal.any([late.signal, closing.signal]))
    } catch (error) {
      // Whoever asked may be gone.
      log.warn({ object: objectUrl(what), from: source.place, error: messageOf(error) }, 'could not fetch')
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  function tooSlow(what: ObjectName): TimedOutError {
    return new TimedOutError(
      `fetching ${objectUrl(what)} from ${source.place} took longer than ${timeoutMs / 1000} s; ask again, or raise s3.timeoutSeconds`,
    )
  }

  return {
    place: source.place,
    async pin(name) {
      if (buckets.length > 0 && !buckets.includes(name.bucket)) {
        throw new ForbiddenError(`bucket "${name.bucket}" is none of those that s3.buckets lets Drover read`)
      }
      return await within(name, (signal) => source.pin(name, signal))
    },
    async fetch(object, { maxBytes }) {
      if (object.sizeBytes > maxBytes) {
        throw new DroverError(
          'too_large',
          `${objectUrl(object)} has ${object.sizeBytes} bytes, a bundle may have ${maxBytes} (bundles.maxArchiveBytes)`,
        )
      }
      const key = JSON.stringify([object.bucket, object.key, object.version, object.etag, maxBytes])
      return await within(object, (signal) =>
        shared(key, signal, (whole) =>
          inTurn(whole, async () => {
            const received = await bundles.receive(source.read(object, whole), { signal: whole, maxBytes })
            const { digest, sizeBytes } = received
            log.info({ object: objectUrl(object), from: source.place, digest, sizeBytes }, 'fetched a bundle')
            return received
          }),
        ),
      )
    },
    close() {
      closing.abort(new DroverError('cancelled', 'Drover is being stopped; fetch it again when it runs'))
      source.close()
    },
  }
}
