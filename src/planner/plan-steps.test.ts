import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { NodeId } from '../domain/ids.ts'
import { holdForBatch, MAX_NODES_PER_STEP, planForce, planNoRestart, planRolling } from './plan-steps.ts'
import { planUpdate } from './plan-update.ts'
import { counts, snapshot } from './test-snapshot.ts'

const rolling = [
  { name: 'takes as many as may be away', max: 2, nodes: { up: 6 }, want: ['u1', 'u2'] },
  { name: 'moves a broken node first, which counts', max: 2, nodes: { up: 5, down: 1 }, want: ['d1', 'u1'] },
  {
    name: 'moves broken nodes only as many at once as may be away',
    max: 2,
    nodes: { up: 3, down: 3 },
    want: ['d1', 'd2'],
  },
  {
    name: 'moves stopped nodes before broken ones',
    max: 2,
    nodes: { stopped: 1, down: 2 },
    want: ['s1', 'd1'],
  },
  {
    name: 'starts nothing while its slots are taken',
    max: 2,
    nodes: { up: 4, inFlight: 2, unavailable: 2 },
    want: [],
  },
  {
    name: 'counts nodes in flight that serve against its slots',
    max: 2,
    nodes: { up: 4, inFlight: 1, unavailable: 0 },
    want: ['u1'],
  },
  {
    name: 'leaves nodes that serve alone while others do not',
    max: 1,
    nodes: { up: 4, unavailable: 1 },
    want: [],
  },
  {
    name: 'moves a broken node although too many are away',
    max: 1,
    nodes: { up: 3, down: 1, unavailable: 3 },
    want: ['d1'],
  },
  { name: 'starts nothing when nothing is left', max: 3, nodes: { updated: 6 }, want: [] },
  {
    name: 'starts nothing when more are in flight than allowed',
    max: 1,
    nodes: { down: 2, up: 1, inFlight: 3, unavailable: 5 },
    want: [],
  },
]
for (const { name, max, nodes, want } of rolling) {
  test(`ROLLING ${name}`, () => {
    const decision = planRolling(
      snapshot({ limits: { maxUnavailable: max, maxFailures: 0 }, nodes: counts(nodes) }),
    )
    if (want.length === 0) return assert.equal(decision, undefined)
    assert.ok(decision?.kind === 'step')
    assert.equal(decision.step, 'update')
    assert.deepEqual(decision.nodes, want)
    assert.match(decision.because, /nodes to move/)
  })
}

const force = [
  {
    name: 'stops what serves, then what does not',
    nodes: { up: 2, down: 1 },
    step: 'stop',
    want: ['u1', 'u2', 'd1'],
  },
  {
    name: 'stops the rest although some are stopping',
    nodes: { up: 1, stopping: 2, inFlight: 2 },
    step: 'stop',
    want: ['u1'],
  },
  {
    name: 'starts none while one is stopping',
    nodes: { stopped: 2, stopping: 1, inFlight: 1 },
    step: null,
    want: [],
  },
  {
    name: 'starts none while somebody else works on one',
    nodes: { stopped: 2, inFlightOther: 1, inFlight: 1 },
    step: null,
    want: [],
  },
  {
    name: 'starts all once all have stopped',
    nodes: { stopped: 3 },
    step: 'start',
    want: ['s1', 's2', 's3'],
  },
  {
    name: 'starts the rest while others are starting',
    nodes: { stopped: 1, inFlight: 2 },
    step: 'start',
    want: ['s1'],
  },
  { name: 'has nothing to do when all are done', nodes: { updated: 6 }, step: null, want: [] },
]
for (const { name, nodes, step, want } of force) {
  test(`FORCE ${name}`, () => {
    const decision = planForce(snapshot({ strategy: 'FORCE', nodes: counts(nodes) }))
    if (step === null) return assert.equal(decision, undefined)
    assert.ok(decision?.kind === 'step')
    assert.equal(decision.step, step)
    assert.deepEqual(decision.nodes, want)
    assert.match(decision.because, /^FORCE: /)
  })
}

const noRestart = [
  { name: 'places code on what serves', max: 2, nodes: { up: 3 }, step: 'place', want: ['u1', 'u2'] },
  {
    name: 'starts what does not serve, first',
    max: 2,
    nodes: { up: 3, down: 1, stopped: 1 },
    step: 'update',
    want: ['s1', 'd1'],
  },
  {
    name: 'does not mind that others do not serve',
    max: 1,
    nodes: { up: 1, unavailable: 4 },
    step: 'place',
    want: ['u1'],
  },
  {
    name: 'starts nothing while its slots are taken',
    max: 1,
    nodes: { up: 1, inFlight: 1 },
    step: null,
    want: [],
  },
  { name: 'has nothing to do when all are done', max: 1, nodes: { updated: 1 }, step: null, want: [] },
]
for (const { name, max, nodes, step, want } of noRestart) {
  test(`NO_RESTART ${name}`, () => {
    const limits = { maxUnavailable: max, maxFailures: 0 }
    const decision = planNoRestart(snapshot({ strategy: 'NO_RESTART', limits, nodes: counts(nodes) }))
    if (step === null) return assert.equal(decision, undefined)
    assert.ok(decision?.kind === 'step')
    assert.equal(decision.step, step)
    assert.deepEqual(decision.nodes, want)
    assert.notEqual(decision.because, '')
  })
}

for (const [plan, nodes] of [
  [planRolling, { up: 2000 }],
  [planForce, { up: 2000 }],
  [planForce, { stopped: 2000 }],
  [planNoRestart, { up: 2000 }],
] as const) {
  test(`${plan.name} bounds one write, whatever may be away (${Object.keys(nodes)[0]})`, () => {
    const limits = { maxUnavailable: 2000, maxFailures: 0 }
    const decision = plan(snapshot({ limits, nodes: counts({ size: 2000, ...nodes, unavailable: 0 }) }))
    assert.ok(decision?.kind === 'step')
    assert.equal(decision.nodes.length, MAX_NODES_PER_STEP)
  })
}

test('a batch begins only when the one before is done and the pause is over, and then at once', () => {
  const given = fc.record({
    strategy: fc.constantFrom('ROLLING' as const, 'NO_RESTART' as const),
    direction: fc.constantFrom('forward' as const, 'back' as const),
    up: fc.nat(6),
    down: fc.nat(3),
    inFlight: fc.nat(3),
    size: fc.integer({ min: 1, max: 4 }),
    pauseMs: fc.nat(500),
    endedAgo: fc.option(fc.nat(1000), { nil: null }),
  })
  fc.assert(
    fc.property(given, ({ strategy, direction, up, down, inFlight, size, pauseMs, endedAgo }) => {
      const now = 10_000
      const batches = { pauseMs, lastEndedAt: endedAgo === null ? null : now - endedAgo }
      const limits = { maxUnavailable: size, maxFailures: 0 }
      const nodes = counts({ size: 20, up, down, inFlight, unavailable: down + inFlight })
      const decision = planUpdate(
        snapshot({ now, strategy, direction, batches, limits, nodes, lastProgressAt: now }),
      )
      const isPausing = direction === 'forward' && endedAgo !== null && endedAgo < pauseMs
      if (decision.kind === 'step') {
        assert.equal(inFlight, 0)
        assert.ok(!isPausing)
        assert.ok(decision.nodes.length <= size)
      } else if (inFlight === 0 && !isPausing && down + up > 0) {
        // Only nodes that do not serve, and cannot be moved, may hold it up.
        assert.ok(decision.kind === 'wait' && down === 0 && nodes.unavailable >= size, decision.because)
      } else if (inFlight === 0 && isPausing && down + up > 0) {
        assert.equal(decision.kind === 'wait' && decision.until, now - (endedAgo as number) + pauseMs)
      }
    }),
  )
})

test('without batches nothing is held', () => {
  assert.equal(holdForBatch(snapshot({ nodes: counts({ up: 3, inFlight: 2 }) })), undefined)
})

test('nodes of one domain move at a time, and one of them always may', () => {
  const domain = fc.constantFrom('a', 'b', 'c')
  const given = fc.record({
    strategy: fc.constantFrom('ROLLING' as const, 'NO_RESTART' as const),
    down: fc.array(domain, { maxLength: 4 }),
    up: fc.array(domain, { maxLength: 6 }),
    inFlight: fc.array(domain, { maxLength: 2 }),
    size: fc.integer({ min: 1, max: 6 }),
  })
  fc.assert(
    fc.property(given, ({ strategy, down, up, inFlight, size }) => {
      const nodes = counts({
        size: 40,
        down: down.length,
        up: up.length,
        inFlight: inFlight.length,
        unavailable: 0,
      })
      const named = [
        ...nodes.down.first.map((id, at) => [id, down.sort()[at]] as const),
        ...nodes.up.first.map((id, at) => [id, up.sort()[at]] as const),
      ]
      const of = new Map(named as [NodeId, string][])
      const domains = { inFlight: new Set(inFlight), of }
      const decision = planUpdate(snapshot({ strategy, limits: { maxUnavailable: size }, nodes, domains }))
      const moving = new Set<string>(inFlight)
      if (decision.kind === 'step') for (const id of decision.nodes) moving.add(of.get(id) as string)
      if (decision.kind === 'step') assert.equal(moving.size, 1)
      if (inFlight.length === 0 && of.size > 0) assert.equal(decision.kind, 'step', decision.because)
    }),
  )
})

test('no node that serves is touched while more of the pool than allowed are unhealthy', () => {
  const given = fc.record({
    strategy: fc.constantFrom('ROLLING' as const, 'NO_RESTART' as const),
    up: fc.nat(6),
    down: fc.nat(3),
    unhealthy: fc.nat(5),
    allowed: fc.nat(4),
  })
  fc.assert(
    fc.property(given, ({ strategy, up, down, unhealthy, allowed }) => {
      const ill = down + unhealthy
      const nodes = counts({ size: 40, up, down, unavailable: ill, unhealthy: ill })
      const limits = { maxUnavailable: 30, maxUnhealthy: allowed }
      const decision = planUpdate(snapshot({ strategy, limits, nodes }))
      const begun: readonly NodeId[] = decision.kind === 'step' ? decision.nodes : []
      const serving = begun.filter((id) => nodes.up.first.includes(id))
      if (ill > allowed) assert.deepEqual(serving, [])
      else if (up > 0 && down === 0) assert.equal(serving.length, up)
      if (down > 0) assert.ok(begun.length >= down)
    }),
  )
})
