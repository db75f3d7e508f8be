-- breaking: an older engine would carry out actions without asking the policies of their cluster.
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
) STRICT;
-- Names need not be unique: clients of other APIs give them twice.
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
