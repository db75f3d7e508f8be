import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { InvalidSpecError } from '../../domain/errors.ts'
import type { JsonObject, ProfileId } from '../../domain/ids.ts'
import type { RevisionSpec } from '../../domain/revision.ts'
import { type Clock, systemClock } from '../../system/clock.ts'
import { contextOf, nodeRef, operationsConformance, runtimeConformance, wantedOf } from '../conformance.ts'
import type { NodeRef } from '../runtime.ts'
import { surgeConformance } from '../test-surge-conformance.ts'
import { createScriptedRuntime, createScriptedWorld } from './index.ts'
import { livingOf } from './world.ts'

runtimeConformance('scripted', create)
operationsConformance('scripted', create, { name: 'reboot', params: {} })
surgeConformance('scripted', async () => ({
  ...(await create()),
  spec: () => specOf({ latency: { startMs: 5 }, port: true }),
}))

async function create() {
  const world = createScriptedWorld({ now: systemClock.now })
  const open = () => createScriptedRuntime({ clock: systemClock, random: Math.random, world })
  return {
    open,
    spec: () => specOf({ latency: { startMs: 5 } }),
    slowToStop: () => specOf({ latency: { stopMs: 60_000 } }),
    countLiving: async (node: NodeRef) => {
      const state = world.node(node.id)
      return state ? livingOf(state, systemClock.now()).length : 0
    },
    kill: async (node: NodeRef) => world.kill(node.id),
    traces: async (node: NodeRef) => (world.node(node.id) === undefined ? [] : [node.id]),
    close: async () => {},
  }
}

describe('a script', () => {
  const node = nodeRef('node-1', 1)

  test('without latency is done without a timer', async () => {
    const { runtime, clock } = bench()
    const wanted = wantedOf('k1', specOf({}))
    await runtime.prepare(contextOf(1), node, wanted)
    await runtime.start(contextOf(1), node, wanted)
    await runtime.stop(contextOf(1), node, null)
    assert.equal(clock.timers, 0)
  })

  // Simulation, seed 447.
  test('is not brought back by a late call after its node was removed under a higher term', async () => {
    const { runtime, world } = bench()
    const wanted = wantedOf('k1', specOf({}))
    await runtime.start(contextOf(1), node, wanted)
    await runtime.remove(contextOf(2), node, null)
    await assert.rejects(runtime.start(contextOf(1), node, wanted), { code: 'lease_lost' })
    assert.equal(world.living(), 0)
  })

  test('is paused until it goes on, for as long and as well as its operations go', async () => {
    const { runtime } = bench()
    const failing = wantedOf('k1', specOf({ failures: { operate: 'first' } }))
    await runtime.start(contextOf(1), node, failing)
    const passes = async () => (await runtime.observe(contextOf(1), node, null, { type: 'alive' })).passing
    const perform = (name: string) => runtime.perform(contextOf(1), node, null, { name, params: {} })
    await assert.rejects(perform('pause'), { code: 'runtime_failed' })
    assert.equal(await passes(), true)
    for (const [name, want] of [
      ['pause', false],
      ['unpause', true],
      ['pause', false],
      ['reboot', true],
    ] as const) {
      await perform(name)
      assert.equal(await passes(), want, name)
    }
  })

  test('fails the first start only, when told so', async () => {
    const { runtime } = bench()
    const wanted = wantedOf('k1', specOf({ failures: { start: 'first' } }))
    await assert.rejects(
      runtime.start(contextOf(1), node, wanted),
      /script of node web-1 says that start fails/,
    )
    await runtime.start(contextOf(1), node, wanted)
  })

  test('fails only on the nodes it names', async () => {
    const { runtime } = bench()
    const wanted = wantedOf('k1', specOf({ failures: { start: 'always', nodes: [2] } }))
    await runtime.start(contextOf(1), node, wanted)
    await assert.rejects(runtime.start(contextOf(1), nodeRef('node-2', 2), wanted))
  })

  test('can do the thing and lose the answer; a repeat finds it done', async () => {
    const { runtime, world } = bench()
    const wanted = wantedOf('k1', specOf({ failures: { start: 'first', moment: 'after' } }))
    await assert.rejects(runtime.start(contextOf(1), node, wanted))
    assert.equal(world.living(), 1)
    await runtime.start(contextOf(1), node, wanted)
    assert.deepEqual(
      world.history.filter(({ what }) => what === 'started').map(({ key }) => key),
      ['k1'],
    )
  })

  test('passes and fails checks by age, and by hand', async () => {
    const { runtime, clock, world } = bench()
    const wanted = wantedOf('k1', specOf({ health: { passesAfterMs: 100, failsAfterMs: 200 } }))
    await runtime.start(contextOf(1), node, wanted)
    const passing = async () => (await runtime.observe(contextOf(1), node, null, { type: 'alive' })).passing
    assert.equal(await passing(), false)
    clock.at = 150
    assert.equal(await passing(), true)
    clock.at = 250
    assert.equal(await passing(), false)
    world.setHealth(node.id, true)
    assert.equal(await passing(), true)
  })

  test('ends things by themselves and can lie about it', async () => {
    const { runtime, clock } = bench()
    await runtime.start(contextOf(1), node, wantedOf('k1', specOf({ exitsAfterMs: 100 })))
    const liar = nodeRef('node-2', 2)
    await runtime.start(
      contextOf(1),
      liar,
      wantedOf('k1', specOf({ exitsAfterMs: 100, lies: 'saysRunning' })),
    )
    clock.at = 100
    assert.equal((await runtime.observe(contextOf(1), node, null, null)).running, false)
    assert.equal((await runtime.observe(contextOf(1), liar, null, null)).running, true)
  })

  test('does not start late for an engine that lost its lease meanwhile', async () => {
    const world = createScriptedWorld({ now: systemClock.now })
    const runtime = createScriptedRuntime({ clock: systemClock, random: Math.random, world })
    const slow = runtime.start(contextOf(1), node, wantedOf('old', specOf({ latency: { startMs: 20 } })))
    await runtime.start(contextOf(2), node, wantedOf('new', specOf({})))
    await assert.rejects(slow, /lease/)
    assert.equal(world.node(node.id)?.thing?.key, 'new')
  })

  test('is refused when it names what does not exist', () => {
    assert.throws(
      () => specOf({ latency: { startMS: 5 } }),
      (error) => error instanceof InvalidSpecError && error.field === 'latency.startMS',
    )
  })
})

function bench() {
  const clock = {
    at: 0,
    timers: 0,
    now: () => clock.at,
    after() {
      clock.timers++
      return () => {}
    },
  }
  const world = createScriptedWorld({ now: () => clock.at })
  return {
    clock,
    world,
    runtime: createScriptedRuntime({ clock: clock satisfies Clock, random: () => 0.5, world }),
  }
}

function specOf(properties: JsonObject): RevisionSpec {
  const world = createScriptedWorld({ now: () => 0 })
  const runtime = createScriptedRuntime({ clock: systemClock, random: Math.random, world })
  const { settings, healthCheck } = runtime.resolve({
    version: '1.0',
    properties,
    manifest: null,
    nodeTemplate: {},
    initializationScript: null,
    hasCode: false,
  })
  const profile = { id: 'p' as ProfileId, name: 'p', type: 'scripted', version: '1.0' }
  return { profile, code: null, settings, healthCheck, nodeTemplate: {}, version: null }
}
