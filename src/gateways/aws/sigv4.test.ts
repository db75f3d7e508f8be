import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { test } from 'node:test'
import { HttpRequest } from '@smithy/protocol-http'
import { SignatureV4 } from '@smithy/signature-v4'
import fc from 'fast-check'
import { type SignedRequest, sha256Hex } from '../signed-request.ts'
import { AwsFault } from './fault.ts'
import { canonicalRequest, parseAuthorization, type SignatureRules, verifySignature } from './sigv4.ts'

const ID = 'AKIDEXAMPLE'
const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
const TIME = '20260102T030405Z'
const NOW = Date.parse('2026-01-02T03:04:05Z')
const HOST = '127.0.0.1:8080'
const EMPTY = sha256Hex('')

const rules = (service: string, changes: Partial<SignatureRules> = {}): SignatureRules => ({
  region: 'eu-west-1',
  service,
  now: NOW,
  isEncrypted: false,
  ...changes,
})

const vectors = [
  {
    name: 'a change of code of FinSpace',
    service: 'finspace',
    method: 'PUT',
    target: '/kx/environments/abc123/clusters/my_cluster-1/configuration/code',
    body: '{"clientToken":"tok-1","code":{"s3Bucket":"bkt","s3Key":"code/v2.zip"}}',
    canonical: 'a72b77838e6b64226f802cab76cda2fa4916a2b52a0106ef24462d4120dd673d',
    signature: '25edaa083b8878414e2874dffdff60b0ceaaeb27fc9092903093aea167aa6222',
  },
  {
    name: 'a cancellation of EKS',
    service: 'eks',
    method: 'POST',
    target: '/clusters/web/updates/0f0e0d0c-1111-4222-8333-444455556666/cancel-update',
    body: '{"clientRequestToken":"11111111-2222-4333-8444-555555555555"}',
    canonical: '9cf8cfa9988c5375317da2ad5e7f67df94d436c6b36a03b4b63e26bbd9750384',
    signature: '3794085ab9c3d457b0d49bf942c8809a971f262709cb37a29c13d7b68b126351',
  },
  {
    name: 'a path with an encoded ARN',
    service: 'eks',
    method: 'GET',
    target: '/tags/arn%3Aaws%3Aeks%3Aeu-west-1%3A123456789012%3Acluster%2Fweb',
    body: '',
    canonical: '2e7c2893760d966bc5468c5b5bfb5f56ffc9e706bb4b8c29a922c2ffcd536931',
    signature: '1b6092ed98f7b4e799ab59e2212e7d0e246ddb7ff2902ea9ae34963e6c6544a0',
  },
]

for (const { name, service, method, target, body, canonical, signature } of vectors) {
  test(`the known signature of ${name} is accepted`, () => {
    const signed = body === '' ? ['host', 'x-amz-date'] : ['content-type', 'host', 'x-amz-date']
    const request = requestOf({ method, target, body, service, signature, signed })
    assert.equal(sha256Hex(canonicalRequest(request, signed, sha256Hex(body))), canonical)
    verifySignature(request, parseAuthorization(request), SECRET, rules(service))
  })
}

const good = vectors[0]!
const SIGNED = ['content-type', 'host', 'x-amz-date']

test('what does not say who signed it is refused', () => {
  const cases: [Record<string, string | undefined>, string, RegExp][] = [
    [{ authorization: undefined }, 'MissingAuthenticationTokenException', /missing/i],
    [{ authorization: 'Bearer drover_x' }, 'IncompleteSignatureException', /AWS4-HMAC-SHA256/],
    [
      { authorization: 'AWS4-HMAC-SHA256 Credential=x' },
      'IncompleteSignatureException',
      /'Signature'.*'SignedHeaders'/,
    ],
    [
      { authorization: 'AWS4-HMAC-SHA256 Credential=AK/20260102/eks, SignedHeaders=host, Signature=ab' },
      'IncompleteSignatureException',
      /5 slash-delimited elements/,
    ],
    [{ 'x-amz-date': undefined }, 'IncompleteSignatureException', /X-Amz-Date/],
    [{ 'x-amz-security-token': 'session' }, 'UnrecognizedClientException', /token/],
  ]
  for (const [changes, type, message] of cases) {
    refuses(() => parseAuthorization(withHeaders(requestOf(good), changes)), type, message)
  }
})

test('spaces between the parts of the header do not matter', () => {
  const request = requestOf(good)
  const header = headerOf(request, 'authorization').replaceAll(', ', ',')
  assert.deepEqual(
    parseAuthorization(withHeaders(request, { authorization: header })),
    parseAuthorization(request),
  )
})

test('whatever is changed on the way makes the signature wrong', () => {
  const cases: [string, SignedRequest][] = [
    ['body', { ...requestOf(good), body: Buffer.from('{}') }],
    ['method', { ...requestOf(good), method: 'POST' }],
    ['path', { ...requestOf(good), target: `${good.target}/x` }],
    ['query', { ...requestOf(good), target: `${good.target}?a=b` }],
    ['signed header', withHeaders(requestOf(good), { 'content-type': 'text/plain' })],
    ['signature', requestOf({ ...good, signature: good.signature.replace('2', '3') })],
    ['length of the signature', requestOf({ ...good, signature: 'ab' })],
  ]
  for (const [name, request] of cases) {
    refuses(() => check(request), 'InvalidSignatureException', /does not match the signature/, name)
  }
  const request = requestOf(good)
  const other = () => verifySignature(request, parseAuthorization(request), 'another', rules('finspace'))
  refuses(other, 'InvalidSignatureException', /does not match/)
})

test('a signature is for one region, one service and one day', () => {
  const request = requestOf(good)
  const cases: [Partial<SignatureRules>, RegExp][] = [
    [{ region: 'us-east-1' }, /valid region.*eu-west-1.*us-east-1/],
    [{ service: 'eks' }, /correct service: 'eks'/],
  ]
  for (const [changes, message] of cases) {
    const verify = () =>
      verifySignature(request, parseAuthorization(request), SECRET, rules('finspace', changes))
    refuses(verify, 'InvalidSignatureException', message)
  }
  const edited = (from: string, to: string) =>
    withHeaders(request, { authorization: headerOf(request, 'authorization').replace(from, to) })
  refuses(
    () => check(edited('aws4_request', 'aws5_request')),
    'InvalidSignatureException',
    /valid terminator/,
  )
  refuses(
    () => check(edited('20260102', '20260103')),
    'InvalidSignatureException',
    /Date in Credential scope/,
  )
  refuses(() => check(edited('20260102', '2026')), 'InvalidSignatureException', /Date in Credential scope/)
})

test('a request is good for a quarter of an hour, before and after', () => {
  const minutes = 60_000
  for (const [now, message] of [
    [NOW + 15 * minutes, undefined],
    [NOW - 15 * minutes, undefined],
    [NOW + 15 * minutes + 1, /^Signature expired: 20260102T030405Z is now earlier than 20260102T030405Z/],
    [NOW - 16 * minutes, /^Signature not yet current: 20260102T030405Z is still later than 20260102T030305Z/],
  ] as const) {
    const request = requestOf(good)
    const verify = () =>
      verifySignature(request, parseAuthorization(request), SECRET, rules('finspace', { now }))
    if (message === undefined) verify()
    else refuses(verify, 'InvalidSignatureException', message)
  }
  for (const time of ['yesterday', '20260102T030460Z', '20260231T030405Z', '2026-01-02T03:04:05Z']) {
    const request = withHeaders(requestOf(good), { 'x-amz-date': time })
    refuses(() => check(request), 'IncompleteSignatureException', /basic format/)
  }
})

test('host and date have to be among what is signed', () => {
  for (const name of ['host', 'x-amz-date']) {
    const signed = SIGNED.filter((one) => one !== name)
    const request = sign({ ...good, signed })
    refuses(() => check(request), 'InvalidSignatureException', new RegExp(`'${name}' must be`))
  }
})

test('a body may be left out of the signature only where nobody on the way can change it', () => {
  const signed = ['host', 'x-amz-content-sha256', 'x-amz-date']
  const request = sign({ ...good, signed, payload: 'UNSIGNED-PAYLOAD' })
  refuses(() => check(request), 'InvalidSignatureException', /only over TLS/)
  const encrypted = rules('finspace', { isEncrypted: true })
  verifySignature(request, parseAuthorization(request), SECRET, encrypted)
  const wrong = sign({ ...good, signed, payload: sha256Hex('something else') })
  refuses(() => check(wrong), 'InvalidSignatureException', /x-amz-content-sha256/)
})

const anyText = fc.string({ unit: fc.constantFrom(...'abcXYZ019-._~ %+/:@&=$,;!*()\'"äß漢🙂[]') })
const step = anyText.map((text) => encodeURIComponent(text))

test('whatever the signer of the SDKs signs is accepted, and nothing else is', async () => {
  const signer = new SignatureV4({
    credentials: { accessKeyId: ID, secretAccessKey: SECRET },
    region: 'eu-west-1',
    service: 'eks',
    sha256: Sha256,
  })
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE'),
        steps: fc.array(fc.oneof(step, fc.constantFrom('.', '..', '')), { maxLength: 6 }),
        query: fc.dictionary(
          anyText.filter((name) => name !== ''),
          fc.oneof(anyText, fc.array(anyText, { minLength: 1, maxLength: 3 })),
          { maxKeys: 4, noNullPrototype: true },
        ),
        headers: fc.dictionary(fc.stringMatching(/^x-[a-z]{1,8}$/), fc.stringMatching(/^[ -~\t]{0,20}$/), {
          maxKeys: 3,
          noNullPrototype: true,
        }),
        body: fc.string(),
      }),
      async ({ method, steps, query, headers, body }) => {
        const path = `/${steps.join('/')}`
        const signed = await signer.sign(
          new HttpRequest({ method, path, query, body, headers: { host: HOST, ...headers } }),
          { signingDate: new Date(NOW) },
        )
        const search = queryOnWire(query)
        const request = {
          method,
          target: search === '' ? path : `${path}?${search}`,
          headers: Object.entries(signed.headers).flat(),
          body: Buffer.from(body),
        }
        verifySignature(request, parseAuthorization(request), SECRET, rules('eks'))
        const longer = { ...request, body: Buffer.from(`${body} `) }
        assert.throws(
          () => verifySignature(longer, parseAuthorization(longer), SECRET, rules('eks')),
          AwsFault,
        )
      },
    ),
  )
})

/** As the SDK's HTTP handler writes it. */
function queryOnWire(query: Readonly<Record<string, string | readonly string[]>>): string {
  const encode = (text: string) =>
    encodeURIComponent(text).replace(
      /[!'()*]/g,
      (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
    )
  return Object.entries(query)
    .flatMap(([name, value]) => [value].flat().map((one) => `${encode(name)}=${encode(one)}`))
    .join('&')
}

/** What the signer computes hashes with. */
class Sha256 {
  readonly #hash
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(secret))
  }
  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(bytesOf(data))
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest()
  }
  reset(): void {}
}

function bytesOf(data: string | ArrayBuffer | ArrayBufferView): Buffer {
  if (typeof data === 'string') return Buffer.from(data)
  if (data instanceof ArrayBuffer) return Buffer.from(data)
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength)
}

interface Parts {
  readonly method: string
  readonly target: string
  readonly body: string
  readonly service: string
  readonly signature: string
  readonly signed?: readonly string[]
  /** The header `X-Amz-Content-SHA256`. */
  readonly payload?: string
}

function requestOf({
  method,
  target,
  body,
  service,
  signature,
  signed = SIGNED,
  payload,
}: Parts): SignedRequest {
  const credential = `${ID}/20260102/eu-west-1/${service}/aws4_request`
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${signed.join(';')}, Signature=${signature}`
  return {
    method,
    target,
    headers: [
      ...['Content-Type', 'application/json', 'Host', HOST, 'X-Amz-Date', TIME],
      ...(payload === undefined ? [] : ['X-Amz-Content-SHA256', payload]),
      ...['Authorization', authorization],
    ],
    body: Buffer.from(body),
  }
}

/** The same with the right signature, whatever is signed. */
function sign(parts: Parts): SignedRequest {
  const { signed = SIGNED, body, service, payload } = parts
  const canonical = canonicalRequest(
    requestOf(parts),
    signed,
    payload ?? (body === '' ? EMPTY : sha256Hex(body)),
  )
  const scope = ['20260102', 'eu-west-1', service, 'aws4_request']
  const hmac = (key: string | Buffer, data: string) => createHmac('sha256', key).update(data).digest()
  const key = scope.reduce<string | Buffer>(hmac, `AWS4${SECRET}`)
  const toSign = ['AWS4-HMAC-SHA256', TIME, scope.join('/'), sha256Hex(canonical)].join('\n')
  return requestOf({ ...parts, signature: hmac(key, toSign).toString('hex') })
}

function check(request: SignedRequest): void {
  verifySignature(request, parseAuthorization(request), SECRET, rules('finspace'))
}

function withHeaders(request: SignedRequest, changes: Record<string, string | undefined>): SignedRequest {
  const kept: string[] = []
  for (let at = 0; at < request.headers.length; at += 2) {
    if (!Object.hasOwn(changes, request.headers[at]!.toLowerCase())) {
      kept.push(request.headers[at]!, request.headers[at + 1]!)
    }
  }
  const added = Object.entries(changes).flatMap(([name, value]) => (value === undefined ? [] : [name, value]))
  return { ...request, headers: [...kept, ...added] }
}

function headerOf({ headers }: SignedRequest, name: string): string {
  return headers[headers.findIndex((one) => one.toLowerCase() === name) + 1]!
}

function refuses(work: () => unknown, type: string, message: RegExp, name = type): void {
  assert.throws(work, (error: unknown) => {
    assert.ok(error instanceof AwsFault, String(error))
    assert.deepEqual(error.kind, { type, status: 403 }, name)
    assert.match(error.message, message)
    return true
  })
}
