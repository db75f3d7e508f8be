-- breaking: an older program would delete a bundle that a deployment names, and the cluster that it owns.
-- What is deployed where: stages, infras, published projects, deployments and their updates.
CREATE TABLE stages (
  project_id TEXT NOT NULL REFERENCES projects (id),
  position INTEGER NOT NULL,
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  PRIMARY KEY (project_id, position)
) STRICT;
CREATE UNIQUE INDEX stages_name ON stages (project_id, name);

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
) STRICT;
CREATE UNIQUE INDEX deployment_updates_number ON deployment_updates (deployment_id, number);
CREATE UNIQUE INDEX deployment_updates_action ON deployment_updates (action_id) WHERE action_id IS NOT NULL;
