-- breaking: older code takes what is sealed for JSON

-- The keys by which secrets were sealed, without the keys themselves: a server that lacks one of them must not start.
CREATE TABLE secret_keys (
  id TEXT COLLATE "C" PRIMARY KEY,
  -- A known text, sealed by the key.
  proof TEXT COLLATE "C" NOT NULL,
  -- 1 once everything is sealed by this key, and nothing by another or not at all.
  complete BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);

-- What programs sign their requests with, as the clients of cloud vendors do.
CREATE TABLE access_keys (
  id TEXT COLLATE "C" PRIMARY KEY,
  name TEXT COLLATE "C" NOT NULL UNIQUE,
  project_id TEXT COLLATE "C" NOT NULL REFERENCES projects (id),
  role TEXT COLLATE "C" NOT NULL,
  -- Sealed: a signature is checked with the secret itself.
  secret TEXT COLLATE "C" NOT NULL,
  enabled BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  created_by TEXT COLLATE "C" NOT NULL,
  updated_at BIGINT NOT NULL,
  last_used_at BIGINT
);
