import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkListen, parseListenAddress, parseListenAddresses } from './listen.ts'

const noTls = { cert: null, key: null }
const tls = { cert: '/cert.pem', key: '/key.pem' }

test('an address is a host and a port', () => {
  assert.deepEqual(parseListenAddress('127.0.0.1:0'), { host: '127.0.0.1', port: 0 })
  assert.deepEqual(parseListenAddress('[::]:443'), { host: '::', port: 443 })
  assert.deepEqual(parseListenAddress('drover.example:7717'), { host: 'drover.example', port: 7717 })
  for (const bad of ['7717', ':7717', '::1:7717', '[host]:1', 'host:65536', 'host:', 'a b:1', 7717]) {
    assert.equal(parseListenAddress(bad), undefined, String(bad))
  }
})

test('beyond this machine it listens with TLS, or by explicit permission, or not at all', () => {
  const cases = [
    { name: 'loopback', host: '127.0.0.1', refused: false },
    { name: 'another loopback address', host: '127.8.0.1', refused: false },
    { name: 'IPv6 loopback', host: '::1', refused: false },
    { name: 'localhost', host: 'localhost', refused: false },
    { name: 'all addresses', host: '0.0.0.0', refused: true },
    { name: 'all IPv6 addresses', host: '::', refused: true },
    { name: 'a name that only begins like loopback', host: '127.0.0.1.example', refused: true },
    { name: 'another machine’s way in', host: '192.0.2.7', refused: true },
    { name: 'with TLS', host: '0.0.0.0', tls, refused: false },
    { name: 'when allowed', host: '0.0.0.0', allowInsecureListen: true, refused: false },
  ]
  for (const { name, refused, host, ...rest } of cases) {
    const rule = { tls: noTls, allowInsecureListen: false, ...rest, listen: { host, port: 7717 } }
    if (!refused) assert.doesNotThrow(() => checkListen(rule), name)
    else assert.throws(() => checkListen(rule), { code: 'invalid_spec', field: 'listen' }, name)
  }
})

test('the refusal tells the three ways out', () => {
  const rule = { listen: { host: '0.0.0.0', port: 1 }, tls: noTls, allowInsecureListen: false }
  assert.throws(() => checkListen(rule), {
    message: /127\.0\.0\.1.*tls\.cert and tls\.key.*--allow-insecure-listen/s,
  })
})

test('a certificate without its key is refused, and a key without its certificate', () => {
  const listen = { host: '127.0.0.1', port: 1 }
  const check = (half: { cert: string | null; key: string | null }) => () =>
    checkListen({ listen, tls: half, allowInsecureListen: false })
  assert.throws(check({ cert: '/cert.pem', key: null }), { field: 'tls.key' })
  assert.throws(check({ cert: null, key: '/key.pem' }), { field: 'tls.cert' })
})

test('gateways have addresses beside that of the API, which stays where it is unless it is named', () => {
  const senlin = { host: '127.0.0.1', port: 8778 }
  const api = { host: '127.0.0.1', port: 7717 }
  const cases = [
    { given: '127.0.0.1:1', want: { host: '127.0.0.1', port: 1, gateways: {} } },
    { given: 'senlin=127.0.0.1:8778', want: { ...api, gateways: { senlin } } },
    { given: ['[::1]:1', 'senlin=127.0.0.1:8778'], want: { host: '::1', port: 1, gateways: { senlin } } },
    {
      given: 'identity=[::1]:5000, senlin=127.0.0.1:8778,127.0.0.1:7717',
      want: { ...api, gateways: { identity: { host: '::1', port: 5000 }, senlin } },
    },
  ]
  for (const { given, want } of cases) assert.deepEqual(parseListenAddresses(given), want, String(given))
  for (const wrong of [
    '',
    'senlin=',
    '=127.0.0.1:1',
    '127.0.0.1:1,127.0.0.1:2',
    ['a=h:1', 'a=h:2'],
    7,
    [7],
    {},
  ]) {
    assert.equal(parseListenAddresses(wrong), undefined, JSON.stringify(wrong))
  }
})

test('a gateway is not let out without TLS either', () => {
  const listen = { host: '127.0.0.1', port: 1, gateways: { senlin: { host: '0.0.0.0', port: 2 } } }
  assert.throws(() => checkListen({ listen, tls: noTls, allowInsecureListen: false }), {
    field: 'listen',
    message: /0\.0\.0\.0/,
  })
})
