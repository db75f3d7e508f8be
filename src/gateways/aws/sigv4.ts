import { createHmac } from 'node:crypto'
import type { EpochMs } from '../../domain/ids.ts'
import {
  encodeStrictly,
  formatBasicTime,
  headersByName,
  isSameSignature,
  MAX_SKEW_MS,
  parseBasicTime,
  type SignedRequest,
  sha256Hex,
  splitTarget,
} from '../signed-request.ts'
import { AwsFault, type FaultKind } from './fault.ts'

/**
 * AWS Signature Version 4, the receiving side. Pure: the request as it came over the wire, a secret and the time in, a
 * refusal out. First {@link parseAuthorization} says whose key it is, then {@link verifySignature} checks it.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */

const ALGORITHM = 'AWS4-HMAC-SHA256'
const TERMINATOR = 'aws4_request'
const UNSIGNED = 'UNSIGNED-PAYLOAD'

/** What the `Authorization` header says. */
export interface Authorization {
  readonly accessKeyId: string
  /** `20260102` */
  readonly date: string
  readonly region: string
  readonly service: string
  readonly terminator: string
  /** In the order in which they were signed. */
  readonly signedHeaders: readonly string[]
  readonly signature: string
}

/** What a signature has to be for. */
export interface SignatureRules {
  readonly region: string
  /** The signing name: `eks`. */
  readonly service: string
  readonly now: EpochMs
  /** Whether the request came encrypted: only then may its body be left out of the signature. */
  readonly isEncrypted: boolean
}

/** The key or its secret is not right, as when somebody guesses. All other refusals are mistakes. */
export class WrongCredential extends AwsFault {}

/**
 * Reads the `Authorization` header of a request.
 * @throws AwsFault `MissingAuthenticationTokenException`, `IncompleteSignatureException`, and
 *   `UnrecognizedClientException` for temporary credentials, which are not given out here
 */
export function parseAuthorization(request: SignedRequest): Authorization {
  const headers = headersByName(request)
  const header = headers.get('authorization')
  if (header === undefined) throw missing('Request is missing an Authentication Token.')
  if (!header.startsWith(`${ALGORITHM} `)) {
    throw incomplete(`The Authorization header must begin with '${ALGORITHM}'.`)
  }
  const parts = readParts(header.slice(ALGORITHM.length + 1))
  const absent = ['Credential', 'Signature', 'SignedHeaders'].filter((name) => !parts.has(name))
  const faults = absent.map((name) => `Authorization header requires '${name}' parameter.`)
  if (!headers.has('x-amz-date'))
    faults.push("Authorization header requires existence of an 'X-Amz-Date' header.")
  if (faults.length > 0) throw incomplete(faults.join(' '))
  const scope = parts.get('Credential')!.split('/')
  // An access key id has no slash, so that the last four parts are the scope.
  const [date, region, service, terminator] = scope.slice(-4)
  const accessKeyId = scope.slice(0, -4).join('/')
  if (scope.length < 5 || accessKeyId === '') {
    throw incomplete(
      `Credential must have at least 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${parts.get('Credential')}'.`,
    )
  }
  if (headers.has('x-amz-security-token')) throw unrecognized()
  return {
    accessKeyId,
    date: date!,
    region: region!,
    service: service!,
    terminator: terminator!,
    signedHeaders: parts.get('SignedHeaders')!.toLowerCase().split(';'),
    signature: parts.get('Signature')!,
  }
}

/**
 * Checks that the holder of a secret signed exactly this request, a short time ago, for this service and region.
 * @throws AwsFault `InvalidSignatureException`
 */
export function verifySignature(
  request: SignedRequest,
  authorization: Authorization,
  secret: string,
  rules: SignatureRules,
): void {
  const headers = headersByName(request)
  const time = headers.get('x-amz-date') ?? ''
  checkTime(time, authorization.date, rules.now)
  checkScope(authorization, rules)
  const signed = new Set(authorization.signedHeaders)
  // Without these two, what was signed once could be sent again, later and to somebody else.
  for (const name of ['host', 'x-amz-date']) {
    if (!signed.has(name)) throw invalid(`'${name}' must be a 'SignedHeader' in the AWS Authorization.`)
  }
  const scope = [authorization.date, authorization.region, authorization.service, TERMINATOR]
  const payload = checkPayload(headers.get('x-amz-content-sha256'), request.body, rules.isEncrypted)
  const canonical = sha256Hex(canonicalRequest(request, authorization.signedHeaders, payload))
  const toSign = [ALGORITHM, time, scope.join('/'), canonical].join('\n')
  const key = scope.reduce<string | Buffer>(hmac, `AWS4${secret}`)
  if (isSameSignature(hmac(key, toSign).toString('hex'), authorization.signature)) return
  throw new WrongCredential(
    INVALID,
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
  )
}

/**
 * The text that stands for a request: what was signed of it, each part in one form.
 * @param payload SHA-256 of the body in hexadecimal, or what stands for it
 */
export function canonicalRequest(
  request: SignedRequest,
  signedHeaders: readonly string[],
  payload: string,
): string {
  const { path, query } = splitTarget(request.target)
  const headers = headersByName(request)
  const lines = signedHeaders.map(
    (name) => `${name}:${(headers.get(name) ?? '').trim().replace(/\s+/g, ' ')}`,
  )
  return [
    request.method.toUpperCase(),
    canonicalPath(path),
    canonicalQuery(query),
    ...lines,
    '',
    signedHeaders.join(';'),
    payload,
  ].join('\n')
}

/** The path without its empty and dotted steps, and encoded once more than it was on the wire. */
function canonicalPath(path: string): string {
  const steps: string[] = []
  for (const step of path.split('/')) {
    if (step === '..') steps.pop()
    else if (step !== '' && step !== '.') steps.push(step)
  }
  const end = steps.length > 0 && path.endsWith('/') ? '/' : ''
  return `/${steps.map(encodeStrictly).join('/')}${end}`
}

/** The pairs as they are encoded on the wire, in the order of their names and values. */
function canonicalQuery(query: string): string {
  return query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const at = pair.indexOf('=')
      return at < 0 ? ([pair, ''] as const) : ([pair.slice(0, at), pair.slice(at + 1)] as const)
    })
    .sort(([name, value], [other, otherValue]) => order(name, other) || order(value, otherValue))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}

function order(one: string, other: string): number {
  return one < other ? -1 : Number(one > other)
}

function checkTime(time: string, date: string, now: EpochMs): void {
  const at = parseBasicTime(time)
  if (at === undefined) {
    throw incomplete(
      `Date must be in ISO-8601 'basic format'. Got '${time}'. See http://en.wikipedia.org/wiki/ISO_8601`,
    )
  }
  if (!time.startsWith(date) || date.length !== 8) {
    throw invalid(
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${date}' != '${time.slice(0, 8)}', from '${time}'.`,
    )
  }
  const [earliest, latest] = [now - MAX_SKEW_MS, now + MAX_SKEW_MS].map(formatBasicTime)
  if (at < now - MAX_SKEW_MS) {
    throw invalid(
      `Signature expired: ${time} is now earlier than ${earliest} (${formatBasicTime(now)} - 15 min.)`,
    )
  }
  if (at > now + MAX_SKEW_MS) {
    throw invalid(
      `Signature not yet current: ${time} is still later than ${latest} (${formatBasicTime(now)} + 15 min.)`,
    )
  }
}

function checkScope({ region, service, terminator }: Authorization, rules: SignatureRules): void {
  const faults = [
    ...(region === rules.region
      ? []
      : [
          `Credential should be scoped to a valid region, not '${region}'; this endpoint is '${rules.region}'.`,
        ]),
    ...(service === rules.service
      ? []
      : [`Credential should be scoped to correct service: '${rules.service}'.`]),
    ...(terminator === TERMINATOR
      ? []
      : [`Credential should be scoped with a valid terminator: '${TERMINATOR}', not '${terminator}'.`]),
  ]
  if (faults.length > 0) throw invalid(faults.join(' '))
}

/** @param claimed the header `X-Amz-Content-SHA256`, which not every client sends */
function checkPayload(claimed: string | undefined, body: Uint8Array, isEncrypted: boolean): string {
  if (claimed === UNSIGNED) {
    if (isEncrypted) return UNSIGNED
    throw invalid('An unsigned payload is accepted only over TLS.')
  }
  const hash = sha256Hex(body)
  if (claimed === undefined || claimed === hash) return hash
  throw invalid("The provided 'x-amz-content-sha256' header does not match what was computed.")
}

function readParts(text: string): ReadonlyMap<string, string> {
  const pairs = text.split(',').map((part) => part.trim())
  return new Map(
    pairs.flatMap((pair) => {
      const at = pair.indexOf('=')
      return at > 0 && at < pair.length - 1 ? [[pair.slice(0, at), pair.slice(at + 1)] as const] : []
    }),
  )
}

function hmac(key: string | Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest()
}

function missing(message: string): AwsFault {
  return new AwsFault({ type: 'MissingAuthenticationTokenException', status: 403 }, message)
}

function incomplete(message: string): AwsFault {
  return new AwsFault({ type: 'IncompleteSignatureException', status: 403 }, message)
}

const INVALID: FaultKind = { type: 'InvalidSignatureException', status: 403 }

function invalid(message: string): AwsFault {
  return new AwsFault(INVALID, message)
}

/** For a key that nobody has, or that is disabled. Also for session tokens, of which there are none. */
export function unrecognized(): AwsFault {
  return new WrongCredential(
    { type: 'UnrecognizedClientException', status: 403 },
    'The security token included in the request is invalid.',
  )
}
