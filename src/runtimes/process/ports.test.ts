import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import type { NodeId } from '../../domain/ids.ts'
import { isFree, releasePort, reservedPort, reservePort } from './ports.ts'

const host = '127.0.0.1'

describe('ports', () => {
  let root: string
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'drover-ports-'))
  })
  afterEach(() => rmSync(root, { recursive: true }))

  const nodeAt = (id: string): NodeId => {
    mkdirSync(join(root, id), { recursive: true })
    return id as NodeId
  }
  const reserve = (id: string, range = { from: 23_000, to: 23_999 }) =>
    reservePort({ root, nodeId: nodeAt(id), host, range })

  test('are kept by their node and never given to two', async () => {
    const ids = Array.from({ length: 30 }, (_, index) => `node-${index}`)
    const ports = await Promise.all(ids.map((id) => reserve(id)))
    assert.equal(new Set(ports).size, ids.length)
    assert.deepEqual(await Promise.all(ids.map((id) => reserve(id))), ports)
  })

  test('that something listens on are passed over, and a full range is told', async () => {
    const server = createServer()
    const range = await listenBelowFreePort(server)
    try {
      assert.equal(await reserve('a', range), range.to)
      await assert.rejects(
        reserve('b', range),
        /no port from \d+ to \d+ is free on 127.0.0.1; widen the range/,
      )
    } finally {
      server.close()
    }
  })

  test('come back when they are released, and when their node is gone without that', async () => {
    const port = await reserve('a')
    const range = { from: port, to: port }
    releasePort(root, 'a' as NodeId)
    assert.equal(await reserve('b', range), port)
    rmSync(join(root, 'b'), { recursive: true })
    assert.equal(await reserve('c', range), port)
    assert.equal(reservedPort(root, 'c' as NodeId), port)
  })

  test('outside a new range are given up for one inside', async () => {
    const first = await reserve('a')
    const range = { from: first + 1, to: first + 100 }
    const second = await reserve('a', range)
    assert.ok(second > first)
    assert.deepEqual(readdirSync(join(root, '.ports')), [String(second)])
  })
})

/** Takes a port whose successor is free. */
async function listenBelowFreePort(
  server: ReturnType<typeof createServer>,
): Promise<{ from: number; to: number }> {
  for (let from = 24_000; from < 25_000; from++) {
    if (!(await isFree(host, from)) || !(await isFree(host, from + 1))) continue
    await new Promise<void>((resolve) => server.listen(from, host, resolve))
    return { from, to: from + 1 }
  }
  throw new Error('no two free ports side by side')
}
