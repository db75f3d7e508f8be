import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { SourceFailedError } from '../../domain/errors.ts'
import { type ObjectChecksum, objectUrl, type PinnedObject } from '../object-source.ts'

/** What S3 says of an object, as far as it lets its bytes be checked. */
export interface ChecksumHeaders {
  readonly ChecksumSHA256?: string | undefined
  readonly ChecksumSHA1?: string | undefined
  readonly ChecksumCRC32?: string | undefined
  readonly ETag?: string | undefined
  readonly ServerSideEncryption?: string | undefined
  readonly SSECustomerAlgorithm?: string | undefined
}

/**
 * The strongest checksum of the whole object. One of its parts' checksums (written `…-3`) says nothing about the bytes
 * as they come, and an ETag is their MD5 only without parts and without a key of the customer's.
 * @see the S3 user guide, "Checking object integrity"
 */
export function chooseChecksum(bucket: string, said: ChecksumHeaders): ObjectChecksum | null {
  for (const [algorithm, value] of [
    ['sha256', said.ChecksumSHA256],
    ['sha1', said.ChecksumSHA1],
    ['crc32', said.ChecksumCRC32],
  ] as const) {
    if (value === undefined || value.includes('-')) continue
    return { algorithm, value: Buffer.from(value, 'base64').toString('hex') }
  }
  const md5 = /^"?([0-9a-f]{32})"?$/i.exec(said.ETag ?? '')?.[1]
  const isKeyed = said.ServerSideEncryption?.startsWith('aws:kms') || said.SSECustomerAlgorithm !== undefined
  // Directory buckets have ETags that only look like it.
  if (md5 === undefined || isKeyed || bucket.endsWith('--x-s3')) return null
  return { algorithm: 'md5', value: md5.toLowerCase() }
}

/** Looks whether bytes come to what was said of them. */
export interface ChecksumCheck {
  add(chunk: Uint8Array): void
  /** @throws SourceFailedError `damaged` */
  finish(): void
}

export function createCheck(object: PinnedObject): ChecksumCheck {
  const { checksum } = object
  if (checksum === null) return { add() {}, finish() {} }
  const digest = checksum.algorithm === 'crc32' ? createCrc32() : createDigest(checksum.algorithm)
  return {
    add: digest.add,
    finish() {
      const found = digest.value()
      if (found === checksum.value) return
      throw new SourceFailedError(
        'damaged',
        `what came of ${objectUrl(object)} has ${checksum.algorithm.toUpperCase()} ${found}, not ${checksum.value} as ` +
          'its store says; fetch it again, and if that is no help put it there again',
        { retryable: true },
      )
    },
  }
}

function createDigest(algorithm: 'sha256' | 'sha1' | 'md5') {
  const hash = createHash(algorithm)
  return { add: (chunk: Uint8Array): void => void hash.update(chunk), value: () => hash.digest('hex') }
}

function createCrc32() {
  let sum = 0
  return {
    add(chunk: Uint8Array): void {
      sum = crc32(chunk, sum)
    },
    value: () => sum.toString(16).padStart(8, '0'),
  }
}
