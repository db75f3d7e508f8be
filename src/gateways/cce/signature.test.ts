import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import type { SignedRequest } from '../signed-request.ts'
import {
  type Authorization,
  canonicalRequest,
  findFlaw,
  isSigned,
  parseAuthorization,
  pathsOf,
} from './signature.ts'

const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
const NAMES = 'content-type;host;x-project-id;x-sdk-date'
const NOW = Date.UTC(2026, 0, 2, 3, 4, 5)
const HEADERS = [
  ...['Content-Type', 'application/json', 'Host', '127.0.0.1:8080'],
  ...['X-Project-Id', 'p123', 'X-Sdk-Date', '20260102T030405Z'],
]

interface Vector {
  readonly request: SignedRequest
  readonly canonicalHash: string
  readonly signature: string
}

const upgrade: Vector = {
  request: {
    method: 'POST',
    target: '/api/v3/projects/p123/clusters/c1/nodepools/np-1/operation/upgrade',
    headers: HEADERS,
    body: Buffer.from('{"spec": {"maxUnavailable": 1, "nodePoolID": "np-1"}}'),
  },
  canonicalHash: '0848aa39ced6d66d26e10ffe9a9d6a0e4c6ac69a22e5bc9d1715bb7addea3a43',
  signature: 'aa5a40a27d137565e9eac5ce4942c32adb01e645ce95f61b109b6391bec374c9',
}
const list: Vector = {
  request: {
    method: 'GET',
    target: '/api/v3/projects/p123/clusters/c1/nodes?limit=10&marker=m%2F1',
    headers: HEADERS,
    body: Buffer.alloc(0),
  },
  canonicalHash: '4e39f2d57d272d36e4a2a7a393354fd6986f3d3d16a378a631d2f10b6c7444d6',
  signature: 'ea229f0bf21d3f8e1bc18d984d1de4c8089372c71816816b74876ff539843bfd',
}
const authorizationOf = (signature: string, names = NAMES): Authorization =>
  parseAuthorization(`SDK-HMAC-SHA256 Access=AKIDEXAMPLE, SignedHeaders=${names}, Signature=${signature}`)!

for (const [name, { request, canonicalHash, signature }] of Object.entries({ upgrade, list })) {
  describe(`the vendor's signature of the request ${name}`, () => {
    const authorization = authorizationOf(signature)
    test('is of the same canonical text, and accepted', () => {
      const [path] = pathsOf(request.target.split('?')[0]!)
      const text = canonicalRequest(request, authorization.signedHeaders, path!)
      assert.equal(createHash('sha256').update(text).digest('hex'), canonicalHash)
      assert.ok(isSigned(request, authorization, SECRET))
      assert.equal(findFlaw(request, authorization, NOW), null)
    })

    const changes: Readonly<Record<string, SignedRequest>> = {
      method: { ...request, method: 'DELETE' },
      path: { ...request, target: request.target.replace('c1', 'c2') },
      query: { ...request, target: `${request.target}${request.target.includes('?') ? '&' : '?'}force=1` },
      body: { ...request, body: Buffer.from('{}') },
      header: { ...request, headers: HEADERS.map((value) => (value === 'p123' ? 'p124' : value)) },
      date: {
        ...request,
        headers: HEADERS.map((value) => (value === '20260102T030405Z' ? '20260102T030406Z' : value)),
      },
    }
    for (const [what, changed] of Object.entries(changes)) {
      test(`is none of a request with another ${what}`, () => {
        assert.equal(isSigned(changed, authorization, SECRET), false)
      })
    }
    test('is none with another secret', () => {
      assert.equal(isSigned(request, authorization, `${SECRET}x`), false)
    })
  })
}

test('a path is taken as encoded once, or by clients that encode twice', () => {
  assert.deepEqual(pathsOf('/a/b'), ['/a/b/'])
  assert.deepEqual(pathsOf('/a%20b/%C3%A4'), ['/a%20b/%C3%A4/', '/a%2520b/%25C3%25A4/'])
  assert.deepEqual(pathsOf('/a%zz/'), ['/a%25zz/'])
})

const malformed = [
  '',
  'Bearer abc',
  'SDK-HMAC-SM3 Access=a, SignedHeaders=host;x-sdk-date, Signature=00',
  `SDK-HMAC-SHA256 SignedHeaders=${NAMES}, Signature=${upgrade.signature}`,
  `SDK-HMAC-SHA256 Access=a, Signature=${upgrade.signature}`,
  `SDK-HMAC-SHA256 Access=a, SignedHeaders=${NAMES}, Signature=abc`,
]
for (const header of malformed) {
  test(`"${header.slice(0, 60)}" is no authorization`, () => {
    assert.equal(parseAuthorization(header), undefined)
  })
}

const flaws: readonly (readonly [string, RegExp, Partial<SignedRequest>, string?, number?])[] = [
  ['without a date', /X-Sdk-Date must be/, { headers: HEADERS.slice(0, 6) }],
  ['of a quarter of an hour ago and a second', /15 minutes/, {}, NAMES, NOW + 901_000],
  ['of the future', /15 minutes/, {}, NAMES, NOW - 901_000],
  ['whose host is not signed', /must name host/, {}, 'x-sdk-date'],
  ['whose date is not signed', /must name x-sdk-date/, {}, 'host'],
  ['with a signed header that is not there', /x-other is signed/, {}, 'host;x-other;x-sdk-date'],
]
for (const [what, wanted, change, names = NAMES, now = NOW] of flaws) {
  test(`a request ${what} is refused before anybody looks for the key`, () => {
    const flaw = findFlaw({ ...upgrade.request, ...change }, authorizationOf(upgrade.signature, names), now)
    assert.match(flaw ?? '', wanted)
  })
}

test('a request of a quarter of an hour ago is accepted', () => {
  assert.equal(findFlaw(upgrade.request, authorizationOf(upgrade.signature), NOW + 900_000), null)
})
