-- breaking: the first schema.
-- Times are milliseconds since 1970 UTC, JSON is text, booleans are 0 and 1: the same in every database.
-- Text is compared byte by byte, as SQLite does, whatever the locale of the database.

CREATE TABLE projects (
  id TEXT COLLATE "C" PRIMARY KEY,
  name TEXT COLLATE "C" NOT NULL UNIQUE,
  created_at BIGINT NOT NULL
);

CREATE TABLE api_keys (
  id TEXT COLLATE "C" PRIMARY KEY,
  name TEXT COLLATE "C" NOT NULL,
  secret_hash TEXT COLLATE "C" NOT NULL UNIQUE,
  grants TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  created_by TEXT COLLATE "C" NOT NULL,
  expires_at BIGINT,
  revoked_at BIGINT
);

CREATE TABLE bundles (
  id TEXT COLLATE "C" PRIMARY KEY,
  project_id TEXT COLLATE "C" NOT NULL REFERENCES projects (id),
  name TEXT COLLATE "C" NOT NULL,
  version TEXT COLLATE "C" NOT NULL,
  digest TEXT COLLATE "C" NOT NULL,
  size_bytes BIGINT NOT NULL,
  entry_count BIGINT NOT NULL,
  unpacked_bytes BIGINT NOT NULL,
  manifest TEXT COLLATE "C",
  source TEXT COLLATE "C" NOT NULL,
  description TEXT COLLATE "C",
  created_at BIGINT NOT NULL,
  created_by TEXT COLLATE "C" NOT NULL,
  UNIQUE (project_id, name, version)
);
CREATE INDEX bundles_digest ON bundles (digest);

CREATE TABLE profiles (
  id TEXT COLLATE "C" PRIMARY KEY,
  project_id TEXT COLLATE "C" NOT NULL REFERENCES projects (id),
  name TEXT COLLATE "C" NOT NULL,
  type TEXT COLLATE "C" NOT NULL,
  version TEXT COLLATE "C" NOT NULL,
  properties TEXT COLLATE "C" NOT NULL,
  metadata TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  UNIQUE (project_id, name)
);

CREATE TABLE clusters (
  id TEXT COLLATE "C" PRIMARY KEY,
  project_id TEXT COLLATE "C" NOT NULL REFERENCES projects (id),
  name TEXT COLLATE "C" NOT NULL,
  status TEXT COLLATE "C" NOT NULL,
  status_reason TEXT COLLATE "C" NOT NULL,
  metadata TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL,
  -- The lease: who runs this cluster, and the fencing number of that term.
  engine_id TEXT COLLATE "C",
  term BIGINT NOT NULL,
  -- Counts requests that the engine has to look at; seen_intent is the last one it acted on.
  intent BIGINT NOT NULL,
  seen_intent BIGINT NOT NULL,
  UNIQUE (project_id, name)
) WITH (fillfactor = 70);
CREATE INDEX clusters_engine ON clusters (engine_id);
CREATE INDEX clusters_asked ON clusters (id) WHERE intent > seen_intent;

CREATE TABLE node_pools (
  id TEXT COLLATE "C" PRIMARY KEY,
  cluster_id TEXT COLLATE "C" NOT NULL REFERENCES clusters (id),
  project_id TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  min_size BIGINT NOT NULL,
  max_size BIGINT,
  desired_capacity BIGINT NOT NULL,
  committed_revision_id TEXT COLLATE "C" NOT NULL,
  update_defaults TEXT COLLATE "C" NOT NULL,
  next_node_index BIGINT NOT NULL,
  next_revision_number BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL,
  UNIQUE (cluster_id, name)
);

CREATE TABLE revisions (
  id TEXT COLLATE "C" PRIMARY KEY,
  pool_id TEXT COLLATE "C" NOT NULL REFERENCES node_pools (id),
  number BIGINT NOT NULL,
  profile_id TEXT COLLATE "C" NOT NULL,
  bundle_id TEXT COLLATE "C",
  spec TEXT COLLATE "C" NOT NULL,
  description TEXT COLLATE "C",
  created_at BIGINT NOT NULL,
  created_by TEXT COLLATE "C" NOT NULL,
  UNIQUE (pool_id, number)
);
CREATE INDEX revisions_bundle ON revisions (bundle_id) WHERE bundle_id IS NOT NULL;
CREATE INDEX revisions_profile ON revisions (profile_id);

CREATE TABLE nodes (
  id TEXT COLLATE "C" PRIMARY KEY,
  project_id TEXT COLLATE "C" NOT NULL,
  cluster_id TEXT COLLATE "C" NOT NULL REFERENCES clusters (id),
  pool_id TEXT COLLATE "C" NOT NULL REFERENCES node_pools (id),
  name TEXT COLLATE "C" NOT NULL,
  node_index BIGINT NOT NULL,
  status TEXT COLLATE "C" NOT NULL,
  status_reason TEXT COLLATE "C" NOT NULL,
  health TEXT COLLATE "C" NOT NULL,
  revision_id TEXT COLLATE "C",
  attempt BIGINT NOT NULL,
  action_id TEXT COLLATE "C",
  physical_id TEXT COLLATE "C",
  endpoint TEXT COLLATE "C",
  handle TEXT COLLATE "C" NOT NULL,
  metadata TEXT COLLATE "C" NOT NULL,
  available_since BIGINT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  UNIQUE (cluster_id, name)
) WITH (fillfactor = 70);
CREATE UNIQUE INDEX nodes_pool_index ON nodes (pool_id, node_index);
-- The order of a cluster's list, so that a page costs the same wherever it is.
CREATE INDEX nodes_cluster_index ON nodes (cluster_id, node_index, id);

CREATE TABLE updates (
  id TEXT COLLATE "C" PRIMARY KEY,
  project_id TEXT COLLATE "C" NOT NULL,
  cluster_id TEXT COLLATE "C" NOT NULL REFERENCES clusters (id),
  pool_id TEXT COLLATE "C" NOT NULL REFERENCES node_pools (id),
  action_id TEXT COLLATE "C" NOT NULL,
  type TEXT COLLATE "C" NOT NULL,
  status TEXT COLLATE "C" NOT NULL,
  because TEXT COLLATE "C" NOT NULL,
  params TEXT COLLATE "C" NOT NULL,
  selection TEXT COLLATE "C",
  from_revision_id TEXT COLLATE "C" NOT NULL,
  to_revision_id TEXT COLLATE "C" NOT NULL,
  direction TEXT COLLATE "C" NOT NULL,
  control TEXT COLLATE "C" NOT NULL,
  progress TEXT COLLATE "C" NOT NULL,
  errors TEXT COLLATE "C" NOT NULL,
  description TEXT COLLATE "C",
  created_by TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  started_at BIGINT,
  last_progress_at BIGINT,
  ended_at BIGINT
) WITH (fillfactor = 70);
CREATE INDEX updates_cluster ON updates (cluster_id, id);
-- One at a time: the database itself refuses a second update in flight on a pool.
CREATE UNIQUE INDEX updates_in_flight ON updates (pool_id)
  WHERE status IN ('Pending', 'InProgress', 'Paused', 'RollingBack');

CREATE TABLE actions (
  id TEXT COLLATE "C" PRIMARY KEY,
  project_id TEXT COLLATE "C" NOT NULL,
  cluster_id TEXT COLLATE "C" NOT NULL,
  pool_id TEXT COLLATE "C",
  node_id TEXT COLLATE "C",
  parent_id TEXT COLLATE "C",
  update_id TEXT COLLATE "C",
  name TEXT COLLATE "C" NOT NULL,
  status TEXT COLLATE "C" NOT NULL,
  status_reason TEXT COLLATE "C" NOT NULL,
  inputs TEXT COLLATE "C" NOT NULL,
  outputs TEXT COLLATE "C" NOT NULL,
  created_by TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  started_at BIGINT,
  ended_at BIGINT
);
CREATE INDEX actions_project ON actions (project_id, id);
CREATE INDEX actions_open ON actions (cluster_id, id) WHERE status IN ('READY', 'WAITING', 'RUNNING');
CREATE INDEX actions_update ON actions (update_id, id) WHERE update_id IS NOT NULL;
CREATE INDEX actions_parent ON actions (parent_id, id) WHERE parent_id IS NOT NULL;
CREATE INDEX actions_ended ON actions (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE events (
  sequence BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  id TEXT COLLATE "C" NOT NULL,
  at BIGINT NOT NULL,
  level TEXT COLLATE "C" NOT NULL,
  type TEXT COLLATE "C" NOT NULL,
  project_id TEXT COLLATE "C",
  cluster_id TEXT COLLATE "C",
  node_id TEXT COLLATE "C",
  update_id TEXT COLLATE "C",
  action_id TEXT COLLATE "C",
  principal TEXT COLLATE "C" NOT NULL,
  because TEXT COLLATE "C" NOT NULL,
  data TEXT COLLATE "C" NOT NULL
);
CREATE INDEX events_cluster ON events (cluster_id, sequence) WHERE cluster_id IS NOT NULL;
CREATE INDEX events_update ON events (update_id, sequence) WHERE update_id IS NOT NULL;

CREATE TABLE engines (
  id TEXT COLLATE "C" PRIMARY KEY,
  host TEXT COLLATE "C" NOT NULL,
  pid BIGINT NOT NULL,
  version TEXT COLLATE "C" NOT NULL,
  started_at BIGINT NOT NULL,
  heartbeat_at BIGINT NOT NULL,
  lease_until BIGINT NOT NULL
) WITH (fillfactor = 70);

-- What a client token was answered with, kept for ten minutes.
CREATE TABLE client_tokens (
  scope TEXT COLLATE "C" NOT NULL,
  token TEXT COLLATE "C" NOT NULL,
  request_hash TEXT COLLATE "C" NOT NULL,
  answer TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (scope, token)
);
CREATE INDEX client_tokens_created ON client_tokens (created_at);

-- Readers follow events by their sequence. Numbers are given out before the commit, so without this a reader could see
-- 11 before 10 is committed, and never come back for 10. Whoever adds events holds this lock until its commit, and is
-- to add them last: so numbers become visible in their order. A statement's trigger runs before its rows are numbered.
CREATE FUNCTION keep_events_in_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(1685221238, 2);
  RETURN NULL;
END $$;
CREATE TRIGGER events_in_order BEFORE INSERT ON events
  FOR EACH STATEMENT EXECUTE FUNCTION keep_events_in_order();

-- Sent at the commit. Only wakes others sooner: they poll as well.
CREATE FUNCTION tell_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('drover', '');
  RETURN NULL;
END $$;
CREATE TRIGGER events_told AFTER INSERT ON events
  FOR EACH STATEMENT EXECUTE FUNCTION tell_events();

CREATE FUNCTION tell_intent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('drover', NEW.id);
  RETURN NULL;
END $$;
CREATE TRIGGER clusters_made AFTER INSERT ON clusters
  FOR EACH ROW EXECUTE FUNCTION tell_intent();
CREATE TRIGGER clusters_asked AFTER UPDATE OF intent ON clusters
  FOR EACH ROW WHEN (OLD.intent <> NEW.intent) EXECUTE FUNCTION tell_intent();
