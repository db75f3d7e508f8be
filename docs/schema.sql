-- The schema after all migrations of migrations/sqlite. Written by "npm run generate".

CREATE TABLE access_keys (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  project_id TEXT NOT NULL REFERENCES projects (id),
  role TEXT NOT NULL,
  -- Sealed: a signature is checked with the secret itself.
  secret TEXT NOT NULL,
  enabled INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  last_used_at INTEGER
) STRICT;

CREATE TABLE actions (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL,
  cluster_id TEXT NOT NULL,
  pool_id TEXT,
  node_id TEXT,
  parent_id TEXT,
  update_id TEXT,
  name TEXT NOT NULL,
  status TEXT NOT NULL,
  status_reason TEXT NOT NULL,
  inputs TEXT NOT NULL,
  outputs TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  started_at INTEGER,
  ended_at INTEGER
, data TEXT NOT NULL DEFAULT '{}', cause TEXT NOT NULL DEFAULT 'request', timeout_seconds INTEGER, owner_id TEXT, control TEXT) STRICT;

CREATE INDEX actions_project ON actions (project_id, id);

CREATE INDEX actions_update ON actions (update_id, id) WHERE update_id IS NOT NULL;

CREATE INDEX actions_parent ON actions (parent_id, id) WHERE parent_id IS NOT NULL;

CREATE INDEX actions_ended ON actions (ended_at) WHERE ended_at IS NOT NULL;

CREATE INDEX actions_open ON actions (cluster_id, id)
  WHERE status IN ('READY', 'WAITING', 'RUNNING', 'WAITING_LIFECYCLE_COMPLETION', 'SUSPENDED');

CREATE TABLE api_keys (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  secret_hash TEXT NOT NULL UNIQUE,
  grants TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  expires_at INTEGER,
  revoked_at INTEGER
, "groups" TEXT NOT NULL DEFAULT '[]') STRICT;

CREATE TABLE application_credentials (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  description TEXT,
  user_id TEXT NOT NULL REFERENCES users (id),
  project_id TEXT NOT NULL REFERENCES projects (id),
  role TEXT NOT NULL,
  secret_hash TEXT NOT NULL,
  unrestricted INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  UNIQUE (user_id, name)
) STRICT;

CREATE TABLE bucket_objects (
  id TEXT PRIMARY KEY,
  bucket_id TEXT NOT NULL REFERENCES buckets (id),
  object_key TEXT NOT NULL,
  -- NULL: a marker that says that the object was deleted.
  digest TEXT,
  size_bytes INTEGER NOT NULL,
  is_latest INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL
) STRICT;

CREATE INDEX bucket_objects_key ON bucket_objects (bucket_id, object_key, id);

CREATE UNIQUE INDEX bucket_objects_latest ON bucket_objects (bucket_id, object_key) WHERE is_latest = 1;

CREATE INDEX bucket_objects_digest ON bucket_objects (digest) WHERE digest IS NOT NULL;

CREATE TABLE buckets (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL REFERENCES projects (id),
  name TEXT NOT NULL,
  version_count INTEGER NOT NULL,
  size_bytes INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  UNIQUE (project_id, name)
) STRICT;

CREATE TABLE bundle_origins (
  project_id TEXT NOT NULL REFERENCES projects (id),
  -- The store, as people call it.
  place TEXT NOT NULL,
  bucket TEXT NOT NULL,
  object_key TEXT NOT NULL,
  -- The object's version or, where there are none, its ETag.
  state TEXT NOT NULL,
  bundle_id TEXT NOT NULL REFERENCES bundles (id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (project_id, place, bucket, object_key, state)
) STRICT;

CREATE INDEX bundle_origins_bundle ON bundle_origins (bundle_id);

CREATE TABLE bundle_signatures (
  id TEXT PRIMARY KEY,
  bundle_id TEXT NOT NULL REFERENCES bundles (id) ON DELETE CASCADE,
  key_id TEXT NOT NULL,
  -- The whole file.
  text TEXT NOT NULL,
  comment TEXT NOT NULL,
  -- BLAKE2b-512 of the bundle's bytes.
  hash TEXT NOT NULL,
  added_at INTEGER NOT NULL,
  added_by TEXT NOT NULL
) STRICT;

CREATE INDEX bundle_signatures_bundle ON bundle_signatures (bundle_id);

CREATE TABLE bundles (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL REFERENCES projects (id),
  name TEXT NOT NULL,
  version TEXT NOT NULL,
  digest TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  entry_count INTEGER NOT NULL,
  unpacked_bytes INTEGER NOT NULL,
  manifest TEXT,
  source TEXT NOT NULL,
  description TEXT,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  UNIQUE (project_id, name, version)
) STRICT;

CREATE INDEX bundles_digest ON bundles (digest);

CREATE TABLE client_tokens (
  scope TEXT NOT NULL,
  token TEXT NOT NULL,
  request_hash TEXT NOT NULL,
  answer TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (scope, token)
) STRICT;

CREATE INDEX client_tokens_created ON client_tokens (created_at);

CREATE TABLE "clusters" (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL REFERENCES projects (id),
  name TEXT NOT NULL,
  status TEXT NOT NULL,
  status_reason TEXT NOT NULL,
  metadata TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  version INTEGER NOT NULL,
  -- The lease: who runs this cluster, and the fencing number of that term.
  engine_id TEXT,
  term INTEGER NOT NULL,
  -- Counts requests that the engine has to look at; seen_intent is the last one it acted on.
  intent INTEGER NOT NULL,
  seen_intent INTEGER NOT NULL,
  -- 'standalone': the one of a project that holds its nodes without a cluster; nobody sees it.
  kind TEXT NOT NULL DEFAULT 'cluster',
  first_ready_at INTEGER,
  created_by TEXT NOT NULL DEFAULT '',
  timeout_seconds INTEGER,
  config TEXT NOT NULL DEFAULT '{}'
, environment_id TEXT REFERENCES environments (id), attributes TEXT NOT NULL DEFAULT '{}', platform TEXT, node_counts TEXT, drift_repair TEXT NOT NULL DEFAULT 'manual') STRICT;

CREATE INDEX clusters_engine ON clusters (engine_id);

CREATE INDEX clusters_asked ON clusters (id) WHERE intent > seen_intent;

CREATE INDEX clusters_name ON clusters (project_id, name);

CREATE INDEX clusters_environment ON clusters (environment_id, name) WHERE environment_id IS NOT NULL;

CREATE TABLE delegations (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL REFERENCES projects (id),
  published_project_id TEXT NOT NULL REFERENCES published_projects (id) ON DELETE CASCADE,
  from_name TEXT NOT NULL,
  to_name TEXT NOT NULL,
  until INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  ended_at INTEGER
) STRICT;

CREATE INDEX delegations_to ON delegations (published_project_id, to_name);

CREATE TABLE deployment_updates (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL REFERENCES projects (id),
  deployment_id TEXT NOT NULL REFERENCES deployments (id) ON DELETE CASCADE,
  -- Counts from 1; ids are made by servers whose clocks differ.
  number INTEGER NOT NULL,
  kind TEXT NOT NULL,
  -- A bundle that only the history names may be deleted.
  bundle_id TEXT NOT NULL,
  bundle_version TEXT NOT NULL,
  enabled INTEGER NOT NULL,
  action_id TEXT,
  update_id TEXT,
  revision_id TEXT,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL
, fill_action_id TEXT) STRICT;

CREATE UNIQUE INDEX deployment_updates_number ON deployment_updates (deployment_id, number);

CREATE UNIQUE INDEX deployment_updates_action ON deployment_updates (action_id) WHERE action_id IS NOT NULL;

CREATE UNIQUE INDEX deployment_updates_fill ON deployment_updates (fill_action_id) WHERE fill_action_id IS NOT NULL;

CREATE TABLE deployments (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL REFERENCES projects (id),
  name TEXT NOT NULL,
  infra_id TEXT NOT NULL REFERENCES infras (id),
  published_project_id TEXT NOT NULL REFERENCES published_projects (id),
  cluster_id TEXT REFERENCES clusters (id) ON DELETE SET NULL,
  bundle_id TEXT NOT NULL REFERENCES bundles (id),
  bundle_version TEXT NOT NULL,
  enabled INTEGER NOT NULL,
  deployed_project_key TEXT,
  project_folder_id TEXT,
  attributes TEXT NOT NULL DEFAULT '{}',
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  version INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX deployments_name ON deployments (project_id, name);

CREATE INDEX deployments_infra ON deployments (infra_id);

CREATE INDEX deployments_published_project ON deployments (published_project_id);

CREATE INDEX deployments_bundle ON deployments (bundle_id);

CREATE UNIQUE INDEX deployments_cluster ON deployments (cluster_id) WHERE cluster_id IS NOT NULL;

CREATE TABLE engines (
  id TEXT PRIMARY KEY,
  host TEXT NOT NULL,
  pid INTEGER NOT NULL,
  version TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  heartbeat_at INTEGER NOT NULL,
  lease_until INTEGER NOT NULL
) STRICT;

CREATE TABLE environments (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL REFERENCES projects (id),
  name TEXT NOT NULL,
  description TEXT,
  attributes TEXT NOT NULL DEFAULT '{}',
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  version INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX environments_name ON environments (project_id, name);

CREATE TABLE events (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL,
  at INTEGER NOT NULL,
  level TEXT NOT NULL,
  type TEXT NOT NULL,
  project_id TEXT,
  cluster_id TEXT,
  node_id TEXT,
  update_id TEXT,
  action_id TEXT,
  principal TEXT NOT NULL,
  because TEXT NOT NULL,
  data TEXT NOT NULL
) STRICT;

CREATE INDEX events_cluster ON events (cluster_id, sequence) WHERE cluster_id IS NOT NULL;

CREATE INDEX events_update ON events (update_id, sequence) WHERE update_id IS NOT NULL;

CREATE INDEX events_id ON events (id);

CREATE TABLE forgotten_nodes (
  -- Its row is gone.
  node_id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL REFERENCES projects (id),
  node_name TEXT NOT NULL,
  -- address:port, and the jump host it is reached through.
  route TEXT NOT NULL,
  -- The user of the host whose processes they are.
  login TEXT NOT NULL,
  folder TEXT NOT NULL,
  service TEXT NOT NULL,
  -- The fencing number under which it was given up.
  term INTEGER NOT NULL,
  forgotten_at INTEGER NOT NULL
) STRICT;

CREATE INDEX forgotten_nodes_route ON forgotten_nodes (project_id, route, login);

CREATE TABLE governance_rules (
  published_project_id TEXT PRIMARY KEY REFERENCES published_projects (id) ON DELETE CASCADE,
  -- By the name of the stage.
  stages TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  updated_by TEXT NOT NULL,
  version INTEGER NOT NULL
) STRICT;

CREATE TABLE host_keys (
  project_id TEXT NOT NULL REFERENCES projects (id),
  -- address:port, and the jump host it is reached through.
  route TEXT NOT NULL,
  -- As in a known_hosts file: type and base64.
  key TEXT NOT NULL,
  pinned_at INTEGER NOT NULL,
  PRIMARY KEY (project_id, route)
) STRICT;

CREATE TABLE infras (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL REFERENCES projects (id),
  name TEXT NOT NULL,
  description TEXT,
  stage TEXT NOT NULL,
  governance TEXT NOT NULL,
  profile_id TEXT REFERENCES profiles (id),
  size INTEGER NOT NULL,
  min_size INTEGER NOT NULL,
  max_size INTEGER,
  update_defaults TEXT NOT NULL,
  permissions TEXT,
  attributes TEXT NOT NULL DEFAULT '{}',
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  version INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX infras_name ON infras (project_id, name);

CREATE INDEX infras_profile ON infras (profile_id) WHERE profile_id IS NOT NULL;

CREATE TABLE migrations (
    number INTEGER PRIMARY KEY, name TEXT NOT NULL, breaking INTEGER NOT NULL, applied_at INTEGER NOT NULL
  ) STRICT;

CREATE TABLE node_hosts (
  node_id TEXT PRIMARY KEY REFERENCES nodes (id) ON DELETE CASCADE,
  -- address:port; null once it was given back.
  host TEXT,
  -- The revision with whose settings the host was last reached, which may be gone by now; null: never.
  revision_id TEXT,
  -- The highest fencing number that was seen for the node.
  term INTEGER NOT NULL
) STRICT;

CREATE INDEX node_hosts_host ON node_hosts (host) WHERE host IS NOT NULL;

CREATE TABLE node_pools (
  id TEXT PRIMARY KEY,
  cluster_id TEXT NOT NULL REFERENCES clusters (id),
  project_id TEXT NOT NULL,
  name TEXT NOT NULL,
  min_size INTEGER NOT NULL,
  max_size INTEGER,
  desired_capacity INTEGER NOT NULL,
  committed_revision_id TEXT NOT NULL,
  update_defaults TEXT NOT NULL,
  next_node_index INTEGER NOT NULL,
  next_revision_number INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  version INTEGER NOT NULL, attributes TEXT NOT NULL DEFAULT '{}',
  UNIQUE (cluster_id, name)
) STRICT;

CREATE TABLE "nodes" (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL,
  cluster_id TEXT NOT NULL REFERENCES clusters (id),
  pool_id TEXT NOT NULL REFERENCES node_pools (id),
  name TEXT NOT NULL,
  node_index INTEGER NOT NULL,
  status TEXT NOT NULL,
  status_reason TEXT NOT NULL,
  health TEXT NOT NULL,
  revision_id TEXT,
  attempt INTEGER NOT NULL,
  action_id TEXT,
  physical_id TEXT,
  endpoint TEXT,
  handle TEXT NOT NULL,
  metadata TEXT NOT NULL,
  available_since INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  role TEXT NOT NULL DEFAULT '',
  tainted INTEGER NOT NULL DEFAULT 0,
  first_ready_at INTEGER,
  created_by TEXT NOT NULL DEFAULT '',
  -- How often it was handed from one cluster to another: part of the fencing number that runtimes see.
  moves INTEGER NOT NULL DEFAULT 0,
  -- The cluster's request with which somebody else than its engine last wrote this row: that engine reads it again.
  written_at_intent INTEGER NOT NULL DEFAULT 0
, data TEXT NOT NULL DEFAULT '{}', drift TEXT, drift_reason TEXT, drift_at INTEGER) STRICT;

CREATE UNIQUE INDEX nodes_pool_index ON nodes (pool_id, node_index);

CREATE INDEX nodes_cluster_index ON nodes (cluster_id, node_index, id);

CREATE INDEX nodes_name ON nodes (project_id, name);

CREATE INDEX nodes_written ON nodes (cluster_id, written_at_intent) WHERE written_at_intent > 0;

CREATE INDEX nodes_created ON nodes (project_id, created_at, id);

CREATE INDEX nodes_drift ON nodes (drift) WHERE drift IS NOT NULL;

CREATE TABLE policies (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL REFERENCES projects (id),
  name TEXT NOT NULL,
  type TEXT NOT NULL,
  version TEXT NOT NULL,
  properties TEXT NOT NULL,
  description TEXT,
  metadata TEXT NOT NULL,
  data TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER
, attributes TEXT NOT NULL DEFAULT '{}') STRICT;

CREATE INDEX policies_name ON policies (project_id, name);

CREATE TABLE policy_bindings (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL,
  cluster_id TEXT NOT NULL REFERENCES clusters (id),
  policy_id TEXT NOT NULL REFERENCES policies (id),
  enabled INTEGER NOT NULL,
  priority INTEGER NOT NULL,
  data TEXT NOT NULL,
  last_operation_at INTEGER,
  created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  UNIQUE (cluster_id, policy_id)
) STRICT;

CREATE INDEX policy_bindings_policy ON policy_bindings (policy_id);

CREATE TABLE "profiles" (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL REFERENCES projects (id),
  name TEXT NOT NULL,
  type TEXT NOT NULL,
  version TEXT NOT NULL,
  properties TEXT NOT NULL,
  metadata TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER,
  created_by TEXT NOT NULL DEFAULT ''
, attributes TEXT NOT NULL DEFAULT '{}') STRICT;

CREATE INDEX profiles_name ON profiles (project_id, name);

CREATE TABLE projects (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE published_projects (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL REFERENCES projects (id),
  -- The key, which is the name of its bundles.
  name TEXT NOT NULL,
  -- What people call it.
  title TEXT NOT NULL,
  description TEXT,
  permissions TEXT,
  attributes TEXT NOT NULL DEFAULT '{}',
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  version INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX published_projects_name ON published_projects (project_id, name);

CREATE TABLE receiver_messages (
  id TEXT PRIMARY KEY,
  receiver_id TEXT NOT NULL REFERENCES receivers (id) ON DELETE CASCADE,
  place INTEGER NOT NULL,
  status TEXT NOT NULL,
  body TEXT NOT NULL,
  error TEXT,
  action_id TEXT,
  received_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  ended_at INTEGER,
  UNIQUE (receiver_id, place)
) STRICT;

CREATE INDEX receiver_messages_waiting ON receiver_messages (receiver_id, place) WHERE status = 'Waiting';

CREATE INDEX receiver_messages_ended ON receiver_messages (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE receivers (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL REFERENCES projects (id),
  name TEXT NOT NULL,
  type TEXT NOT NULL,
  cluster_id TEXT REFERENCES clusters (id) ON DELETE CASCADE,
  action TEXT,
  actor TEXT NOT NULL,
  params TEXT NOT NULL,
  credential TEXT NOT NULL,
  token_hash TEXT,
  created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  version INTEGER NOT NULL,
  -- The place in the queue that the next message gets.
  next_place INTEGER NOT NULL
) STRICT;

CREATE INDEX receivers_name ON receivers (project_id, name, id);

CREATE INDEX receivers_cluster ON receivers (cluster_id) WHERE cluster_id IS NOT NULL;

CREATE TABLE revisions (
  id TEXT PRIMARY KEY,
  pool_id TEXT NOT NULL REFERENCES node_pools (id),
  number INTEGER NOT NULL,
  profile_id TEXT NOT NULL,
  bundle_id TEXT,
  spec TEXT NOT NULL,
  description TEXT,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  UNIQUE (pool_id, number)
) STRICT;

CREATE INDEX revisions_bundle ON revisions (bundle_id) WHERE bundle_id IS NOT NULL;

CREATE INDEX revisions_profile ON revisions (profile_id);

CREATE TABLE secret_keys (
  id TEXT PRIMARY KEY,
  -- A known text, sealed by the key.
  proof TEXT NOT NULL,
  -- 1 once everything is sealed by this key, and nothing by another or not at all.
  complete INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE sign_offs (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL REFERENCES projects (id),
  published_project_id TEXT NOT NULL REFERENCES published_projects (id) ON DELETE CASCADE,
  bundle_id TEXT NOT NULL REFERENCES bundles (id) ON DELETE CASCADE,
  -- Its name and version.
  bundle TEXT NOT NULL,
  stage TEXT NOT NULL,
  reviewer TEXT NOT NULL,
  on_behalf_of TEXT,
  -- Of whoever it counts for, at that moment.
  "groups" TEXT NOT NULL,
  decision TEXT NOT NULL,
  comment TEXT NOT NULL,
  at INTEGER NOT NULL,
  expires_at INTEGER,
  -- Null while it stands.
  ended_at INTEGER,
  ended_by TEXT
) STRICT;

CREATE UNIQUE INDEX sign_offs_standing ON sign_offs (bundle_id, stage, reviewer) WHERE ended_at IS NULL;

CREATE INDEX sign_offs_published_project ON sign_offs (published_project_id, at, id);

CREATE TABLE signing_keys (
  id TEXT PRIMARY KEY,
  published_project_id TEXT NOT NULL REFERENCES published_projects (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  key_id TEXT NOT NULL,
  public_key TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL
) STRICT;

CREATE UNIQUE INDEX signing_keys_name ON signing_keys (published_project_id, name);

CREATE UNIQUE INDEX signing_keys_key ON signing_keys (published_project_id, public_key);

CREATE TABLE sqlite_sequence(name,seq);

CREATE TABLE stages (
  project_id TEXT NOT NULL REFERENCES projects (id),
  position INTEGER NOT NULL,
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  PRIMARY KEY (project_id, position)
) STRICT;

CREATE UNIQUE INDEX stages_name ON stages (project_id, name);

CREATE TABLE tokens (
  id TEXT PRIMARY KEY,
  -- SHA-256 of the token, which itself is never stored.
  hash TEXT NOT NULL UNIQUE,
  user_id TEXT NOT NULL REFERENCES users (id),
  project_id TEXT REFERENCES projects (id),
  application_credential_id TEXT REFERENCES application_credentials (id),
  methods TEXT NOT NULL,
  issued_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;

CREATE INDEX tokens_user ON tokens (user_id);

CREATE INDEX tokens_application_credential ON tokens (application_credential_id);

CREATE INDEX tokens_expiry ON tokens (expires_at);

CREATE TABLE updates (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL,
  cluster_id TEXT NOT NULL REFERENCES clusters (id),
  pool_id TEXT NOT NULL REFERENCES node_pools (id),
  action_id TEXT NOT NULL,
  type TEXT NOT NULL,
  status TEXT NOT NULL,
  because TEXT NOT NULL,
  params TEXT NOT NULL,
  selection TEXT,
  from_revision_id TEXT NOT NULL,
  to_revision_id TEXT NOT NULL,
  direction TEXT NOT NULL,
  control TEXT NOT NULL,
  progress TEXT NOT NULL,
  errors TEXT NOT NULL,
  description TEXT,
  created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  started_at INTEGER,
  last_progress_at INTEGER,
  ended_at INTEGER
, errors_left_out INTEGER NOT NULL DEFAULT 0, attributes TEXT NOT NULL DEFAULT '{}', checkpoints_passed INTEGER NOT NULL DEFAULT 0, hold TEXT) STRICT;

CREATE INDEX updates_cluster ON updates (cluster_id, id);

CREATE UNIQUE INDEX updates_in_flight ON updates (pool_id)
  WHERE status IN ('Pending', 'InProgress', 'Paused', 'RollingBack');

CREATE TABLE users (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  description TEXT,
  -- Scheme, cost, salt and hash in one text; see src/access/passwords.ts.
  password_hash TEXT NOT NULL,
  grants TEXT NOT NULL,
  enabled INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  password_changed_at INTEGER NOT NULL
, "groups" TEXT NOT NULL DEFAULT '[]') STRICT;
