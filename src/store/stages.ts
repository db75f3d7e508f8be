import type { ProjectId } from '../domain/ids.ts'
import type { Stage } from '../domain/stage.ts'
import { stageRows } from './deployment-rows.ts'
import type { Tx } from './store.ts'

/** In their order; empty if the project has said nothing. */
export async function listStages(tx: Tx, projectId: ProjectId): Promise<Stage[]> {
  const rows = await tx
    .selectFrom('stages')
    .selectAll()
    .where('project_id', '=', projectId)
    .orderBy('position')
    .execute()
  return rows.map(stageRows.toNoun)
}

/** Takes the place of all there were. At most 100. */
export async function replaceStages(tx: Tx, projectId: ProjectId, stages: readonly Stage[]): Promise<void> {
  await tx.deleteFrom('stages').where('project_id', '=', projectId).execute()
  await tx.insertInto('stages').values(stages.map(stageRows.toRow)).execute()
}
