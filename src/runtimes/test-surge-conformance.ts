import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { LeaseLostError } from '../domain/errors.ts'
import { contextOf, nodeRef, type Subject, wantedOf } from './conformance.ts'
import { type Runtime, type Started, type StartsBeside, supportsSurge } from './runtime.ts'

type Surging = Runtime & StartsBeside

/** What every runtime does alike that can start a replacement beside what runs. */
export function surgeConformance(
  name: string,
  create: () => Promise<Omit<Subject, 'open'> & { open(): Surging }>,
): void {
  describe(`${name} runtime keeps the contract of surge`, () => {
    let subject: Awaited<ReturnType<typeof create>>
    let runtime: Surging
    const ctx = contextOf(1)

    beforeEach(async () => {
      subject = await create()
      runtime = subject.open()
    })
    afterEach(() => subject.close())

    const wanted = (key: string) => wantedOf(key, subject.spec())
    const living = (...started: Started[]) => subject.countLiving(NODE, started)
    const keyOf = async (handle: Started['handle'], of: Runtime = runtime) => {
      const { running, key } = await of.observe(ctx, NODE, handle, { type: 'alive' })
      return running ? key : null
    }
    const both = async () => {
      const old = await runtime.start(ctx, NODE, wanted(OLD))
      return { old, next: await runtime.startBeside(ctx, NODE, wanted(NEXT), OLD) }
    }

    test('what is started beside leaves the old thing running, and each is seen by its handle', async () => {
      assert.ok(supportsSurge(runtime))
      const { old, next } = await both()
      assert.equal(await living(old, next), 2)
      assert.deepEqual([await keyOf(old.handle), await keyOf(next.handle)], [OLD, NEXT])
      assert.notEqual(next.physicalId, old.physicalId)
      if (old.endpoint) assert.notDeepEqual(next.endpoint, old.endpoint)
      const restarted = subject.open()
      assert.deepEqual([await keyOf(old.handle, restarted), await keyOf(next.handle, restarted)], [OLD, NEXT])
    })

    test('starting it again, also after a restart, gives the same one', async () => {
      const { old, next } = await both()
      const again = await subject.open().startBeside(contextOf(2), NODE, wanted(NEXT), OLD)
      assert.deepEqual(again, next)
      assert.equal(await living(old, next, again), 2)
    })

    test('retiring the old one leaves the new one as if it had been started alone', async () => {
      const { old, next } = await both()
      await runtime.retire(ctx, NODE, NEXT)
      await subject.open().retire(ctx, NODE, NEXT)
      assert.equal(await living(old, next), 1)
      assert.equal(await keyOf(null), NEXT)
      assert.deepEqual(await runtime.start(ctx, NODE, wanted(NEXT)), next)
      assert.deepEqual(await runtime.startBeside(ctx, NODE, wanted(NEXT), OLD), next)
      assert.equal(await living(old, next), 1)
    })

    test('retiring the new one leaves the old one as it was', async () => {
      const { old, next } = await both()
      await runtime.retire(ctx, NODE, OLD)
      await runtime.retire(ctx, NODE, OLD)
      assert.equal(await living(old, next), 1)
      assert.deepEqual([await keyOf(old.handle), await keyOf(null)], [OLD, OLD])
      assert.deepEqual(await runtime.start(ctx, NODE, wanted(OLD)), old)
    })

    test('one surge after the other moves a node on, each beside the last', async () => {
      const { old, next } = await both()
      await runtime.retire(ctx, NODE, NEXT)
      const third = await runtime.startBeside(ctx, NODE, wanted(THIRD), NEXT)
      assert.equal(await living(old, next, third), 2)
      if (next.endpoint) assert.notDeepEqual(third.endpoint, next.endpoint)
      await runtime.retire(ctx, NODE, THIRD)
      assert.equal(await living(old, next, third), 1)
      assert.equal(await keyOf(third.handle), THIRD)
    })

    test('what was left beside by a step that broke off makes way for the next one', async () => {
      const { old, next } = await both()
      const third = await runtime.startBeside(ctx, NODE, wanted(THIRD), OLD)
      assert.equal(await living(old, next, third), 2)
      assert.deepEqual([await keyOf(old.handle), await keyOf(third.handle)], [OLD, THIRD])
    })

    test('code that was placed under a node does not make it another one', async () => {
      const old = await runtime.start(ctx, NODE, wanted(OLD))
      const next = await runtime.startBeside(ctx, NODE, wanted(NEXT), OLD.replace('/r1/', '/r9/'))
      assert.equal(await living(old, next), 2)
      await runtime.retire(ctx, NODE, OLD.replace('/r1/', '/r9/'))
      assert.equal(await keyOf(old.handle), OLD)
    })

    test('an ordinary start, a stop and a removal end both', async () => {
      const { old, next } = await both()
      const third = await runtime.start(ctx, NODE, wanted(THIRD))
      assert.equal(await living(old, next, third), 1)
      await runtime.startBeside(ctx, NODE, wanted('n/r1/4'), THIRD)
      await runtime.stop(ctx, NODE, null)
      assert.equal(await living(), 0)
      await runtime.start(ctx, NODE, wanted('n/r1/5'))
      await runtime.startBeside(ctx, NODE, wanted('n/r1/6'), 'n/r1/5')
      await runtime.remove(ctx, NODE, null)
      assert.equal(await living(), 0)
      assert.deepEqual(await subject.traces(NODE), [])
    })

    test('the old one may die meanwhile, and the new one goes on', async () => {
      const { old, next } = await both()
      await subject.kill(NODE, old)
      assert.equal(await keyOf(next.handle), NEXT)
      await runtime.retire(ctx, NODE, NEXT)
      assert.deepEqual([await living(next), await keyOf(null)], [1, NEXT])
    })

    test('a lower term, and a signal that is aborted, change nothing', async () => {
      const old = await runtime.start(contextOf(5), NODE, wanted(OLD))
      const late = contextOf(4)
      await assert.rejects(runtime.startBeside(late, NODE, wanted(NEXT), OLD), LeaseLostError)
      await assert.rejects(runtime.retire(late, NODE, NEXT), LeaseLostError)
      const aborted = contextOf(5, AbortSignal.abort(new Error('over')))
      await assert.rejects(runtime.startBeside(aborted, NODE, wanted(NEXT), OLD), /over/)
      await assert.rejects(runtime.retire(aborted, NODE, NEXT), /over/)
      assert.deepEqual([await living(old), await keyOf(old.handle)], [1, OLD])
    })
  })
}

const NODE = nodeRef('node-1', 1)
const OLD = 'n/r1/1'
const NEXT = 'n/r2/2'
const THIRD = 'n/r2/3'
