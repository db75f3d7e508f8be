import { createHash, timingSafeEqual } from 'node:crypto'
import type { Readable } from 'node:stream'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { DroverError } from '../domain/errors.ts'
import type { EpochMs } from '../domain/ids.ts'

/** A request as it came over the wire: what a signature was made of, before anything was decoded. */
export interface SignedRequest {
  readonly method: string
  /** Path and query, encoded as they came. */
  readonly target: string
  /** Names and values in turn, as Node's `rawHeaders`. */
  readonly headers: readonly string[]
  readonly body: Uint8Array
}

/** How far a client's clock may be off, and how long a request that was overheard could be sent again. */
export const MAX_SKEW_MS = 15 * 60_000

const bodies = new WeakMap<FastifyRequest, Buffer>()
const NO_BYTES = Buffer.alloc(0)

/**
 * Keeps the bytes of each body in this scope for {@link signedRequestOf}, whatever their type and their method, and
 * parses nothing: a signature is over what came.
 */
export function keepRawBodies(app: FastifyInstance): void {
  const limit = app.initialConfig.bodyLimit ?? 1024 ** 2
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (request, body, done) => {
    bodies.set(request, body as Buffer)
    done(null, undefined)
  })
  // The framework reads no body of these two, and some clients send and sign one.
  app.addHook('preParsing', async (request, _reply, payload) => {
    const isLeftOut = request.method === 'GET' || request.method === 'HEAD'
    if (isLeftOut && hasBody(request)) bodies.set(request, await readAll(payload as Readable, limit))
    return payload
  })
}

/** A request with the body that {@link keepRawBodies} kept. */
export function signedRequestOf(request: FastifyRequest): SignedRequest {
  return {
    method: request.method,
    target: request.raw.url ?? '/',
    headers: request.raw.rawHeaders,
    body: bodies.get(request) ?? NO_BYTES,
  }
}

/** The values of each header by its name in lower case; those of one that came several times are joined by commas. */
export function headersByName({ headers }: Pick<SignedRequest, 'headers'>): ReadonlyMap<string, string> {
  const byName = new Map<string, string>()
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const name = headers[at]!.toLowerCase()
    const before = byName.get(name)
    byName.set(name, before === undefined ? headers[at + 1]! : `${before},${headers[at + 1]}`)
  }
  return byName
}

/** Path and query of a target, without the question mark. */
export function splitTarget(target: string): { readonly path: string; readonly query: string } {
  const at = target.indexOf('?')
  return at < 0 ? { path: target, query: '' } : { path: target.slice(0, at), query: target.slice(at + 1) }
}

/** Percent-encodes all but letters, digits and `-_.~`, as both families of signatures do. */
export function encodeStrictly(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

/** SHA-256, lower-case hexadecimal. */
export function sha256Hex(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex')
}

/** Reads `20260102T030405Z`; undefined for anything else, also for days that no calendar has. */
export function parseBasicTime(text: string): EpochMs | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text)
  if (!parts) return undefined
  const [, year, month, day, hour, minute, second] = parts
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  return Number.isNaN(at) || formatBasicTime(at) !== text ? undefined : at
}

/** Writes `20260102T030405Z`. */
export function formatBasicTime(at: EpochMs): string {
  return `${new Date(at).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`
}

/** Compares two signatures, in a time that does not tell where they differ. */
export function isSameSignature(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)]
  return left.length === right.length && timingSafeEqual(left, right)
}

function hasBody({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

async function readAll(payload: Readable, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of payload as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > limit) throw new DroverError('too_large', 'the request body is too large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
