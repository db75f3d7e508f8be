import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { addAbortSignal, Readable } from 'node:stream'
import { DroverError, InvalidBundleError } from '../domain/errors.ts'
import type { Sha256 } from '../domain/ids.ts'

/** Bytes on their way in. Chunks are bytes; a Readable must not have an encoding set. */
export type ByteSource = Readable | AsyncIterable<Uint8Array>

/**
 * Writes a stream into a new file, durably, and hashes it on the way; never more than a chunk is in memory.
 *
 * A Readable that breaks a rule is left as it is, neither read further nor destroyed: an HTTP server still
 * wants to answer on its connection. One that is aborted by the signal is destroyed.
 *
 * @throws InvalidBundleError if the source is longer than `maxBytes`, or breaks off with an error that is no DroverError
 * @throws the signal's reason when it is aborted
 */
export async function writeStream(
  source: ByteSource,
  path: string,
  options: { readonly maxBytes: number; readonly signal?: AbortSignal | undefined },
): Promise<{ readonly digest: Sha256; readonly sizeBytes: number }> {
  const { maxBytes, signal } = options
  const hash = createHash('sha256')
  let sizeBytes = 0
  const handle = await open(path, 'wx', 0o600)
  try {
    for await (const chunk of chunksOf(source, signal)) {
      sizeBytes += chunk.length
      if (sizeBytes > maxBytes) {
        throw new InvalidBundleError(`the bundle's zip file is longer than ${maxBytes} bytes, the limit`)
      }
      hash.update(chunk)
      await handle.writeFile(chunk)
    }
    await handle.sync()
  } finally {
    await handle.close()
  }
  return { digest: hash.digest('hex') as Sha256, sizeBytes }
}

/** The SHA-256 of a file. */
export async function hashFile(path: string, signal?: AbortSignal): Promise<Sha256> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { signal })) hash.update(chunk as Uint8Array)
  return hash.digest('hex') as Sha256
}

async function* chunksOf(source: ByteSource, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  signal?.throwIfAborted()
  const readable = source instanceof Readable ? source : Readable.from(source, { objectMode: false })
  // A source that has gone quiet is left at once, not at its next chunk.
  if (signal !== undefined) addAbortSignal(signal, readable)
  try {
    yield* readable.iterator({ destroyOnReturn: readable !== source })
  } catch (error) {
    signal?.throwIfAborted()
    // Who sends them may know better what went wrong.
    if (error instanceof DroverError) throw error
    throw new InvalidBundleError(`the bundle broke off while it was received: ${String(error)}`, {
      cause: error,
    })
  }
}
