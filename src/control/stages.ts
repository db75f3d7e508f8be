import { InUseError, InvalidRequestError } from '../domain/errors.ts'
import type { ProjectId } from '../domain/ids.ts'
import { DEFAULT_STAGES, type Stage } from '../domain/stage.ts'
import { listUsedStages } from '../store/infras.ts'
import { listStages, replaceStages } from '../store/stages.ts'
import type { Tx } from '../store/store.ts'
import type { ControlDeps } from './control.ts'
import type { StageVerbs } from './deployer-verbs.ts'
import { look, performInProject } from './perform.ts'
import { checkName, checkText } from './validate.ts'

const MOST_STAGES = 100

export function createStageVerbs(deps: ControlDeps): StageVerbs {
  return {
    list: (caller) => look(deps, caller, 'stages.list', (tx, project) => stagesOf(tx, project.id)),
    async set(caller, given) {
      const { stages } = await performInProject(
        deps,
        caller,
        {
          verb: 'stages.set',
          input: [given],
          work: async (scope) => {
            if (given.length === 0 || given.length > MOST_STAGES) {
              throw new InvalidRequestError('stages', `must be 1 to ${MOST_STAGES}, not ${given.length}`)
            }
            const stages = given.map(
              (stage, position): Stage => ({
                projectId: scope.project.id,
                position,
                name: checkName(`stages[${position}].name`, stage.name),
                description: checkText(`stages[${position}].description`, stage.description ?? ''),
              }),
            )
            const names = stages.map(({ name }) => name)
            const twice = names.find((name, index) => names.indexOf(name) !== index)
            if (twice !== undefined) throw new InvalidRequestError('stages', `"${twice}" is there twice`)
            for (const [stage, infra] of await listUsedStages(scope.tx, scope.project.id)) {
              if (!names.includes(stage)) throw new InUseError('stage', stage, `infra "${infra}"`)
            }
            await replaceStages(scope.tx, scope.project.id, stages)
            scope.event({
              type: 'stages.changed',
              because: `${caller.principal.name} made the stages ${names.join(', ')}`,
              data: { stages: names },
            })
            return { stages }
          },
        },
        'administrator',
      )
      return stages
    },
  }
}

/** The project's stages in their order, or the default ones. */
export async function stagesOf(tx: Tx, projectId: ProjectId): Promise<readonly Stage[]> {
  const stored = await listStages(tx, projectId)
  if (stored.length > 0) return stored
  return DEFAULT_STAGES.map((stage, position) => ({ projectId, position, ...stage }))
}

/** @throws InvalidRequestError naming the stages there are */
export async function checkStage(tx: Tx, projectId: ProjectId, field: string, name: string): Promise<string> {
  const names = (await stagesOf(tx, projectId)).map((stage) => stage.name)
  if (names.includes(name)) return name
  throw new InvalidRequestError(field, `there is no stage "${name}"; there are ${names.join(', ')}`)
}
