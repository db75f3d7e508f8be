import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { DroverError, LeaseLostError } from '../domain/errors.ts'
import type { NodeId, RevisionId } from '../domain/ids.ts'
import type { RevisionSpec } from '../domain/revision.ts'
import { silentLog } from '../system/log.ts'
import type {
  Adopts,
  NodeRef,
  OperationRequest,
  PerformsOperations,
  Runtime,
  RuntimeContext,
  Started,
  Wanted,
} from './runtime.ts'

/** One runtime and its world, made afresh for every test. */
export interface Subject {
  /** Another instance over the same world, as after a restart of Drover. */
  open(): Runtime
  /** What a node should run: something that lives until it is stopped. */
  spec(): RevisionSpec
  /** What takes far longer than a test to stop, so that a stop can be aborted; null if there is no such thing. */
  slowToStop(): RevisionSpec | null
  /** How many things live on this node, asked of the world and not of the runtime. */
  countLiving(node: NodeRef, started: readonly Started[]): Promise<number>
  /** Ends what runs there behind the runtime's back; returns when it is gone. */
  kill(node: NodeRef, started: Started): Promise<void>
  /** What is left of the node in the world. */
  traces(node: NodeRef): Promise<readonly string[]>
  close(): Promise<void>
}

/** What every runtime does alike. Call it from the runtime's own test file. */
export function runtimeConformance(name: string, create: () => Promise<Subject>): void {
  describe(`${name} runtime keeps the contract`, () => {
    let subject: Subject
    let runtime: Runtime

    beforeEach(async () => {
      subject = await create()
      runtime = subject.open()
    })
    afterEach(() => subject.close())

    const living = (...started: Started[]) => subject.countLiving(NODE, started)

    test('starting twice with one key gives one thing', async () => {
      const first = await runtime.start(contextOf(1), NODE, wantedOf('k1', subject.spec()))
      const second = await runtime.start(contextOf(1), NODE, wantedOf('k1', subject.spec()))
      assert.equal(second.physicalId, first.physicalId)
      assert.deepEqual(second.endpoint, first.endpoint)
      assert.equal(await living(first, second), 1)
    })

    test('starting twice at the same moment gives one thing', async () => {
      const wanted = wantedOf('k1', subject.spec())
      const [first, second] = await Promise.all([
        runtime.start(contextOf(1), NODE, wanted),
        subject.open().start(contextOf(1), NODE, wanted),
      ])
      assert.equal(second.physicalId, first.physicalId)
      assert.equal(await living(first, second), 1)
    })

    test('starting another key replaces what runs', async () => {
      const first = await runtime.start(contextOf(1), NODE, wantedOf('k1', subject.spec()))
      const second = await runtime.start(contextOf(1), NODE, wantedOf('k2', subject.spec()))
      assert.notEqual(second.physicalId, first.physicalId)
      assert.equal(await living(first, second), 1)
      assert.equal((await runtime.observe(contextOf(1), NODE, second.handle, null)).key, 'k2')
    })

    test('starting the same key again after its thing died brings it back', async () => {
      const first = await runtime.start(contextOf(1), NODE, wantedOf('k1', subject.spec()))
      await subject.kill(NODE, first)
      const second = await runtime.start(contextOf(1), NODE, wantedOf('k1', subject.spec()))
      assert.equal(await living(first, second), 1)
      assert.equal((await runtime.observe(contextOf(1), NODE, second.handle, null)).running, true)
    })

    test('preparing disturbs nothing that runs', async () => {
      const first = await runtime.start(contextOf(1), NODE, wantedOf('k1', subject.spec()))
      await runtime.prepare(contextOf(1), NODE, wantedOf('k2', subject.spec()))
      await runtime.prepare(contextOf(1), NODE, wantedOf('k2', subject.spec()))
      const observed = await runtime.observe(contextOf(1), NODE, first.handle, null)
      assert.deepEqual([observed.running, observed.key], [true, 'k1'])
      assert.equal(await living(first), 1)
    })

    test('stopping is done once and may be asked for again', async () => {
      await runtime.stop(contextOf(1), NODE, null)
      const started = await runtime.start(contextOf(1), NODE, wantedOf('k1', subject.spec()))
      await runtime.stop(contextOf(1), NODE, started.handle)
      await runtime.stop(contextOf(1), NODE, started.handle)
      assert.equal(await living(started), 0)
      assert.equal((await runtime.observe(contextOf(1), NODE, started.handle, null)).running, false)
    })

    test('a stopped node starts again under a new key', async () => {
      const first = await runtime.start(contextOf(1), NODE, wantedOf('k1', subject.spec()))
      await runtime.stop(contextOf(1), NODE, first.handle)
      const second = await runtime.start(contextOf(1), NODE, wantedOf('k2', subject.spec()))
      assert.equal(await living(first, second), 1)
    })

    test('stopping needs no handle: a crash may have lost it', async () => {
      const started = await runtime.start(contextOf(1), NODE, wantedOf('k1', subject.spec()))
      await runtime.stop(contextOf(1), NODE, null)
      assert.equal(await living(started), 0)
    })

    test('removing leaves nothing and may be asked for again', async () => {
      await runtime.prepare(contextOf(1), NODE, wantedOf('k1', subject.spec()))
      const started = await runtime.start(contextOf(1), NODE, wantedOf('k1', subject.spec()))
      await runtime.remove(contextOf(1), NODE, started.handle)
      await runtime.remove(contextOf(1), NODE, started.handle)
      assert.equal(await living(started), 0)
      assert.deepEqual(await subject.traces(NODE), [])
    })

    test('removing what never was is success', async () => {
      await runtime.remove(contextOf(1), NODE, null)
      assert.deepEqual(await subject.traces(NODE), [])
    })

    test('an engine that lost its lease does not bring back a node that the next one removed', async () => {
      await runtime.start(contextOf(1), NODE, wantedOf('k1', subject.spec()))
      await runtime.remove(contextOf(2), NODE, null)
      const late = contextOf(1)
      await assert.rejects(runtime.prepare(late, NODE, wantedOf('k2', subject.spec())), LeaseLostError)
      await assert.rejects(runtime.start(late, NODE, wantedOf('k2', subject.spec())), LeaseLostError)
      assert.deepEqual(await subject.traces(NODE), [])
    })

    test('observing tells what runs, what was stopped and what died', async () => {
      assert.equal((await runtime.observe(contextOf(1), NODE, null, null)).running, false)
      const started = await runtime.start(contextOf(1), NODE, wantedOf('k1', subject.spec()))
      const alive = await runtime.observe(contextOf(1), NODE, started.handle, { type: 'alive' })
      assert.deepEqual([alive.running, alive.key, alive.passing], [true, 'k1', true])
      assert.notEqual(alive.detail, '')
      const unchecked = await runtime.observe(contextOf(1), NODE, started.handle, null)
      assert.equal(unchecked.passing, null)
      await subject.kill(NODE, started)
      const dead = await runtime.observe(contextOf(1), NODE, started.handle, { type: 'alive' })
      assert.deepEqual([dead.running, dead.passing], [false, null])
      assert.notEqual(dead.detail, '')
    })

    test('nodes do not touch each other', async () => {
      const first = await runtime.start(contextOf(1), NODE, wantedOf('k1', subject.spec()))
      const other = await runtime.start(contextOf(1), OTHER, wantedOf('k1', subject.spec()))
      await runtime.remove(contextOf(1), OTHER, other.handle)
      assert.equal(await living(first), 1)
      assert.equal(await subject.countLiving(OTHER, [other]), 0)
    })

    test('a call whose signal is aborted already does nothing and says so', async () => {
      const wanted = wantedOf('k1', subject.spec())
      const aborted = contextOf(1, AbortSignal.abort(new Error('over')))
      await assert.rejects(runtime.prepare(aborted, NODE, wanted), /over/)
      await assert.rejects(runtime.start(aborted, NODE, wanted), /over/)
      const started = await runtime.start(contextOf(1), NODE, wanted)
      await assert.rejects(runtime.stop(aborted, NODE, started.handle), /over/)
      await assert.rejects(runtime.remove(aborted, NODE, started.handle), /over/)
      await assert.rejects(runtime.observe(aborted, NODE, started.handle, { type: 'alive' }), /over/)
      assert.equal(await living(started), 1)
    })

    test('aborting ends a long stop at once, and a repeat finishes it', async (t) => {
      const slow = subject.slowToStop()
      if (slow === null) return t.skip('this runtime has nothing that is slow to stop')
      const started = await runtime.start(contextOf(1), NODE, wantedOf('k1', slow))
      const abort = new AbortController()
      const stopping = runtime.stop(contextOf(1, abort.signal), NODE, started.handle)
      setTimeout(() => abort.abort(new Error('over')), 50)
      await assert.rejects(stopping, /over/)
      assert.equal(await living(started), 1)
      await subject.kill(NODE, started)
      await runtime.stop(contextOf(1), NODE, started.handle)
      assert.equal(await living(started), 0)
    })

    test('a lower term than one seen is refused and changes nothing', async () => {
      const wanted = wantedOf('k1', subject.spec())
      const started = await runtime.start(contextOf(5), NODE, wanted)
      const late = contextOf(4)
      const next = wantedOf('k2', subject.spec())
      for (const call of [
        () => runtime.prepare(late, NODE, next),
        () => runtime.start(late, NODE, next),
        () => runtime.stop(late, NODE, started.handle),
        () => runtime.remove(late, NODE, started.handle),
      ]) {
        await assert.rejects(call, (error) => error instanceof DroverError && error.code === 'lease_lost')
      }
      assert.equal(await living(started), 1)
      assert.equal((await runtime.start(contextOf(6), NODE, wanted)).physicalId, started.physicalId)
      await assert.rejects(
        () => subject.open().stop(contextOf(5), NODE, started.handle),
        (error) => error instanceof DroverError && error.code === 'lease_lost',
      )
    })

    test('a restarted Drover finds what runs, keeps it and can replace it', async () => {
      const first = await runtime.start(contextOf(1), NODE, wantedOf('k1', subject.spec()))
      const restarted = subject.open()
      const observed = await restarted.observe(contextOf(2), NODE, first.handle, { type: 'alive' })
      assert.deepEqual([observed.running, observed.key], [true, 'k1'])
      const again = await restarted.start(contextOf(2), NODE, wantedOf('k1', subject.spec()))
      assert.equal(again.physicalId, first.physicalId)
      const second = await restarted.start(contextOf(2), NODE, wantedOf('k2', subject.spec()))
      assert.equal(await living(first, second), 1)
    })
  })
}

/** What every runtime does alike whose things can be operated. */
export function operationsConformance(
  name: string,
  create: () => Promise<SubjectOf<Runtime & PerformsOperations>>,
  request: OperationRequest,
): void {
  describe(`${name} runtime keeps the contract of operations`, () => {
    test('an operation may be repeated, also after a restart, and makes no second thing', async () => {
      await using(create, async (subject) => {
        const runtime = subject.open()
        assert.ok(Object.hasOwn(runtime.operations, request.name))
        const started = await runtime.start(contextOf(1), NODE, wantedOf('k1', subject.spec()))
        await runtime.perform(contextOf(1), NODE, started.handle, request)
        await subject.open().perform(contextOf(1), NODE, started.handle, request)
        assert.equal(await subject.countLiving(NODE, [started]), 1)
        const observed = await runtime.observe(contextOf(1), NODE, started.handle, null)
        assert.deepEqual([observed.running, observed.key], [true, 'k1'])
      })
    })

    test('an operation is refused for an aborted signal, a lower term and what does not run', async () => {
      await using(create, async (subject) => {
        const runtime = subject.open()
        const { handle } = await runtime.start(contextOf(2), NODE, wantedOf('k1', subject.spec()))
        const aborted = contextOf(2, AbortSignal.abort(new Error('over')))
        await assert.rejects(runtime.perform(aborted, NODE, handle, request), /over/)
        await assert.rejects(runtime.perform(contextOf(1), NODE, handle, request), LeaseLostError)
        await runtime.stop(contextOf(2), NODE, handle)
        await assert.rejects(runtime.perform(contextOf(2), NODE, handle, request), { code: 'runtime_failed' })
      })
    })
  })
}

/** What every runtime does alike that can take over what somebody else started: `identity` names such a thing. */
export function adoptionConformance(
  name: string,
  create: () => Promise<SubjectOf<Runtime & Adopts>>,
  identity: string,
): void {
  describe(`${name} runtime keeps the contract of adoption`, () => {
    test('adopting twice gives one thing, which is as if it had been started', async () => {
      await using(create, async (subject) => {
        const runtime = subject.open()
        const wanted = wantedOf('k1', subject.spec())
        const adopted = await runtime.adopt(contextOf(1), NODE, wanted, identity)
        assert.equal(adopted.physicalId, identity)
        assert.deepEqual(await subject.open().adopt(contextOf(1), NODE, wanted, identity), adopted)
        assert.deepEqual(await runtime.start(contextOf(1), NODE, wanted), adopted)
        assert.equal(await subject.countLiving(NODE, [adopted]), 1)
        assert.equal((await runtime.observe(contextOf(1), NODE, adopted.handle, null)).key, 'k1')
      })
    })

    test('what one node has, no other gets', async () => {
      await using(create, async (subject) => {
        const runtime = subject.open()
        const wanted = wantedOf('k1', subject.spec())
        await runtime.adopt(contextOf(1), NODE, wanted, identity)
        await assert.rejects(runtime.adopt(contextOf(1), OTHER, wanted, identity), { code: 'runtime_failed' })
        assert.equal(await subject.countLiving(OTHER, []), 0)
      })
    })

    test('an adoption that is refused leaves the thing to others', async () => {
      await using(create, async (subject) => {
        const runtime = subject.open()
        const wanted = wantedOf('k1', subject.spec())
        const { handle } = await runtime.start(contextOf(5), NODE, wanted)
        await runtime.stop(contextOf(5), NODE, handle)
        const aborted = contextOf(5, AbortSignal.abort(new Error('over')))
        await assert.rejects(runtime.adopt(aborted, NODE, wanted, identity), /over/)
        await assert.rejects(runtime.adopt(contextOf(4), NODE, wanted, identity), LeaseLostError)
        const adopted = await runtime.adopt(contextOf(1), OTHER, wanted, identity)
        assert.equal(adopted.physicalId, identity)
      })
    })
  })
}

type SubjectOf<R extends Runtime> = Omit<Subject, 'open'> & { open(): R }

async function using<S extends Subject>(create: () => Promise<S>, work: (subject: S) => Promise<void>) {
  const subject = await create()
  try {
    await work(subject)
  } finally {
    await subject.close()
  }
}

const NODE: NodeRef = nodeRef('node-1', 1)
const OTHER: NodeRef = nodeRef('node-2', 2)

/** A node for tests. */
export function nodeRef(id: string, index: number): NodeRef {
  return { id: id as NodeId, name: `web-${index}`, index, clusterName: 'web', projectName: 'shop' }
}

/** What a call is made with in tests. */
export function contextOf(term: number, signal: AbortSignal = new AbortController().signal): RuntimeContext {
  return { term, signal, log: silentLog }
}

/** A start in tests. */
export function wantedOf(key: string, spec: RevisionSpec): Wanted {
  return { key, revisionId: 'revision-1' as RevisionId, revisionNumber: 1, spec }
}
