import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isNetwork } from './network.ts'
import { createOutbound } from './outbound.ts'

const resolve = (rules: readonly string[], host: string) =>
  new Promise<string>((done) => {
    createOutbound(rules).lookup(host, { all: true }, (error, found) =>
      done(error ? error.message : (found as readonly { readonly address: string }[])[0]!.address),
    )
  })

const cases = [
  { rules: ['any'], host: '10.0.0.1', isAllowed: true },
  { rules: ['any'], host: '127.0.0.1', isAllowed: true },
  { rules: ['any'], host: '169.254.169.254', isAllowed: false },
  { rules: ['any'], host: '[fe80::1]', isAllowed: false },
  { rules: ['any'], host: '[::ffff:169.254.169.254]', isAllowed: false },
  { rules: ['any'], host: '[::ffff:a9fe:a9fe]', isAllowed: false },
  { rules: ['any'], host: '[fd00:ec2::254]', isAllowed: false },
  { rules: ['any'], host: '0.0.0.0', isAllowed: false },
  { rules: ['any'], host: '[::]', isAllowed: false },
  { rules: ['any', '169.254.7.0/24'], host: '169.254.7.8', isAllowed: true },
  { rules: ['10.0.0.0/8'], host: '10.9.9.9', isAllowed: true },
  { rules: ['10.0.0.0/8'], host: '[::ffff:10.9.9.9]', isAllowed: true },
  { rules: ['10.0.0.0/8'], host: '11.0.0.1', isAllowed: false },
  { rules: ['fd12::/16'], host: '[fd12::7]', isAllowed: true },
  { rules: ['127.0.0.1'], host: '127.0.0.2', isAllowed: false },
  { rules: [], host: '10.0.0.1', isAllowed: false },
]
for (const { rules, host, isAllowed } of cases) {
  test(`with ${JSON.stringify(rules)}, ${host} is ${isAllowed ? '' : 'not '}allowed`, () => {
    const { check } = createOutbound(rules)
    if (isAllowed) check(host)
    else assert.throws(() => check(host), /outbound\.allow/)
  })
}

test('a name is judged by what it stands for, and then by itself', async () => {
  assert.match(await resolve(['any'], 'localhost'), /^(127\.|::1)/)
  assert.match(await resolve(['localhost'], 'LOCALHOST'), /^(127\.|::1)/)
  assert.match(await resolve(['10.0.0.0/8'], 'localhost'), /not allowed by the setting outbound\.allow/)
  assert.match(await resolve(['127.0.0.0/8', '::1'], 'localhost'), /^(127\.|::1)/)
  assert.match(await resolve(['*.example'], 'localhost'), /not allowed/)
})

test('sockets are allowed by path, by folder, or with everything', () => {
  const { allowsSocket } = createOutbound(['/run/haproxy/', '/tmp/one.sock'])
  assert.deepEqual(
    ['/run/haproxy/admin.sock', '/tmp/one.sock', '/run/docker.sock', '/tmp/one.sock.2'].map(allowsSocket),
    [true, true, false, false],
  )
  assert.equal(createOutbound(['any']).allowsSocket('/tmp/any.sock'), true)
})

test('networks are told from names', () => {
  for (const rule of ['10.0.0.0/8', '10.0.0.1', '::1', 'fd00::/8']) assert.equal(isNetwork(rule), true, rule)
  for (const rule of ['host', '10.0.0.0/33', '1/2/3', '*.example', '10.0.0.0/'])
    assert.equal(isNetwork(rule), false, rule)
})
