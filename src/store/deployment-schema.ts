/** The tables of what is deployed where. */
export interface DeploymentTables {
  stages: StageRow
  infras: InfraRow
  published_projects: PublishedProjectRow
  deployments: DeploymentRow
  deployment_updates: DeploymentUpdateRow
}

export interface StageRow {
  project_id: string
  position: number
  name: string
  description: string
}

export interface InfraRow {
  id: string
  project_id: string
  name: string
  description: string | null
  stage: string
  governance: string
  profile_id: string | null
  size: number
  min_size: number
  max_size: number | null
  update_defaults: string
  permissions: string | null
  attributes: string
  created_at: number
  created_by: string
  updated_at: number
  version: number
}

export interface PublishedProjectRow {
  id: string
  project_id: string
  name: string
  title: string
  description: string | null
  permissions: string | null
  attributes: string
  created_at: number
  created_by: string
  updated_at: number
  version: number
}

export interface DeploymentRow {
  id: string
  project_id: string
  name: string
  infra_id: string
  published_project_id: string
  cluster_id: string | null
  bundle_id: string
  bundle_version: string
  enabled: number
  deployed_project_key: string | null
  project_folder_id: string | null
  attributes: string
  created_at: number
  created_by: string
  updated_at: number
  version: number
}

export interface DeploymentUpdateRow {
  id: string
  project_id: string
  deployment_id: string
  number: number
  kind: string
  bundle_id: string
  bundle_version: string
  enabled: number
  action_id: string | null
  update_id: string | null
  fill_action_id: string | null
  revision_id: string | null
  created_at: number
  created_by: string
}
