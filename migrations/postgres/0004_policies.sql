-- breaking: an older engine would carry out actions without asking the policies of their cluster.
CREATE TABLE policies (
  id TEXT COLLATE "C" PRIMARY KEY,
  project_id TEXT COLLATE "C" NOT NULL REFERENCES projects (id),
  name TEXT COLLATE "C" NOT NULL,
  type TEXT COLLATE "C" NOT NULL,
  version TEXT COLLATE "C" NOT NULL,
  properties TEXT COLLATE "C" NOT NULL,
  description TEXT COLLATE "C",
  metadata TEXT COLLATE "C" NOT NULL,
  data TEXT COLLATE "C" NOT NULL,
  created_by TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT
);
-- Names need not be unique: clients of other APIs give them twice.
CREATE INDEX policies_name ON policies (project_id, name);

CREATE TABLE policy_bindings (
  id TEXT COLLATE "C" PRIMARY KEY,
  project_id TEXT COLLATE "C" NOT NULL,
  cluster_id TEXT COLLATE "C" NOT NULL REFERENCES clusters (id),
  policy_id TEXT COLLATE "C" NOT NULL REFERENCES policies (id),
  enabled BIGINT NOT NULL,
  priority BIGINT NOT NULL,
  data TEXT COLLATE "C" NOT NULL,
  last_operation_at BIGINT,
  created_by TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  UNIQUE (cluster_id, policy_id)
);
CREATE INDEX policy_bindings_policy ON policy_bindings (policy_id);
