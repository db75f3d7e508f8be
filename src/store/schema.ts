import type { Generated } from 'kysely'
import type { DeploymentTables } from './deployment-schema.ts'
import type { GovernanceTables } from './governance-schema.ts'
import type {
  AccessKeyRow,
  ApiKeyRow,
  ApplicationCredentialRow,
  TokenRow,
  UserRow,
} from './identity-schema.ts'
import type { BucketObjectRow, BucketRow, BundleOriginRow } from './object-schema.ts'
import type { ForgottenNodeRow, HostKeyRow, NodeHostRow } from './schema-hosts.ts'

/**
 * The tables, as migrations/ makes them. Plain columns only: JSON is text, booleans are 0 and 1, times are
 * milliseconds. `rows.ts` turns rows into the nouns of domain/ and back.
 */
export interface Tables extends DeploymentTables, GovernanceTables {
  projects: ProjectRow
  environments: EnvironmentRow
  api_keys: ApiKeyRow
  users: UserRow
  application_credentials: ApplicationCredentialRow
  tokens: TokenRow
  bundles: BundleRow
  bundle_origins: BundleOriginRow
  buckets: BucketRow
  bucket_objects: BucketObjectRow
  profiles: ProfileRow
  clusters: ClusterRow
  node_pools: NodePoolRow
  revisions: RevisionRow
  nodes: NodeRow
  updates: UpdateRow
  actions: ActionRow
  policies: PolicyRow
  policy_bindings: PolicyBindingRow
  events: EventRow
  engines: EngineRow
  client_tokens: ClientTokenRow
  receivers: ReceiverRow
  receiver_messages: ReceiverMessageRow
  node_hosts: NodeHostRow
  host_keys: HostKeyRow
  forgotten_nodes: ForgottenNodeRow
  secret_keys: SecretKeyRow
  access_keys: AccessKeyRow
}

export interface SecretKeyRow {
  id: string
  proof: string
  complete: number
  created_at: number
}

export interface ProjectRow {
  id: string
  name: string
  created_at: number
}

export interface EnvironmentRow {
  id: string
  project_id: string
  name: string
  description: string | null
  attributes: string
  created_at: number
  created_by: string
  updated_at: number
  version: number
}

export interface BundleRow {
  id: string
  project_id: string
  name: string
  version: string
  digest: string
  size_bytes: number
  entry_count: number
  unpacked_bytes: number
  manifest: string | null
  source: string
  description: string | null
  created_at: number
  created_by: string
}

export interface ProfileRow {
  id: string
  project_id: string
  name: string
  type: string
  version: string
  properties: string
  metadata: string
  attributes: string
  created_at: number
  updated_at: number | null
  created_by: string
}

export interface ClusterRow {
  id: string
  project_id: string
  name: string
  status: string
  status_reason: string
  metadata: string
  created_at: number
  updated_at: number
  version: number
  engine_id: string | null
  term: number
  intent: number
  seen_intent: number
  kind: string
  first_ready_at: number | null
  created_by: string
  timeout_seconds: number | null
  config: string
  node_counts: string | null
  drift_repair: string
  environment_id: string | null
  attributes: string
  platform: string | null
}

export interface NodePoolRow {
  id: string
  cluster_id: string
  project_id: string
  name: string
  min_size: number
  max_size: number | null
  desired_capacity: number
  committed_revision_id: string
  update_defaults: string
  next_node_index: number
  next_revision_number: number
  created_at: number
  updated_at: number
  version: number
  attributes: string
}

export interface RevisionRow {
  id: string
  pool_id: string
  number: number
  profile_id: string
  bundle_id: string | null
  spec: string
  description: string | null
  created_at: number
  created_by: string
}

export interface NodeRow {
  id: string
  project_id: string
  cluster_id: string
  pool_id: string
  name: string
  node_index: number
  status: string
  status_reason: string
  health: string
  revision_id: string | null
  attempt: number
  action_id: string | null
  physical_id: string | null
  endpoint: string | null
  handle: string
  metadata: string
  data: string
  available_since: number | null
  created_at: number
  updated_at: number
  role: string
  tainted: number
  first_ready_at: number | null
  created_by: string
  moves: number
  written_at_intent: number
  drift: string | null
  drift_reason: string | null
  drift_at: number | null
}

export interface UpdateRow {
  id: string
  project_id: string
  cluster_id: string
  pool_id: string
  action_id: string
  type: string
  status: string
  because: string
  params: string
  selection: string | null
  from_revision_id: string
  to_revision_id: string
  direction: string
  control: string
  checkpoints_passed: number
  hold: string | null
  progress: string
  errors: string
  errors_left_out: number
  description: string | null
  created_by: string
  created_at: number
  started_at: number | null
  last_progress_at: number | null
  ended_at: number | null
  attributes: string
}

export interface ActionRow {
  id: string
  project_id: string
  cluster_id: string
  pool_id: string | null
  node_id: string | null
  parent_id: string | null
  update_id: string | null
  name: string
  status: string
  status_reason: string
  inputs: string
  outputs: string
  data: string
  cause: string
  timeout_seconds: number | null
  owner_id: string | null
  control: string | null
  created_by: string
  created_at: number
  started_at: number | null
  ended_at: number | null
}

export interface PolicyRow {
  id: string
  project_id: string
  name: string
  type: string
  version: string
  properties: string
  description: string | null
  metadata: string
  attributes: string
  data: string
  created_by: string
  created_at: number
  updated_at: number | null
}

export interface PolicyBindingRow {
  id: string
  project_id: string
  cluster_id: string
  policy_id: string
  enabled: number
  priority: number
  data: string
  last_operation_at: number | null
  created_by: string
  created_at: number
  updated_at: number
}

export interface EventRow {
  sequence: Generated<number>
  id: string
  at: number
  level: string
  type: string
  project_id: string | null
  cluster_id: string | null
  node_id: string | null
  update_id: string | null
  action_id: string | null
  principal: string
  because: string
  data: string
}

export interface EngineRow {
  id: string
  host: string
  pid: number
  version: string
  started_at: number
  heartbeat_at: number
  lease_until: number
}

export interface ClientTokenRow {
  scope: string
  token: string
  request_hash: string
  answer: string
  created_at: number
}

export interface ReceiverRow {
  id: string
  project_id: string
  name: string
  type: string
  cluster_id: string | null
  action: string | null
  actor: string
  params: string
  credential: string
  token_hash: string | null
  created_by: string
  created_at: number
  updated_at: number
  version: number
  next_place: number
}

export interface ReceiverMessageRow {
  id: string
  receiver_id: string
  place: number
  status: string
  body: string
  error: string | null
  action_id: string | null
  received_at: number
  expires_at: number
  ended_at: number | null
}
