-- breaking: an older program would deploy what governance does not let pass.
-- What a bundle needs before it is deployed in a stage: rules, sign-offs and who lends the right to them, keys and signatures.

CREATE TABLE governance_rules (
  published_project_id TEXT COLLATE "C" PRIMARY KEY REFERENCES published_projects (id) ON DELETE CASCADE,
  -- By the name of the stage.
  stages TEXT COLLATE "C" NOT NULL,
  updated_at BIGINT NOT NULL,
  updated_by TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL
);

CREATE TABLE sign_offs (
  id TEXT COLLATE "C" PRIMARY KEY,
  project_id TEXT COLLATE "C" NOT NULL REFERENCES projects (id),
  published_project_id TEXT COLLATE "C" NOT NULL REFERENCES published_projects (id) ON DELETE CASCADE,
  bundle_id TEXT COLLATE "C" NOT NULL REFERENCES bundles (id) ON DELETE CASCADE,
  -- Its name and version.
  bundle TEXT COLLATE "C" NOT NULL,
  stage TEXT COLLATE "C" NOT NULL,
  reviewer TEXT COLLATE "C" NOT NULL,
  on_behalf_of TEXT COLLATE "C",
  -- Of whoever it counts for, at that moment.
  "groups" TEXT COLLATE "C" NOT NULL,
  decision TEXT COLLATE "C" NOT NULL,
  comment TEXT COLLATE "C" NOT NULL,
  at BIGINT NOT NULL,
  expires_at BIGINT,
  -- Null while it stands.
  ended_at BIGINT,
  ended_by TEXT COLLATE "C"
);
CREATE UNIQUE INDEX sign_offs_standing ON sign_offs (bundle_id, stage, reviewer) WHERE ended_at IS NULL;
CREATE INDEX sign_offs_published_project ON sign_offs (published_project_id, at, id);

CREATE TABLE delegations (
  id TEXT COLLATE "C" PRIMARY KEY,
  project_id TEXT COLLATE "C" NOT NULL REFERENCES projects (id),
  published_project_id TEXT COLLATE "C" NOT NULL REFERENCES published_projects (id) ON DELETE CASCADE,
  from_name TEXT COLLATE "C" NOT NULL,
  to_name TEXT COLLATE "C" NOT NULL,
  until BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  ended_at BIGINT
);
CREATE INDEX delegations_to ON delegations (published_project_id, to_name);

CREATE TABLE signing_keys (
  id TEXT COLLATE "C" PRIMARY KEY,
  published_project_id TEXT COLLATE "C" NOT NULL REFERENCES published_projects (id) ON DELETE CASCADE,
  name TEXT COLLATE "C" NOT NULL,
  key_id TEXT COLLATE "C" NOT NULL,
  public_key TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  created_by TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX signing_keys_name ON signing_keys (published_project_id, name);
CREATE UNIQUE INDEX signing_keys_key ON signing_keys (published_project_id, public_key);

CREATE TABLE bundle_signatures (
  id TEXT COLLATE "C" PRIMARY KEY,
  bundle_id TEXT COLLATE "C" NOT NULL REFERENCES bundles (id) ON DELETE CASCADE,
  key_id TEXT COLLATE "C" NOT NULL,
  -- The whole file.
  text TEXT COLLATE "C" NOT NULL,
  comment TEXT COLLATE "C" NOT NULL,
  -- BLAKE2b-512 of the bundle's bytes.
  hash TEXT COLLATE "C" NOT NULL,
  added_at BIGINT NOT NULL,
  added_by TEXT COLLATE "C" NOT NULL
);
CREATE INDEX bundle_signatures_bundle ON bundle_signatures (bundle_id);
