import { addAbortSignal, Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { SourceFailedError, TimedOutError } from '../../domain/errors.ts'
import { objectUrl, type PinnedObject } from '../object-source.ts'
import { createCheck } from './checksum.ts'
import { isPassing, toSourceError } from './errors.ts'
import type { Connection } from './index.ts'

/** In a row without a byte. The SDK has tried each several times already. */
const MAX_FRUITLESS_TRIES = 4
const PAUSE_MS = 100

interface Reading {
  readonly connect: () => Promise<Connection>
  readonly place: string
  readonly idleMs: number
}

/** {@link ObjectSource.read} */
export async function* readObject(
  reading: Reading,
  object: PinnedObject,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const check = createCheck(object)
  let offset = 0
  let fruitless = 0
  while (offset < object.sizeBytes) {
    const begunAt = offset
    let broken: unknown
    try {
      for await (const chunk of readFrom(reading, object, offset, signal)) {
        offset += chunk.length
        if (offset > object.sizeBytes) break
        check.add(chunk)
        yield chunk
      }
      broken = wrongLength(object, 'fewer')
    } catch (error) {
      signal.throwIfAborted()
      if (!isPassing(error)) throw toSourceError(error, object, reading.place)
      broken = error
    }
    if (offset >= object.sizeBytes) break
    fruitless = offset > begunAt ? 0 : fruitless + 1
    if (fruitless >= MAX_FRUITLESS_TRIES) throw toSourceError(broken, object, reading.place)
    await sleep(PAUSE_MS * 2 ** fruitless, undefined, { signal }).catch(() => signal.throwIfAborted())
  }
  if (offset > object.sizeBytes) throw wrongLength(object, 'more')
  check.finish()
}

async function* readFrom(
  { connect, idleMs, place }: Reading,
  object: PinnedObject,
  offset: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const { sdk, client } = await connect()
  const { Body, ContentRange } = await client.send(
    new sdk.GetObjectCommand({
      Bucket: object.bucket,
      Key: object.key,
      ...(object.version === null ? {} : { VersionId: object.version }),
      ...(object.etag !== '' && { IfMatch: object.etag }),
      ...(offset > 0 && { Range: `bytes=${offset}-` }),
    }),
    { abortSignal: signal },
  )
  if (!(Body instanceof Readable)) throw new Error('the SDK gave no stream')
  const body = addAbortSignal(signal, Body)
  const silence = setTimeout(
    () =>
      body.destroy(
        new TimedOutError(
          `${place} fell silent for ${idleMs / 1000} s in the middle of ${objectUrl(object)}`,
        ),
      ),
    idleMs,
  )
  // A store that cannot begin in the middle begins at the front.
  let skipped = offset > 0 && ContentRange === undefined ? offset : 0
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      silence.refresh()
      const rest = chunk.subarray(skipped)
      skipped -= chunk.length - rest.length
      if (rest.length > 0) yield rest
      silence.refresh()
    }
  } finally {
    clearTimeout(silence)
  }
}

function wrongLength(object: PinnedObject, what: 'more' | 'fewer'): SourceFailedError {
  return new SourceFailedError(
    'damaged',
    `${what} bytes came of ${objectUrl(object)} than the ${object.sizeBytes} that its store speaks of; fetch it again`,
    { retryable: true },
  )
}
