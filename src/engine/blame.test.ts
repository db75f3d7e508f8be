import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { sql } from 'kysely'
import { DroverError, LeaseLostError } from '../domain/errors.ts'
import type { ActionId, PoolId } from '../domain/ids.ts'
import { isAvailable } from '../domain/node.ts'
import { Blame } from './blame.ts'
import { type Bench, createBench } from './test-bench.ts'

const benches: Bench[] = []
after(async () => {
  for (const bench of benches) await bench.close()
})

async function bench(size: number): Promise<Bench> {
  const made = await createBench({ size })
  benches.push(made)
  return made
}

const A = 'a' as ActionId

test('an action is at fault when looks fail over it three times running', () => {
  const blame = new Blame()
  const broken = () => [...blame.broken]
  blame.note(A, new Error('x'))
  blame.note('b' as ActionId, new Error('y'))
  blame.note(A, new Error('x'))
  blame.note(A, new Error('x'))
  assert.deepEqual(broken(), [])
  blame.note(A, new Error('x is broken'))
  assert.deepEqual(broken(), [[A, 'x is broken']])
  blame.forget()
  assert.deepEqual(broken(), [])
})

test('nobody is at fault when the store cannot be reached or the lease is lost', () => {
  const blame = new Blame()
  for (let tries = 0; tries < 9; tries += 1) {
    blame.note(A, new DroverError('store_unavailable', 'it is full'))
    blame.note(A, new LeaseLostError('a cluster'))
    blame.note(null, new Error('x'))
  }
  assert.equal(blame.broken.size, 0)
})

test('an action that breaks every look fails with the error, and the others go on', async () => {
  const b = await bench(2)
  const broken = await b.ask('CLUSTER_RESIZE', { poolId: 'no such pool' as PoolId })
  const healthy = await b.resize(3)
  const ended = await b.ended(broken)
  assert.equal(ended.status, 'FAILED')
  assert.match(ended.statusReason, /pool no such pool of cluster web is not loaded/)
  assert.equal((await b.ended(healthy)).status, 'SUCCEEDED')
  assert.ok((await b.nodes()).every(isAvailable))
  assert.ok((await b.eventTypes()).includes('action.broken'))
})

test('an update that breaks every look fails, and the next one goes through', async () => {
  const b = await bench(2)
  const to = await b.revision({})
  const broken = await b.finished(await b.update(to, { maxUnavailable: 'a few' }))
  assert.equal(broken.status, 'Failed')
  assert.match(broken.because, /maxUnavailable: must be/)
  const next = await b.finished(await b.update(to))
  assert.equal(next.status, 'Successful', next.because)
})

test('an action that an engine cannot take up fails, too', async () => {
  const b = await bench(1)
  b.machine.die()
  const began = { status: 'RUNNING', startedAt: 1, poolId: 'no such pool' as PoolId } as const
  const broken = await b.ask('CLUSTER_RESIZE', began)
  await b.crash('end')
  const ended = await b.ended(broken)
  assert.equal(ended.status, 'FAILED')
  assert.match(ended.statusReason, /no such pool/)
  assert.equal((await b.ended(await b.resize(2))).status, 'SUCCEEDED')
})

/** Has the database refuse what matches, as it refuses what is too large. */
async function refuse(b: Bench, table: string, condition: string): Promise<void> {
  const refusal = (event: string) =>
    sql.raw(
      `create trigger refuse_${event} before ${event} on ${table} when ${condition} begin select raise(abort, 'too large'); end`,
    )
  await b.store.write(async (tx) => {
    for (const event of ['insert', 'update']) await refusal(event).execute(tx)
  })
}

test('an action whose outcome the database refuses fails with what it said, and the others go on', async () => {
  const b = await bench(2)
  const [first] = await b.nodes()
  await refuse(b, 'actions', `new.name = 'NODE_CHECK' and new.status = 'SUCCEEDED'`)
  const refused = await b.ask('NODE_CHECK', { nodeId: first!.id, poolId: b.poolId })
  const healthy = await b.resize(3)
  const ended = await b.ended(refused)
  assert.deepEqual(
    [ended.status, /the database refused: too large/.test(ended.statusReason)],
    ['FAILED', true],
  )
  assert.equal((await b.ended(healthy)).status, 'SUCCEEDED')
  assert.ok((await b.eventTypes()).includes('action.broken'))
})

test('an action fails whose nodes the database refuses, as they have another id each time', async () => {
  const b = await bench(1)
  await refuse(b, 'nodes', `new.node_index > 2`)
  const refused = await b.ended(await b.resize(3))
  assert.deepEqual([refused.status, /too large/.test(refused.statusReason)], ['FAILED', true])
  assert.equal((await b.ended(await b.ask('CLUSTER_CHECK', { poolId: b.poolId }))).status, 'SUCCEEDED')
})

test('a database that is full is nobody’s fault', () => {
  const blame = new Blame()
  const full = Object.assign(new Error('database or disk is full'), { code: 'ERR_SQLITE_ERROR', errcode: 13 })
  for (let tries = 0; tries < 9; tries += 1)
    blame.note(A, new DroverError('store_unavailable', 'it is full', { cause: full }))
  assert.deepEqual([blame.broken.size, blame.isRefused], [0, false])
})
