-- breaking: nodes without a cluster live in a cluster that older programs would show, and fence by numbers they do not know.
-- Names of clusters, nodes and profiles need not be unique any more.

ALTER TABLE profiles DROP CONSTRAINT profiles_project_id_name_key;
ALTER TABLE profiles
  ADD COLUMN updated_at BIGINT,
  ADD COLUMN created_by TEXT COLLATE "C" NOT NULL DEFAULT '';

ALTER TABLE clusters DROP CONSTRAINT clusters_project_id_name_key;
ALTER TABLE clusters
  -- 'standalone': the one of a project that holds its nodes without a cluster; nobody sees it.
  ADD COLUMN kind TEXT COLLATE "C" NOT NULL DEFAULT 'cluster',
  ADD COLUMN first_ready_at BIGINT,
  ADD COLUMN created_by TEXT COLLATE "C" NOT NULL DEFAULT '',
  ADD COLUMN timeout_seconds BIGINT,
  ADD COLUMN config TEXT COLLATE "C" NOT NULL DEFAULT '{}';

ALTER TABLE nodes DROP CONSTRAINT nodes_cluster_id_name_key;
ALTER TABLE nodes
  ADD COLUMN role TEXT COLLATE "C" NOT NULL DEFAULT '',
  ADD COLUMN tainted BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN first_ready_at BIGINT,
  ADD COLUMN created_by TEXT COLLATE "C" NOT NULL DEFAULT '',
  -- How often it was handed from one cluster to another: part of the fencing number that runtimes see.
  ADD COLUMN moves BIGINT NOT NULL DEFAULT 0,
  -- The cluster's request with which somebody else than its engine last wrote this row: that engine reads it again.
  ADD COLUMN written_at_intent BIGINT NOT NULL DEFAULT 0;

CREATE INDEX profiles_name ON profiles (project_id, name);
CREATE INDEX clusters_name ON clusters (project_id, name);
CREATE INDEX nodes_name ON nodes (project_id, name);
-- What an engine has to read again when somebody wrote a node of its cluster.
CREATE INDEX nodes_written ON nodes (cluster_id, written_at_intent) WHERE written_at_intent > 0;

-- As far as it is known of what was there before.
UPDATE clusters SET first_ready_at = created_at WHERE status <> 'Creating';
UPDATE nodes SET first_ready_at = created_at WHERE revision_id IS NOT NULL;
