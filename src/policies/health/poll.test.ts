import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Answer, judgeAnswer, pollAddress } from './poll.ts'
import type { PollRules } from './rules.ts'

const endpoint = { host: '10.0.0.7', port: 8080 }
const addresses = [
  { url: 'http://{nodename}/health', want: 'http://web-1/health' },
  { url: 'http://{node_address}/health', want: 'http://10.0.0.7:8080/health' },
  { url: 'https://{host}:9000/{nodename}?p={port}', want: 'https://10.0.0.7:9000/web-1?p=8080' },
  { url: 'http://{host}:{port}{port}/', want: null },
]
for (const { url, want } of addresses) {
  test(`${url} of a node becomes ${want ?? 'no address'}`, () => {
    assert.equal(pollAddress({ url }, { name: 'web-1', endpoint }), want)
  })
}

test('a node without an endpoint cannot be asked by one', () => {
  assert.equal(pollAddress({ url: 'http://{host}/' }, { name: 'web-1', endpoint: null }), null)
  assert.equal(pollAddress({ url: 'http://{nodename}/' }, { name: 'web-1', endpoint: null }), 'http://web-1/')
})

test('a host of IP version 6 is put into brackets', () => {
  const node = { name: 'web-1', endpoint: { host: '::1', port: 80 } }
  assert.equal(pollAddress({ url: 'http://{node_address}/' }, node), 'http://[::1]:80/')
})

const RULES: PollRules = {
  url: '',
  verifiesCertificate: true,
  countsUnreachable: true,
  healthyText: '',
  retryLimit: 1,
  retryIntervalSeconds: 1,
}
const answered = (status: number, text = ''): Answer => ({ kind: 'answered', status, text })
const refused: Answer = { kind: 'unreachable', why: 'connection refused' }
const cases: readonly {
  readonly name: string
  readonly rules?: Partial<PollRules>
  readonly answer: Answer
  readonly fails: boolean
  readonly says: RegExp
}[] = [
  { name: 'any answer', answer: answered(200), fails: false, says: /answered 200$/ },
  { name: 'a redirect', answer: answered(302), fails: false, says: /answered 302$/ },
  { name: 'a refusal', answer: answered(404), fails: true, says: /answered 404$/ },
  { name: 'an error of the server', answer: answered(500), fails: true, says: /answered 500$/ },
  { name: 'no answer', answer: refused, fails: true, says: /: connection refused$/ },
  {
    name: 'no answer, when that does not count',
    rules: { countsUnreachable: false },
    answer: refused,
    fails: false,
    says: /refused/,
  },
  {
    name: 'an error, when being unreachable does not count',
    rules: { countsUnreachable: false },
    answer: answered(503),
    fails: true,
    says: /503/,
  },
  {
    name: 'the wanted text',
    rules: { healthyText: 'u[pq]' },
    answer: answered(200, 'it is up'),
    fails: false,
    says: /with "u\[pq\]"$/,
  },
  {
    name: 'another text',
    rules: { healthyText: 'up' },
    answer: answered(200, 'down'),
    fails: true,
    says: /without "up"$/,
  },
]
const search = (pattern: string, text: string) => new RegExp(pattern).test(text)
for (const { name, rules, answer, fails, says } of cases) {
  test(`${name} ${fails ? 'speaks against a node' : 'is good'}`, () => {
    const finding = judgeAnswer({ ...RULES, ...rules }, 'http://h/', answer, search)
    assert.equal(finding.hasFailed, fails)
    assert.match(finding.because, says)
  })
}

test('a search that takes too long is no fault of the node', () => {
  const finding = judgeAnswer({ ...RULES, healthyText: '(a+)+$' }, 'http://h/', answered(200), () => null)
  assert.deepEqual(finding.hasFailed, false)
})

test('what may be secret in an address is not told', () => {
  const { because } = judgeAnswer(RULES, 'http://me:pw@h:1/x?token=t', answered(500), search)
  assert.equal(because, 'GET http://h:1/x answered 500')
})
