import assert from 'node:assert/strict'
import { test } from 'node:test'
import { facts } from '../test-facts.ts'
import { loadbalancePolicy } from './index.ts'

const parse = (properties: object) => loadbalancePolicy.parse('1.3', properties as never)

test('a pool alone is enough, and everything else has its default', () => {
  const { pool, vip, healthMonitor, haproxy, lbStatusTimeout } = parse({ pool: { subnet: 'private' } })
  assert.equal(pool?.lbMethod, 'ROUND_ROBIN')
  assert.equal(vip.protocolPort, 80)
  assert.equal(healthMonitor.maxRetries, 3)
  assert.equal(haproxy, null)
  assert.equal(lbStatusTimeout, 300)
})

const refusals = [
  { name: 'a pool that nodes cannot be reached in', given: { pool: {} }, says: /pool\.subnet: is missing/ },
  { name: 'an address in no network', given: { vip: { protocol: 'TCP' } }, says: /vip: must name a subnet/ },
  {
    name: 'a port that is none',
    given: { pool: { subnet: 's', protocolPort: 70_000 } },
    says: /at most 65535/,
  },
  {
    name: 'an HAProxy without a backend',
    given: { haproxy: { socket: '/run/h' } },
    says: /backend: is missing/,
  },
  {
    name: 'an HAProxy whose address leads nowhere',
    given: { haproxy: { socket: 'localhost', backend: 'web' } },
    says: /haproxy\.socket: must be an absolute path or tcp/,
  },
]
for (const { name, given, says } of refusals) {
  test(`${name} is refused`, () => {
    assert.throws(() => parse(given), says)
  })
}

for (const socket of ['/run/haproxy/admin.sock', 'tcp://127.0.0.1:9999', 'tcp://[::1]:9999']) {
  test(`an HAProxy is reached at ${socket}`, () => {
    assert.equal(parse({ haproxy: { socket, backend: 'web' } }).haproxy?.socket, socket)
  })
}

test('it says that nodes leave the load balancer first', () => {
  const verdict = loadbalancePolicy.ask(parse({}), facts())
  assert.deepEqual(verdict.kind === 'narrow' && verdict.decisions, { loadBalance: true })
})
