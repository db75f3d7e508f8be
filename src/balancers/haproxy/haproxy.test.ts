import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { BalancerFailedError } from '../../domain/errors.ts'
import { systemClock } from '../../system/clock.ts'
import type { Balancer } from '../balancer.ts'
import { startHaproxy, type TestHaproxy, WITHOUT_HAPROXY } from '../test-haproxy.ts'
import { createHaproxyBalancer } from './index.ts'

const { signal } = new AbortController()
const A = 'drover-a'

describe('a backend of a real HAProxy', { skip: WITHOUT_HAPROXY }, () => {
  let haproxy: TestHaproxy
  let balancer: Balancer
  const servers: Server[] = []
  before(async () => {
    haproxy = await startHaproxy()
    balancer = createHaproxyBalancer({ socket: haproxy.socket, backend: 'web', clock: systemClock })
  })
  after(async () => {
    await haproxy?.close()
    for (const server of servers) server.close().closeAllConnections()
  })

  /** Answers with its name, when it is let. */
  async function serve(name: string, letGo: Promise<void> = Promise.resolve()) {
    const server = createServer(async ({ url }, response) => {
      if (url !== '/health') await letGo
      response.end(name)
    }).listen(0, '127.0.0.1')
    servers.push(server)
    await once(server, 'listening')
    return { host: '127.0.0.1', port: (server.address() as AddressInfo).port }
  }
  const ask = async () => {
    const answer = await fetch(haproxy.url)
    return answer.ok ? answer.text() : answer.status
  }

  test('a server that is put in takes requests at once, and putting it in again changes nothing', async () => {
    const address = await serve('one')
    await balancer.put(A, address, signal)
    assert.equal(await ask(), 'one')
    await balancer.put(A, address, signal)
    const seen = await balancer.list(signal)
    assert.deepEqual([...seen.keys()], [A], 'servers of others are not told of')
    assert.deepEqual(seen.get(A)?.address, address)
    assert.equal(seen.get(A)?.isOpen, true)
  })

  test('a server is found at its new address', async () => {
    await balancer.put(A, await serve('two'), signal)
    assert.equal(await ask(), 'two')
  })

  test('a server that is shut takes no requests, until it is put in again', async () => {
    const address = (await balancer.list(signal)).get(A)!.address
    await balancer.shut(A, signal)
    await balancer.shut(A, signal)
    assert.equal(await ask(), 503)
    assert.equal((await balancer.list(signal)).get(A)?.isOpen, false)
    await balancer.put(A, address, signal)
    assert.equal(await ask(), 'two')
  })

  test('draining waits for the requests that a server has', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    await balancer.put(A, await serve('slow', promise), signal)
    const answer = ask()
    await untilBusy()
    let isDrained = false
    const drained = balancer.drain(A, 10_000, signal).then((result) => {
      isDrained = true
      return result
    })
    while ((await balancer.list(signal)).get(A)?.isOpen) await new Promise(setImmediate)
    assert.equal(isDrained, false)
    assert.equal(await ask(), 503)
    resolve()
    assert.equal(await answer, 'slow')
    assert.deepEqual(await drained, { left: 0 })
    assert.deepEqual(await balancer.drain(A, 10_000, signal), { left: 0 })
  })

  test('draining ends at its limit, and says how many requests are left', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    await balancer.put(A, await serve('slow', promise), signal)
    const answer = ask()
    await untilBusy()
    assert.deepEqual(await balancer.drain(A, 100, signal), { left: 1 })
    resolve()
    assert.equal(await answer, 'slow', 'a server that is shut serves what it has')
  })

  test('removing takes a server away for good, also one with a request, and one that is not there', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    await balancer.put(A, await serve('slow', promise), signal)
    const answer = ask().catch(() => 0)
    await untilBusy()
    await balancer.remove(A, signal)
    assert.equal(typeof (await answer), 'number', 'it was broken off')
    resolve()
    await balancer.remove(A, signal)
    assert.deepEqual(await balancer.drain(A, 10_000, signal), { left: 0 })
    await balancer.shut(A, signal)
    assert.equal((await balancer.list(signal)).size, 0)
  })

  test('what HAProxy says is told, with socket and backend', async () => {
    const other = createHaproxyBalancer({ socket: haproxy.socket, backend: 'nope', clock: systemClock })
    await assert.rejects(other.list(signal), (error) => {
      assert.ok(error instanceof BalancerFailedError)
      assert.match(error.message, /haproxy at .*admin\.sock, backend nope: .*Can't find backend/)
      return !error.retryable
    })
  })

  async function untilBusy(): Promise<void> {
    const deadline = Date.now() + 5000
    while ((await balancer.drain('drover-none', 0, signal)).left !== 0 || !(await isBusy())) {
      assert.ok(Date.now() < deadline, 'no request arrived')
    }
  }
  /** Whether some server has a request: asked by other means than those that are tested. */
  async function isBusy(): Promise<boolean> {
    const counts = await Promise.all(
      servers.map(
        (server) => new Promise<number>((done) => server.getConnections((_, count) => done(count))),
      ),
    )
    return (counts.at(-1) ?? 0) > 0
  }
})

test('an HAProxy that is not there can be asked again later', async () => {
  const nowhere = { socket: '/nowhere/admin.sock', backend: 'web', clock: systemClock }
  await assert.rejects(createHaproxyBalancer(nowhere).list(signal), (error) => {
    assert.ok(error instanceof BalancerFailedError)
    assert.match(error.message, /\/nowhere\/admin\.sock/)
    return error.retryable
  })
})
