import type { Tx } from '../store/store.ts'

/** A stage, an infra, a published project and a deployment of it, whose update is under way as action `a1`. */
export async function fillDeployments(tx: Tx): Promise<void> {
  const project = { project_id: 'p' }
  const changed = { created_at: 1, created_by: 'ada', updated_at: 2, version: 3 }
  const open = { permissions: null, attributes: '{"tags":{"a":"b"}}', description: null }
  await tx
    .insertInto('stages')
    .values({ ...project, position: 0, name: 'Production', description: 'x' })
    .execute()
  const place = { stage: 'Production', governance: 'WARN', profile_id: 'f', update_defaults: '{}' }
  const size = { size: 2, min_size: 0, max_size: null }
  await tx
    .insertInto('infras')
    .values({ id: 'i', name: 'prod', ...project, ...place, ...size, ...open, ...changed })
    .execute()
  await tx
    .insertInto('published_projects')
    .values({ id: 'q', name: 'web', title: 'Web', ...project, ...open, ...changed })
    .execute()
  const bundle = { bundle_id: 'b', bundle_version: '1', enabled: 1 }
  const of = { infra_id: 'i', published_project_id: 'q', cluster_id: 'c' }
  const kept = { deployed_project_key: null, project_folder_id: 'x', attributes: '{}' }
  await tx
    .insertInto('deployments')
    .values({ id: 'l', name: 'web', ...project, ...of, ...bundle, ...kept, ...changed })
    .execute()
  const work = { number: 1, kind: 'Update', action_id: 'a1', update_id: 'u', revision_id: 'r2' }
  await tx
    .insertInto('deployment_updates')
    .values({ id: 'k', deployment_id: 'l', ...project, ...bundle, ...work, created_at: 1, created_by: 'ada' })
    .execute()
}
