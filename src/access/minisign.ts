import { createHash, createPublicKey, verify } from 'node:crypto'
import type { Readable } from 'node:stream'
import { InvalidRequestError } from '../domain/errors.ts'

/** A public key as a `.pub` file of minisign holds it. */
export interface MinisignKey {
  /** 16 hexadecimal digits, as minisign shows them. */
  readonly keyId: string
  /** The file's second line: base64. */
  readonly publicKey: string
}

/** What a `.minisig` file says, of which nothing is proven yet. */
export interface MinisignSignature {
  readonly keyId: string
  /** What the signer wrote: the trusted comment. */
  readonly comment: string
}

const MAX_TEXT = 16 * 1024
const ID_BYTES = 8
const KEY_BYTES = 2 + ID_BYTES + 32
const SIGNATURE_BYTES = 2 + ID_BYTES + 64
/** Of a key, and of a signature over the bytes themselves. */
const PLAIN = 'Ed'
/** Of a signature over the bytes' BLAKE2b-512. */
const HASHED = 'ED'
const COMMENT = 'trusted comment: '
/** What node:crypto wants before the 32 bytes of an Ed25519 key. @see RFC 8410 */
const SPKI = Buffer.from('302a300506032b6570032100', 'hex')

/**
 * @param text a whole `.pub` file, or only its second line
 * @throws InvalidRequestError
 */
export function parseMinisignKey(field: string, text: string): MinisignKey {
  const lines = linesOf(field, text)
  const publicKey = lines.at(lines.length === 1 ? 0 : 1) ?? ''
  const bytes = decode(publicKey, KEY_BYTES)
  if (bytes === undefined || lines.length > 2 || algorithmOf(bytes) !== PLAIN) {
    throw new InvalidRequestError(field, 'must be a public key as "minisign -G" writes it, which begins "RW"')
  }
  return { keyId: idOf(bytes), publicKey }
}

/**
 * @param text a whole `.minisig` file
 * @throws InvalidRequestError also for a signature over the bytes themselves, which would have to be in memory at once
 * @see https://jedisct1.github.io/minisign/ for the format
 */
export function parseMinisignature(field: string, text: string): MinisignSignature {
  const { signature, comment } = readSignature(field, text)
  return { keyId: idOf(signature), comment }
}

/**
 * Whether the key signed the hash, and the comment with it.
 * @param hash BLAKE2b-512 of what was signed, in hexadecimal
 */
export function isSignedBy(
  text: string,
  hash: string,
  { publicKey }: Pick<MinisignKey, 'publicKey'>,
): boolean {
  const { signature, comment, overall } = readSignature('signature', text)
  const bytes = Buffer.from(publicKey, 'base64')
  if (idOf(bytes) !== idOf(signature)) return false
  const der = Buffer.concat([SPKI, bytes.subarray(2 + ID_BYTES)])
  const key = createPublicKey({ key: der, format: 'der', type: 'spki' })
  const overBytes = signature.subarray(2 + ID_BYTES)
  const signed = Buffer.concat([overBytes, Buffer.from(comment)])
  return verify(null, Buffer.from(hash, 'hex'), key, overBytes) && verify(null, signed, key, overall)
}

/** What minisign signs of a file. @returns BLAKE2b-512, 128 lower-case hexadecimal digits */
export async function hashForMinisign(content: Readable): Promise<string> {
  const hash = createHash('blake2b512')
  for await (const chunk of content) hash.update(chunk as Uint8Array)
  return hash.digest('hex')
}

function readSignature(field: string, text: string) {
  const [, first = '', trusted = '', last = '', ...more] = linesOf(field, text)
  const signature = decode(first, SIGNATURE_BYTES)
  const overall = decode(last, 64)
  if (!signature || !overall || !trusted.startsWith(COMMENT) || more.length > 0) {
    throw new InvalidRequestError(field, 'must be a whole .minisig file, as "minisign -S" writes it')
  }
  const algorithm = algorithmOf(signature)
  if (algorithm === PLAIN) {
    throw new InvalidRequestError(
      field,
      'is of the old kind, over the file itself: sign again without -l, or with minisign 0.10 or later',
    )
  }
  if (algorithm !== HASHED) {
    throw new InvalidRequestError(field, 'is of a kind that is not known: sign with minisign -S')
  }
  return { signature, comment: trusted.slice(COMMENT.length), overall }
}

/** @throws InvalidRequestError */
function linesOf(field: string, text: string): string[] {
  if (text.length > MAX_TEXT) throw new InvalidRequestError(field, `must have at most ${MAX_TEXT} characters`)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they would reach people's terminals
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/.test(text)) {
    throw new InvalidRequestError(field, 'must have no control characters')
  }
  return text.replace(/[\r\n]+$/, '').split(/\r?\n/)
}

function decode(base64: string, length: number): Buffer | undefined {
  const bytes = Buffer.from(base64, 'base64')
  return bytes.length === length && bytes.toString('base64') === base64 ? bytes : undefined
}

function algorithmOf(bytes: Buffer): string {
  return bytes.toString('latin1', 0, 2)
}

/** It is kept with its lowest byte first. */
function idOf(bytes: Buffer): string {
  return Buffer.from(bytes.subarray(2, 2 + ID_BYTES))
    .reverse()
    .toString('hex')
    .toUpperCase()
}
