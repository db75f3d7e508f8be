import { type Static, Type } from 'typebox'
import type { PlannedNode, PlannedRevision, UpdatePlan } from '../../control/views.ts'
import { presentSpec, RevisionSpecResource } from '../revisions/resource.ts'
import { record, ref } from '../schema.ts'
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
    batches: Type.Array(record({ nodes: Type.Array(Planned) })),
    skipped: Type.Array(Planned),
    warnings: Type.Array(Type.String()),
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
        skipped: [],
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
    batches: plan.batches.map(({ nodes }) => ({ nodes: nodes.map(presentPlannedNode) })),
    skipped: plan.skipped.map(presentPlannedNode),
    warnings: [...plan.warnings],
  }
}

function presentPlannedRevision({ number, isNew, spec }: PlannedRevision) {
  return { number, isNew, spec: presentSpec(spec) }
}

function presentPlannedNode({ id, name, index, because }: PlannedNode) {
  return { id, name, index, because }
}
