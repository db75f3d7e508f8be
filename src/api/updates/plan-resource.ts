import { type Static, Type } from 'typebox'
import type { PlannedNode, PlannedRevision, UpdatePlan } from '../../control/views.ts'
import { UPDATE_WARNING_CODES, type UpdateWarning } from '../../domain/forecast.ts'
import { presentSpec, RevisionSpecResource } from '../revisions/resource.ts'
import { NullableInteger, oneOf, record, ref } from '../schema.ts'
import { StrategyWord } from './params.ts'

const Planned = record({
  id: Type.String(),
  name: Type.String(),
  index: Type.Integer(),
  because: Type.String({ description: 'Why it comes here, or is left out.' }),
})

const Revision = record({
  number: Type.Integer(),
  isNew: Type.Boolean({ description: 'The update would make it.' }),
  spec: ref(RevisionSpecResource),
})

export const UpdateWarningResource = record(
  {
    code: oneOf(UPDATE_WARNING_CODES, 'What it is about; docs/updates.md says more.'),
    message: Type.String(),
    remedy: Type.String({ description: 'What to do if that is not meant.' }),
  },
  {
    $id: 'UpdateWarning',
    description: 'Something that whoever starts an update may not have thought of. It hinders nobody.',
    examples: [
      {
        code: 'nodes-not-serving',
        message: '1 of 6 nodes do not serve now; they go first and count as unavailable',
        remedy: 'look at them before the update, or recover them',
      },
    ],
  },
)

const Milliseconds = Type.Integer({ minimum: 0 })

const ExpectedTimeResource = record(
  {
    typicalMs: { ...NullableInteger, description: 'Null: nothing is known of how long a node takes.' },
    slowMs: { ...NullableInteger, description: 'If every node took as long as the slowest of ten.' },
    waitsMs: {
      ...Milliseconds,
      description: 'Of that, by `minReadySeconds`, pauses, holds and the bake alone.',
    },
    waitsForPerson: Type.Integer({
      minimum: 0,
      description: 'Checkpoints at which it waits for a person; that time is in none of these.',
    }),
    perNode: Type.Union([
      record({
        samples: Type.Integer({ minimum: 1, description: 'Past steps that this rests on.' }),
        medianMs: Milliseconds,
        slowMs: { ...Milliseconds, description: 'Nine of ten took no longer.' },
      }),
      Type.Null(),
    ]),
    because: Type.String(),
  },
  { description: 'How long it takes if nothing fails, by past updates of this pool.' },
)

const specExample = {
  profile: { id: '0193e1a0-6c1e-7000-8a3b-5f5e0c9d1b2a', name: 'web', type: 'process', version: '1.0' },
  code: null,
  settings: {},
  healthCheck: { type: 'alive' },
  nodeTemplate: {},
  version: null,
}

export const UpdatePlanResource = record(
  {
    pool: Type.String({ description: 'The pool’s name.' }),
    from: Revision,
    to: Revision,
    strategy: StrategyWord,
    maxUnavailable: Type.Integer({ description: 'In nodes.' }),
    maxSurge: Type.Integer({ description: 'Nodes whose replacement may start beside them at once.' }),
    batches: Type.Array(record({ nodes: Type.Array(Planned) })),
    holds: Type.Array(
      record({
        checkpoint: Type.Integer({ minimum: 1 }),
        afterBatches: Type.Integer({ minimum: 0, description: 'So many batches are behind it then.' }),
      }),
      { description: 'Where it stops at checkpoints.' },
    ),
    blocked: Type.Array(Planned, {
      description: 'Nodes that would have to move, and may not: too many others do not serve.',
    }),
    skipped: Type.Array(Planned),
    expected: ExpectedTimeResource,
    warnings: Type.Array(ref(UpdateWarningResource)),
  },
  {
    $id: 'UpdatePlan',
    description: 'What an update would do, if it were started now.',
    examples: [
      {
        pool: 'DefaultPool',
        from: { number: 3, isNew: false, spec: specExample },
        to: { number: 4, isNew: true, spec: specExample },
        strategy: 'ROLLING',
        maxUnavailable: 1,
        maxSurge: 0,
        batches: [
          {
            nodes: [
              {
                id: '0193e1a0-6c1e-7000-8a3b-5f5e0c9d1b2a',
                name: 'web-1',
                index: 1,
                because: 'runs revision 3',
              },
            ],
          },
        ],
        holds: [],
        blocked: [],
        skipped: [],
        expected: {
          typicalMs: 1200,
          slowMs: 1400,
          waitsMs: 0,
          waitsForPerson: 0,
          perNode: { samples: 6, medianMs: 1200, slowMs: 1400 },
          because:
            '1 node in 1 batch, 1.2 s for each by the median of 6 past steps, 1.4 s by the slowest tenth',
        },
        warnings: [],
      },
    ],
  },
)

export function presentPlan(plan: UpdatePlan): Static<typeof UpdatePlanResource> {
  return {
    pool: plan.pool.name,
    from: presentPlannedRevision(plan.from),
    to: presentPlannedRevision(plan.to),
    strategy: plan.strategy,
    maxUnavailable: plan.maxUnavailable,
    maxSurge: plan.maxSurge,
    batches: plan.batches.map(({ nodes }) => ({ nodes: nodes.map(presentPlannedNode) })),
    holds: plan.holds.map(({ checkpoint, afterBatches }) => ({ checkpoint, afterBatches })),
    blocked: plan.blocked.map(presentPlannedNode),
    skipped: plan.skipped.map(presentPlannedNode),
    expected: plan.expected,
    warnings: plan.warnings.map(presentWarning),
  }
}

export function presentWarning({ code, message, remedy }: UpdateWarning) {
  return { code, message, remedy }
}

function presentPlannedRevision({ number, isNew, spec }: PlannedRevision) {
  return { number, isNew, spec: presentSpec(spec) }
}

function presentPlannedNode({ id, name, index, because }: PlannedNode) {
  return { id, name, index, because }
}
