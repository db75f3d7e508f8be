import { type Static, Type } from 'typebox'
import type { Stage } from '../../domain/stage.ts'
import { type Api, type ApiDeps, InProject } from '../api.ts'
import { callerOf } from '../caller.ts'
import { answers, record, ref } from '../schema.ts'

const tags = ['Deployments']

export const StagesResource = record(
  {
    items: Type.Array(record({ name: Type.String(), description: Type.String() })),
  },
  {
    $id: 'Stages',
    description:
      'The steps on the way to production, in their order. Bundles are promoted from one to the next.',
    examples: [{ items: [{ name: 'Development', description: 'where bundles are tried first' }] }],
  },
)

const StagesInput = record(
  {
    items: Type.Array(
      record({
        name: Type.String({ minLength: 1, maxLength: 63 }),
        description: Type.Optional(Type.String({ maxLength: 1000 })),
      }),
      { minItems: 1, maxItems: 100 },
    ),
  },
  { examples: [{ items: [{ name: 'Test' }, { name: 'Production', description: 'where they serve' }] }] },
)

/** The steps on the way to production. */
export function stageRoutes(api: Api, { control }: ApiDeps): void {
  api.get(
    '/projects/:project/stages',
    {
      schema: {
        operationId: 'listStages',
        tags,
        summary: 'List stages',
        params: InProject,
        response: answers({ 200: ref(StagesResource) }, ['not_found']),
      },
    },
    async (request) => presentStages(await control.stages.list(callerOf(request))),
  )

  api.put(
    '/projects/:project/stages',
    {
      schema: {
        operationId: 'setStages',
        tags,
        summary: 'Set the stages',
        description: 'They take the place of all there were. One that an infra is on cannot go.',
        params: InProject,
        body: StagesInput,
        response: answers({ 200: ref(StagesResource) }, ['not_found', 'in_use']),
      },
    },
    async (request) => presentStages(await control.stages.set(callerOf(request), request.body.items)),
  )
}

function presentStages(stages: readonly Stage[]): Static<typeof StagesResource> {
  return { items: stages.map(({ name, description }) => ({ name, description })) }
}
