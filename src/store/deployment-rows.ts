import type { Deployment, DeploymentUpdate } from '../domain/deployment.ts'
import type { Infra } from '../domain/infra.ts'
import type { PublishedProject } from '../domain/published-project.ts'
import type { Stage } from '../domain/stage.ts'
import { createCodec } from './codec.ts'
import type {
  DeploymentRow,
  DeploymentUpdateRow,
  InfraRow,
  PublishedProjectRow,
  StageRow,
} from './deployment-schema.ts'

/** One codec a noun, as in rows.ts. */
export const stageRows = createCodec<StageRow, Stage>({
  columns: ['project_id', 'position', 'name', 'description'],
})

export const infraRows = createCodec<InfraRow, Infra>({
  columns: [
    ...(['id', 'project_id', 'name', 'description', 'stage', 'governance', 'profile_id'] as const),
    ...(['size', 'min_size', 'max_size', 'update_defaults', 'permissions', 'attributes'] as const),
    ...(['created_at', 'created_by', 'updated_at', 'version'] as const),
  ],
  json: ['update_defaults', 'permissions', 'attributes'],
})

export const publishedProjectRows = createCodec<PublishedProjectRow, PublishedProject>({
  columns: [
    ...(['id', 'project_id', 'name', 'title', 'description', 'permissions', 'attributes'] as const),
    ...(['created_at', 'created_by', 'updated_at', 'version'] as const),
  ],
  json: ['permissions', 'attributes'],
  names: { name: 'key', title: 'name' },
})

export const deploymentRows = createCodec<DeploymentRow, Deployment>({
  columns: [
    ...(['id', 'project_id', 'name', 'infra_id', 'published_project_id', 'cluster_id'] as const),
    ...(['bundle_id', 'bundle_version', 'enabled', 'deployed_project_key', 'project_folder_id'] as const),
    ...(['attributes', 'created_at', 'created_by', 'updated_at', 'version'] as const),
  ],
  json: ['attributes'],
  booleans: ['enabled'],
})

export const deploymentUpdateRows = createCodec<DeploymentUpdateRow, DeploymentUpdate>({
  columns: [
    ...([
      'id',
      'project_id',
      'deployment_id',
      'number',
      'kind',
      'bundle_id',
      'bundle_version',
      'enabled',
    ] as const),
    ...(['action_id', 'update_id', 'fill_action_id', 'revision_id', 'created_at', 'created_by'] as const),
  ],
  booleans: ['enabled'],
})
