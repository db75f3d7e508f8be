import type { S3Client } from '@aws-sdk/client-s3'
import type { ObjectName, ObjectSource, PinnedObject } from '../object-source.ts'
import { chooseChecksum } from './checksum.ts'
import { toSourceError } from './errors.ts'
import { readObject } from './read.ts'

export interface S3Options {
  /** Null: Amazon's own, in `region`. */
  readonly endpoint: string | null
  /** Null: what the environment or profile says, else `us-east-1`. */
  readonly region: string | null
  /** Whether the bucket stands in the path; else it is a part of the host's name. */
  readonly forcePathStyle: boolean
  /** The longest silence: while connecting, before an answer, and between its pieces. */
  readonly idleMs: number
}

/** What is loaded when it is first needed: nobody without code in S3 pays for it. */
export type Sdk = typeof import('@aws-sdk/client-s3')

/** The SDK and a client of it. */
export interface Connection {
  readonly sdk: Sdk
  readonly client: S3Client
}

/**
 * Objects of S3, or of what speaks like it. Credentials come from where the SDK looks for them: environment, profile,
 * role. Only the endpoint is ever asked for objects: no redirect is followed, and buckets' names cannot be hosts.
 */
export function createS3Source(options: S3Options): ObjectSource {
  const { endpoint, region, idleMs } = options
  const place = endpoint === null ? `Amazon S3${region === null ? '' : ` in ${region}`}` : endpoint
  let connecting: Promise<Connection> | null = null
  const connect = () => {
    connecting ??= open(options)
    return connecting
  }
  return {
    place,
    async pin(name, signal) {
      const connection = await connect()
      try {
        return await askForState(connection, name, signal)
      } catch (error) {
        signal.throwIfAborted()
        throw toSourceError(error, name, place)
      }
    },
    read: (object, signal) => readObject({ connect, place, idleMs }, object, signal),
    close() {
      void connecting?.then(({ client }) => client.destroy())
    },
  }
}

async function open({ endpoint, region, forcePathStyle, idleMs }: S3Options): Promise<Connection> {
  const sdk = await import('@aws-sdk/client-s3')
  const client = new sdk.S3Client({
    ...(endpoint !== null && { endpoint, region: region ?? 'us-east-1' }),
    ...(region !== null && { region }),
    forcePathStyle,
    maxAttempts: 4,
    followRegionRedirects: false,
    // Ours are of the whole object, however many requests it takes (checksum.ts).
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: Math.min(idleMs, 10_000), socketTimeout: idleMs },
  })
  return { sdk, client }
}

async function askForState(
  { sdk, client }: Connection,
  name: ObjectName,
  signal: AbortSignal,
): Promise<PinnedObject> {
  const { bucket, key, version } = name
  const input = { Bucket: bucket, Key: key, ...(version && { VersionId: version }) }
  const ask = () =>
    client.send(new sdk.HeadObjectCommand({ ...input, ChecksumMode: 'ENABLED' }), { abortSignal: signal })
  const head = await ask().catch(async (error: unknown) => {
    await askForReason({ sdk, client }, input, signal, error)
    return await ask()
  })
  const { ETag: etag = '', VersionId, ContentLength: sizeBytes = 0 } = head
  return {
    bucket,
    key,
    // "null" is the version of what was there before its bucket began to keep versions: it can be written over.
    version: VersionId === undefined || VersionId === 'null' ? null : VersionId,
    etag,
    sizeBytes,
    checksum: chooseChecksum(bucket, head),
  }
}

/** An answer to HEAD has no body, and so no reason: a GET for the same tells it. */
async function askForReason(
  { sdk, client }: Connection,
  input: { readonly Bucket: string; readonly Key: string; readonly VersionId?: string },
  signal: AbortSignal,
  error: unknown,
): Promise<void> {
  const status =
    (error as { readonly $metadata?: { readonly httpStatusCode?: number } }).$metadata?.httpStatusCode ?? 0
  if (status < 400 || status >= 500) throw error
  const { Body } = await client.send(new sdk.GetObjectCommand({ ...input, Range: 'bytes=0-0' }), {
    abortSignal: signal,
  })
  if (Body !== undefined && 'destroy' in Body) Body.destroy()
}
