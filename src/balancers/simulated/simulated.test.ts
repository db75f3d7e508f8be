import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../system/clock.ts'
import { createOutbound } from '../../system/outbound.ts'
import { createBalancers } from '../index.ts'
import { createSimulatedBalancer } from './index.ts'

const place = {
  ...{ socket: null, backend: 'pool', timeoutSeconds: 1, drainSeconds: 1 },
  whenUnreachable: 'FAIL',
} as const

test('a simulated balancer keeps what it is told of its servers', async () => {
  const { signal } = new AbortController()
  const balancer = createSimulatedBalancer('pool')
  const address = { host: '127.0.0.1', port: 80 }
  await balancer.put('a', address, signal)
  await balancer.put('b', address, signal)
  assert.deepEqual(await balancer.drain('a', 1, signal), { left: 0 })
  await balancer.shut('b', signal)
  await balancer.shut('unknown', signal)
  const shut = { address, isOpen: false }
  const before = new Map([
    ['a', shut],
    ['b', shut],
  ])
  assert.deepEqual(await balancer.list(signal), before)
  await balancer.remove('a', signal)
  assert.deepEqual([...(await balancer.list(signal)).keys()], ['b'])
})

test('places without a HAProxy are simulated only by who was told to', () => {
  const options = { clock: systemClock, haproxySocket: null, outbound: createOutbound(['any']) }
  assert.equal(createBalancers(options).at(place), null)
  const simulated = createBalancers({ ...options, simulate: true })
  assert.equal(simulated.makesPools, true)
  assert.match(simulated.at(place)?.name ?? '', /^simulated/)
  assert.equal(simulated.at(place), simulated.at(place))
  assert.match(simulated.at({ ...place, socket: '/run/haproxy.sock' })?.name ?? '', /haproxy/i)
})
