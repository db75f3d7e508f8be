-- breaking: an older program would take a cluster of an environment for one that is in none.
-- Named spaces for clusters, and what other APIs keep with a thing: tags, and members that have no meaning here.
CREATE TABLE environments (
  id TEXT COLLATE "C" PRIMARY KEY,
  project_id TEXT COLLATE "C" NOT NULL REFERENCES projects (id),
  name TEXT COLLATE "C" NOT NULL,
  description TEXT COLLATE "C",
  attributes TEXT COLLATE "C" NOT NULL DEFAULT '{}',
  created_at BIGINT NOT NULL,
  created_by TEXT COLLATE "C" NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL
);
CREATE UNIQUE INDEX environments_name ON environments (project_id, name);

ALTER TABLE clusters ADD COLUMN environment_id TEXT COLLATE "C" REFERENCES environments (id);
CREATE INDEX clusters_environment ON clusters (environment_id, name) WHERE environment_id IS NOT NULL;

ALTER TABLE clusters ADD COLUMN attributes TEXT COLLATE "C" NOT NULL DEFAULT '{}';
ALTER TABLE node_pools ADD COLUMN attributes TEXT COLLATE "C" NOT NULL DEFAULT '{}';
ALTER TABLE updates ADD COLUMN attributes TEXT COLLATE "C" NOT NULL DEFAULT '{}';
