-- breaking: an older program would deploy what governance does not let pass.
-- What a bundle needs before it is deployed in a stage: rules, sign-offs and who lends the right to them, keys and signatures.

CREATE TABLE governance_rules (
  published_project_id TEXT PRIMARY KEY REFERENCES published_projects (id) ON DELETE CASCADE,
  -- By the name of the stage.
  stages TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  updated_by TEXT NOT NULL,
  version INTEGER NOT NULL
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
