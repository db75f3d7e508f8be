-- breaking: an older program would delete a bundle that a deployment names, and the cluster that it owns.
-- What is deployed where: stages, infras, published projects, deployments and their updates.
CREATE TABLE stages (
  project_id TEXT COLLATE "C" NOT NULL REFERENCES projects (id),
  position BIGINT NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  description TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (project_id, position)
);
CREATE UNIQUE INDEX stages_name ON stages (project_id, name);

CREATE TABLE infras (
  id TEXT COLLATE "C" PRIMARY KEY,
  project_id TEXT COLLATE "C" NOT NULL REFERENCES projects (id),
  name TEXT COLLATE "C" NOT NULL,
  description TEXT COLLATE "C",
  stage TEXT COLLATE "C" NOT NULL,
  governance TEXT COLLATE "C" NOT NULL,
  profile_id TEXT COLLATE "C" REFERENCES profiles (id),
  size BIGINT NOT NULL,
  min_size BIGINT NOT NULL,
  max_size BIGINT,
  update_defaults TEXT COLLATE "C" NOT NULL,
  permissions TEXT COLLATE "C",
  attributes TEXT COLLATE "C" NOT NULL DEFAULT '{}',
  created_at BIGINT NOT NULL,
  created_by TEXT COLLATE "C" NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL
);
CREATE UNIQUE INDEX infras_name ON infras (project_id, name);
CREATE INDEX infras_profile ON infras (profile_id) WHERE profile_id IS NOT NULL;

CREATE TABLE published_projects (
  id TEXT COLLATE "C" PRIMARY KEY,
  project_id TEXT COLLATE "C" NOT NULL REFERENCES projects (id),
  -- The key, which is the name of its bundles.
  name TEXT COLLATE "C" NOT NULL,
  -- What people call it.
  title TEXT COLLATE "C" NOT NULL,
  description TEXT COLLATE "C",
  permissions TEXT COLLATE "C",
  attributes TEXT COLLATE "C" NOT NULL DEFAULT '{}',
  created_at BIGINT NOT NULL,
  created_by TEXT COLLATE "C" NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL
);
CREATE UNIQUE INDEX published_projects_name ON published_projects (project_id, name);

CREATE TABLE deployments (
  id TEXT COLLATE "C" PRIMARY KEY,
  project_id TEXT COLLATE "C" NOT NULL REFERENCES projects (id),
  name TEXT COLLATE "C" NOT NULL,
  infra_id TEXT COLLATE "C" NOT NULL REFERENCES infras (id),
  published_project_id TEXT COLLATE "C" NOT NULL REFERENCES published_projects (id),
  cluster_id TEXT COLLATE "C" REFERENCES clusters (id) ON DELETE SET NULL,
  bundle_id TEXT COLLATE "C" NOT NULL REFERENCES bundles (id),
  bundle_version TEXT COLLATE "C" NOT NULL,
  enabled BIGINT NOT NULL,
  deployed_project_key TEXT COLLATE "C",
  project_folder_id TEXT COLLATE "C",
  attributes TEXT COLLATE "C" NOT NULL DEFAULT '{}',
  created_at BIGINT NOT NULL,
  created_by TEXT COLLATE "C" NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL
);
CREATE UNIQUE INDEX deployments_name ON deployments (project_id, name);
CREATE INDEX deployments_infra ON deployments (infra_id);
CREATE INDEX deployments_published_project ON deployments (published_project_id);
CREATE INDEX deployments_bundle ON deployments (bundle_id);
CREATE UNIQUE INDEX deployments_cluster ON deployments (cluster_id) WHERE cluster_id IS NOT NULL;

CREATE TABLE deployment_updates (
  id TEXT COLLATE "C" PRIMARY KEY,
  project_id TEXT COLLATE "C" NOT NULL REFERENCES projects (id),
  deployment_id TEXT COLLATE "C" NOT NULL REFERENCES deployments (id) ON DELETE CASCADE,
  -- Counts from 1; ids are made by servers whose clocks differ.
  number BIGINT NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  -- A bundle that only the history names may be deleted.
  bundle_id TEXT COLLATE "C" NOT NULL,
  bundle_version TEXT COLLATE "C" NOT NULL,
  enabled BIGINT NOT NULL,
  action_id TEXT COLLATE "C",
  update_id TEXT COLLATE "C",
  revision_id TEXT COLLATE "C",
  created_at BIGINT NOT NULL,
  created_by TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX deployment_updates_number ON deployment_updates (deployment_id, number);
CREATE UNIQUE INDEX deployment_updates_action ON deployment_updates (action_id) WHERE action_id IS NOT NULL;
