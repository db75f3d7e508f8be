import type { AccessKey } from '../domain/access-key.ts'
import type { Action } from '../domain/action.ts'
import type { Bundle } from '../domain/bundle.ts'
import type { Cluster, NodePool } from '../domain/cluster.ts'
import type { Engine } from '../domain/engine.ts'
import type { Environment } from '../domain/environment.ts'
import type { Event, NewEvent } from '../domain/event.ts'
import type { Node } from '../domain/node.ts'
import type { Policy, PolicyBinding } from '../domain/policy.ts'
import type { ApiKey, Project } from '../domain/principal.ts'
import type { Profile } from '../domain/profile.ts'
import type { Message, Receiver } from '../domain/receiver.ts'
import type { Revision } from '../domain/revision.ts'
import type { Update } from '../domain/update.ts'
import type { ApplicationCredential, Token, User } from '../domain/user.ts'
import { createCodec } from './codec.ts'
import type {
  AccessKeyRow,
  ApiKeyRow,
  ApplicationCredentialRow,
  TokenRow,
  UserRow,
} from './identity-schema.ts'
import type {
  ActionRow,
  BundleRow,
  ClusterRow,
  EngineRow,
  EnvironmentRow,
  EventRow,
  NodePoolRow,
  NodeRow,
  PolicyBindingRow,
  PolicyRow,
  ProfileRow,
  ProjectRow,
  ReceiverMessageRow,
  ReceiverRow,
  RevisionRow,
  UpdateRow,
} from './schema.ts'

/** One codec a noun: which columns it has, and which of them hold JSON. */
export const projectRows = createCodec<ProjectRow, Project>({ columns: ['id', 'name', 'created_at'] })

export const apiKeyRows = createCodec<Omit<ApiKeyRow, 'secret_hash'>, ApiKey>({
  columns: ['id', 'name', 'grants', 'groups', 'created_at', 'created_by', 'expires_at', 'revoked_at'],
  json: ['grants', 'groups'],
})

/** An access key without its secret, which is sealed (store/access-keys.ts). */
export const accessKeyRows = createCodec<Omit<AccessKeyRow, 'secret'>, AccessKey>({
  columns: [
    ...(['id', 'name', 'project_id', 'role', 'enabled'] as const),
    ...(['created_at', 'created_by', 'updated_at', 'last_used_at'] as const),
  ],
  booleans: ['enabled'],
})

export const userRows = createCodec<Omit<UserRow, 'password_hash'>, User>({
  columns: [
    'id',
    'name',
    'description',
    'grants',
    'groups',
    'enabled',
    'created_at',
    'created_by',
    'updated_at',
    'password_changed_at',
  ],
  json: ['grants', 'groups'],
  booleans: ['enabled'],
})

export const applicationCredentialRows = createCodec<
  Omit<ApplicationCredentialRow, 'secret_hash'>,
  ApplicationCredential
>({
  columns: [
    'id',
    'name',
    'description',
    'user_id',
    'project_id',
    'role',
    'unrestricted',
    'created_at',
    'expires_at',
  ],
  booleans: ['unrestricted'],
})

export const tokenRows = createCodec<Omit<TokenRow, 'hash'>, Token>({
  columns: ['id', 'user_id', 'project_id', 'application_credential_id', 'methods', 'issued_at', 'expires_at'],
  json: ['methods'],
})

export const bundleRows = createCodec<BundleRow, Bundle>({
  columns: [
    'id',
    'project_id',
    'name',
    'version',
    'digest',
    'size_bytes',
    'entry_count',
    'unpacked_bytes',
    'manifest',
    'source',
    'description',
    'created_at',
    'created_by',
  ],
  json: ['manifest', 'source'],
})

export const profileRows = createCodec<ProfileRow, Profile>({
  columns: [
    ...(['id', 'project_id', 'name', 'type', 'version', 'properties', 'metadata', 'created_at'] as const),
    ...(['attributes', 'updated_at', 'created_by'] as const),
  ],
  json: ['properties', 'metadata', 'attributes'],
})

export const environmentRows = createCodec<EnvironmentRow, Environment>({
  columns: [
    ...(['id', 'project_id', 'name', 'description', 'attributes', 'created_at', 'created_by'] as const),
    ...(['updated_at', 'version'] as const),
  ],
  json: ['attributes'],
})

/** A cluster without its lease, which is the engine's own business (store/leases.ts). */
export const clusterRows = createCodec<
  Omit<ClusterRow, 'engine_id' | 'term' | 'intent' | 'seen_intent'>,
  Cluster
>({
  columns: [
    'id',
    'project_id',
    'name',
    'status',
    'status_reason',
    'metadata',
    'created_at',
    'updated_at',
    'version',
    'kind',
    'first_ready_at',
    'created_by',
    'timeout_seconds',
    'config',
    'environment_id',
    'attributes',
    'platform',
    'drift_repair',
  ],
  json: ['metadata', 'config', 'attributes', 'platform'],
})

export const poolRows = createCodec<NodePoolRow, NodePool>({
  columns: [
    'id',
    'cluster_id',
    'project_id',
    'name',
    'min_size',
    'max_size',
    'desired_capacity',
    'committed_revision_id',
    'update_defaults',
    'next_node_index',
    'next_revision_number',
    'created_at',
    'updated_at',
    'version',
    'attributes',
  ],
  json: ['update_defaults', 'attributes'],
})

export const revisionRows = createCodec<Omit<RevisionRow, 'profile_id' | 'bundle_id'>, Revision>({
  columns: ['id', 'pool_id', 'number', 'spec', 'description', 'created_at', 'created_by'],
  json: ['spec'],
})

export const nodeRows = createCodec<NodeRow, Node>({
  columns: [
    'id',
    'project_id',
    'cluster_id',
    'pool_id',
    'name',
    'node_index',
    'status',
    'status_reason',
    'health',
    'revision_id',
    'attempt',
    'action_id',
    'physical_id',
    'endpoint',
    'handle',
    'metadata',
    'data',
    'available_since',
    'created_at',
    'updated_at',
    'role',
    'tainted',
    'first_ready_at',
    'created_by',
    'moves',
    'written_at_intent',
    'drift',
    'drift_reason',
    'drift_at',
  ],
  json: ['endpoint', 'handle', 'metadata', 'data'],
  booleans: ['tainted'],
  names: { node_index: 'index' },
})

export const updateRows = createCodec<UpdateRow, Update>({
  columns: [
    'id',
    'project_id',
    'cluster_id',
    'pool_id',
    'action_id',
    'type',
    'status',
    'because',
    'params',
    'selection',
    'from_revision_id',
    'to_revision_id',
    'direction',
    'control',
    'checkpoints_passed',
    'hold',
    'progress',
    'errors',
    'errors_left_out',
    'description',
    'created_by',
    'created_at',
    'started_at',
    'last_progress_at',
    'ended_at',
    'attributes',
  ],
  json: ['params', 'selection', 'control', 'hold', 'progress', 'errors', 'attributes'],
})

export const actionRows = createCodec<ActionRow, Action>({
  columns: [
    'id',
    'project_id',
    'cluster_id',
    'pool_id',
    'node_id',
    'parent_id',
    'update_id',
    'name',
    'status',
    'status_reason',
    'inputs',
    'outputs',
    'data',
    'cause',
    'timeout_seconds',
    'owner_id',
    'control',
    'created_by',
    'created_at',
    'started_at',
    'ended_at',
  ],
  json: ['inputs', 'outputs', 'data', 'control'],
})

export const policyRows = createCodec<PolicyRow, Policy>({
  columns: [
    ...(['id', 'project_id', 'name', 'type', 'version', 'properties', 'description'] as const),
    ...(['metadata', 'attributes', 'data', 'created_by', 'created_at', 'updated_at'] as const),
  ],
  json: ['properties', 'metadata', 'attributes', 'data'],
})

export const policyBindingRows = createCodec<PolicyBindingRow, PolicyBinding>({
  columns: [
    ...(['id', 'project_id', 'cluster_id', 'policy_id', 'enabled', 'priority', 'data'] as const),
    ...(['last_operation_at', 'created_by', 'created_at', 'updated_at'] as const),
  ],
  json: ['data'],
  booleans: ['enabled'],
})

const eventColumns = [
  'id',
  'at',
  'level',
  'type',
  'project_id',
  'cluster_id',
  'node_id',
  'update_id',
  'action_id',
  'principal',
  'because',
  'data',
] as const

export const newEventRows = createCodec<Omit<EventRow, 'sequence'>, NewEvent>({
  columns: eventColumns,
  json: ['data'],
})

export const eventRows = createCodec<Omit<EventRow, 'sequence'> & { sequence: number }, Event>({
  columns: ['sequence', ...eventColumns],
  json: ['data'],
})

export const engineRows = createCodec<EngineRow, Engine>({
  columns: ['id', 'host', 'pid', 'version', 'started_at', 'heartbeat_at', 'lease_until'],
})

/** A receiver without its secret and its counter, which are the queries' own business (store/receivers.ts). */
export const receiverRows = createCodec<Omit<ReceiverRow, 'token_hash' | 'next_place'>, Receiver>({
  columns: [
    'id',
    'project_id',
    'name',
    'type',
    'cluster_id',
    'action',
    'actor',
    'params',
    'credential',
    'created_by',
    'created_at',
    'updated_at',
    'version',
  ],
  json: ['actor', 'params'],
})

export const messageRows = createCodec<ReceiverMessageRow, Message>({
  columns: [
    'id',
    'receiver_id',
    'place',
    'status',
    'body',
    'error',
    'action_id',
    'received_at',
    'expires_at',
    'ended_at',
  ],
  json: ['body', 'error'],
})
