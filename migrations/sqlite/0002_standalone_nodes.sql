-- breaking: nodes without a cluster live in a cluster that older programs would show, and fence by numbers they do not know.
-- Names of clusters, nodes and profiles need not be unique any more, which only a table made anew can forget.

CREATE TABLE profiles_anew (
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
) STRICT;
INSERT INTO profiles_anew (
  id, project_id, name, type, version, properties, metadata, created_at
) SELECT
  id, project_id, name, type, version, properties, metadata, created_at
FROM profiles;
DROP TABLE profiles;
ALTER TABLE profiles_anew RENAME TO profiles;

CREATE TABLE clusters_anew (
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
) STRICT;
INSERT INTO clusters_anew (
  id, project_id, name, status, status_reason, metadata, created_at, updated_at, version, engine_id, term,
  intent, seen_intent
) SELECT
  id, project_id, name, status, status_reason, metadata, created_at, updated_at, version, engine_id, term,
  intent, seen_intent
FROM clusters;
DROP TABLE clusters;
ALTER TABLE clusters_anew RENAME TO clusters;

CREATE TABLE nodes_anew (
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
) STRICT;
INSERT INTO nodes_anew (
  id, project_id, cluster_id, pool_id, name, node_index, status, status_reason, health, revision_id, attempt,
  action_id, physical_id, endpoint, handle, metadata, available_since, created_at, updated_at
) SELECT
  id, project_id, cluster_id, pool_id, name, node_index, status, status_reason, health, revision_id, attempt,
  action_id, physical_id, endpoint, handle, metadata, available_since, created_at, updated_at
FROM nodes;
DROP TABLE nodes;
ALTER TABLE nodes_anew RENAME TO nodes;

CREATE INDEX clusters_engine ON clusters (engine_id);
CREATE INDEX clusters_asked ON clusters (id) WHERE intent > seen_intent;
CREATE UNIQUE INDEX nodes_pool_index ON nodes (pool_id, node_index);
-- The order of a cluster's list, so that a page costs the same wherever it is.
CREATE INDEX nodes_cluster_index ON nodes (cluster_id, node_index, id);
CREATE INDEX profiles_name ON profiles (project_id, name);
CREATE INDEX clusters_name ON clusters (project_id, name);
CREATE INDEX nodes_name ON nodes (project_id, name);
-- What an engine has to read again when somebody wrote a node of its cluster.
CREATE INDEX nodes_written ON nodes (cluster_id, written_at_intent) WHERE written_at_intent > 0;

-- As far as it is known of what was there before.
UPDATE clusters SET first_ready_at = created_at WHERE status <> 'Creating';
UPDATE nodes SET first_ready_at = created_at WHERE revision_id IS NOT NULL;
