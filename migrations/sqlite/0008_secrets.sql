-- breaking: older code takes what is sealed for JSON

-- The keys by which secrets were sealed, without the keys themselves: a server that lacks one of them must not start.
CREATE TABLE secret_keys (
  id TEXT PRIMARY KEY,
  -- A known text, sealed by the key.
  proof TEXT NOT NULL,
  -- 1 once everything is sealed by this key, and nothing by another or not at all.
  complete INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

-- What programs sign their requests with, as the clients of cloud vendors do.
CREATE TABLE access_keys (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  project_id TEXT NOT NULL REFERENCES projects (id),
  role TEXT NOT NULL,
  -- Sealed: a signature is checked with the secret itself.
  secret TEXT NOT NULL,
  enabled INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  last_used_at INTEGER
) STRICT;
