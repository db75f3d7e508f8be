import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { NodeId, RevisionId } from '../domain/ids.ts'
import { isAvailable, zoneOf } from '../domain/node.ts'
import type { UpdateOrder } from '../domain/update.ts'
import { type PlannableNode, planBatches } from './plan-batches.ts'
import { surveyPool } from './survey-pool.ts'

const TARGET = 'new' as RevisionId

interface Shape
  extends Pick<PlannableNode, 'status' | 'health' | 'revisionId' | 'drift' | 'metadata' | 'data'> {
  readonly isChosen: boolean
}

const shapes: fc.Arbitrary<Shape> = fc.record({
  status: fc.constantFrom('Running', 'Running', 'Running', 'Failed', 'Stopped'),
  health: fc.constantFrom('Healthy', 'Healthy', 'Unhealthy'),
  revisionId: fc.constantFrom('old' as RevisionId, TARGET, null),
  drift: fc.constantFrom(null, null, 'process'),
  metadata: fc.constantFrom({}, { zone: 'a' }, { zone: 'b' }),
  data: fc.constantFrom({}, { codeUnknown: true }, { placement: { zone: 'c' } }),
  isChosen: fc.boolean(),
})

const requests = fc.record({
  limits: fc
    .record({ maxUnavailable: fc.nat(4), maxSurge: fc.nat(3) })
    .filter(({ maxUnavailable, maxSurge }) => maxUnavailable + maxSurge > 0),
  maxUnhealthy: fc.constantFrom(null, 0, 1, 3),
  strategy: fc.constantFrom('ROLLING', 'FORCE', 'NO_RESTART'),
  isStrict: fc.boolean(),
  order: fc.constantFrom<UpdateOrder>({ by: 'index' }, { by: 'zone' }, { by: 'random', seed: 1 }),
  checkpoints: fc.constantFrom([], [1], ['50%']),
  choosesAll: fc.boolean(),
})

test('a survey counts what the plan of batches says of each node', () => {
  fc.assert(
    fc.property(fc.array(shapes, { maxLength: 12 }), requests, (pool, { limits, choosesAll, ...request }) => {
      const nodes = pool.map((shape, at) => ({
        ...shape,
        id: `n${at}` as NodeId,
        index: at + 1,
        driftReason: shape.drift,
      }))
      const chosen = choosesAll ? null : nodes.filter(({ isChosen }) => isChosen)
      const input = { ...limits, ...request, toRevisionId: TARGET }
      const plan = planBatches({ ...input, nodes, selection: chosen?.map(({ id }) => id) ?? null })
      const kinds = (of: typeof nodes) => of.map((node) => ({ ...node, count: 1 }))
      const survey = surveyPool({ ...input, kinds: kinds(nodes), chosen: chosen && kinds(chosen) })

      const moved = new Set(plan.batches.flat().map(({ id }) => id))
      const zones = Map.groupBy(nodes, zoneOf)
      zones.delete('')
      assert.deepEqual(survey, {
        size: nodes.length,
        away: nodes.filter((node) => !isAvailable(node)).length,
        moved: moved.size,
        blocked: plan.blocked.length,
        notChosen: nodes.length - (chosen ?? nodes).length,
        zones: new Map(
          [...zones].map(([zone, of]) => {
            const serving = of.filter(isAvailable)
            const leaving = serving.filter(({ id }) => moved.has(id))
            return [zone, { size: of.length, serving: serving.length, moved: leaving.length }]
          }),
        ),
      })
    }),
    { numRuns: 2000 },
  )
})

test('nodes of one kind are counted together as they are one by one', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(shapes, fc.integer({ min: 1, max: 5 })), { maxLength: 5 }),
      requests,
      (of, r) => {
        const rest = { ...r.limits, ...r, toRevisionId: TARGET, chosen: null }
        const kinds = of.map(([shape, count]) => ({ ...shape, count }))
        const apart = of.flatMap(([shape, count]) =>
          Array.from({ length: count }, () => ({ ...shape, count: 1 })),
        )
        assert.deepEqual(surveyPool({ ...rest, kinds }), surveyPool({ ...rest, kinds: apart }))
      },
    ),
  )
})
