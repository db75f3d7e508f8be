import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { NodeId } from '../domain/ids.ts'
import type { UpdateOrder } from '../domain/update.ts'
import { comesBefore, createOrder } from './node-order.ts'
import { OrderedQueue, type Queued } from './ordered-queue.ts'

const nodes = ['b', 'a', '', 'b', 'a'].map((zone, at) => ({
  id: `n${at + 1}` as NodeId,
  index: at + 1,
  zone,
}))

function orderOf(order: UpdateOrder): string {
  const turnOf = createOrder(order)
  const turns = nodes.map((node) => ({ ...turnOf(node), id: node.id }))
  return turns
    .sort((a, b) => (comesBefore(a, b) ? -1 : 1))
    .map(({ id }) => id)
    .join(' ')
}

const cases: readonly { readonly order: UpdateOrder; readonly want: string }[] = [
  { order: { by: 'index' }, want: 'n1 n2 n3 n4 n5' },
  { order: { by: 'reverse-index' }, want: 'n5 n4 n3 n2 n1' },
  { order: { by: 'zone' }, want: 'n3 n2 n5 n1 n4' },
  { order: { by: 'list', nodes: ['n4', 'gone', 'n2'] }, want: 'n4 n2 n1 n3 n5' },
]
for (const { order, want } of cases) {
  test(`nodes by ${order.by} come as ${want}`, () => {
    assert.equal(orderOf(order), want)
  })
}

test('chance is the same for the same seed, and differs for others', () => {
  const orders = Array.from({ length: 20 }, (_, seed) => orderOf({ by: 'random', seed }))
  assert.deepEqual(
    orders,
    orders.map((_, seed) => orderOf({ by: 'random', seed })),
  )
  assert.ok(new Set(orders).size > 10)
  assert.ok(new Set(orders.map((order) => order.slice(0, 2))).size === nodes.length)
})

/** Ranks come twice, so that ids have to decide. */
const change = fc.record({ id: fc.nat(40), rank: fc.nat(20), domain: fc.constantFrom('', 'a', 'b') })

test('a queue gives the first of what is in it, in order, whatever was added and deleted before', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 120 }), fc.nat(50), (changes, limit) => {
      const queue = new OrderedQueue()
      const inside = new Map<NodeId, Queued>()
      for (const { id: number, rank, domain } of changes) {
        const id = `n${number}` as NodeId
        const known = inside.get(id)
        if (known && rank % 3 === 0) queue.move(known, { domain, rank })
        else if (known) {
          inside.delete(id)
          queue.delete(known)
        } else {
          const item = { id, rank, domain, place: 0 }
          inside.set(id, item)
          queue.add(item)
        }
      }
      const sorted = [...inside.values()].sort((a, b) => (comesBefore(a, b) ? -1 : 1))
      assert.equal(queue.size, inside.size)
      assert.deepEqual(
        queue.first(limit).map(({ id }) => id),
        sorted.slice(0, limit).map(({ id }) => id),
      )
    }),
  )
})
