import { createHmac } from 'node:crypto'
import type { EpochMs } from '../../domain/ids.ts'
import {
  encodeStrictly,
  headersByName,
  isSameSignature,
  MAX_SKEW_MS,
  parseBasicTime,
  type SignedRequest,
  sha256Hex,
  splitTarget,
} from '../signed-request.ts'

/**
 * The signatures of Huawei Cloud's clients, the receiving side. Pure: the request as it came over the wire, a secret and the
 * time in, a verdict out. There is no derived key and no scope: the secret itself signs.
 */
export const ALGORITHM = 'SDK-HMAC-SHA256'

/** What an `Authorization` header of this kind says. */
export interface Authorization {
  /** Id of the access key. */
  readonly access: string
  /** In lower case, in the order of the header. */
  readonly signedHeaders: readonly string[]
  /** 64 hexadecimal digits. */
  readonly signature: string
}

/** @returns undefined for another kind of authorization, or one without all of its parts */
export function parseAuthorization(header: string): Authorization | undefined {
  const [algorithm, ...rest] = header.trim().split(/\s+/)
  if (algorithm !== ALGORITHM) return undefined
  const parts = new Map(
    rest
      .join('')
      .split(',')
      .map((part) => [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)] as const),
  )
  const [access, signedHeaders, signature] = ['Access', 'SignedHeaders', 'Signature'].map((name) =>
    parts.get(name),
  )
  if (!access || !signedHeaders || !signature || !/^[0-9a-f]{64}$/i.test(signature)) return undefined
  return {
    access,
    signedHeaders: signedHeaders.toLowerCase().split(';'),
    signature: signature.toLowerCase(),
  }
}

/**
 * Says what is wrong with a signed request apart from the signature itself.
 * @returns null if nothing is
 */
export function findFlaw(
  request: SignedRequest,
  { signedHeaders }: Authorization,
  now: EpochMs,
): string | null {
  const headers = headersByName(request)
  const date = parseBasicTime(headers.get('x-sdk-date') ?? '')
  if (date === undefined) return 'X-Sdk-Date must be there once, as YYYYMMDDTHHMMSSZ'
  if (Math.abs(now - date) > MAX_SKEW_MS) {
    return 'X-Sdk-Date is more than 15 minutes away from the time here; set the clock'
  }
  // What is not signed could be anybody's: a captured request must not be good for another time or place.
  const missing = ['host', 'x-sdk-date'].find((name) => !signedHeaders.includes(name))
  if (missing !== undefined) return `SignedHeaders must name ${missing}`
  const absent = signedHeaders.find((name) => !headers.has(name))
  return absent === undefined ? null : `header ${absent} is signed, but was not sent`
}

/**
 * Whether the holder of this secret signed this request. Clients differ in how they encode a path; whatever way was
 * taken, all of the path is signed.
 */
export function isSigned(request: SignedRequest, authorization: Authorization, secret: string): boolean {
  const { path } = splitTarget(request.target)
  return pathsOf(path).some((form) => {
    const text = canonicalRequest(request, authorization.signedHeaders, form)
    const date = headersByName(request).get('x-sdk-date')
    const signed = [ALGORITHM, date, sha256Hex(text)].join('\n')
    const wanted = createHmac('sha256', secret).update(signed).digest('hex')
    return isSameSignature(authorization.signature, wanted)
  })
}

/**
 * What is hashed and signed. The body is always hashed here: `X-Sdk-Content-Sha256` may stand in for it only with content
 * types that this API does not take.
 * @param path one of {@link pathsOf}
 */
export function canonicalRequest(
  request: SignedRequest,
  signedHeaders: readonly string[],
  path: string,
): string {
  const headers = headersByName(request)
  const names = [...signedHeaders].sort()
  const lines = names.map((name) => `${name}:${(headers.get(name) ?? '').trim()}\n`).join('')
  const query = canonicalQuery(splitTarget(request.target).query)
  const hash = sha256Hex(request.body)
  return [request.method.toUpperCase(), path, query, lines, names.join(';'), hash].join('\n')
}

/** The canonical forms that a path may have been signed in: encoded once, or once more by clients that encode twice. */
export function pathsOf(path: string): readonly string[] {
  const segments = path.split('/')
  const once = segments.map((segment) => encodeStrictly(decode(segment)))
  const twice = segments.map(encodeStrictly)
  const forms = [once, twice].map((form) => form.join('/'))
  return [...new Set(forms.map((form) => (form.endsWith('/') ? form : `${form}/`)))]
}

function canonicalQuery(query: string): string {
  const pairs = [...new URLSearchParams(query)].map(
    ([name, value]) => [encodeStrictly(name), encodeStrictly(value)] as const,
  )
  return pairs
    .sort(([a, x], [b, y]) => compare(a, b) || compare(x, y))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
