-- People and programs that log in with a name and a password, and what they are given for it.

CREATE TABLE users (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  description TEXT,
  -- Scheme, cost, salt and hash in one text; see src/access/passwords.ts.
  password_hash TEXT NOT NULL,
  grants TEXT NOT NULL,
  enabled INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  password_changed_at INTEGER NOT NULL
) STRICT;

CREATE TABLE application_credentials (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  description TEXT,
  user_id TEXT NOT NULL REFERENCES users (id),
  project_id TEXT NOT NULL REFERENCES projects (id),
  role TEXT NOT NULL,
  secret_hash TEXT NOT NULL,
  unrestricted INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  UNIQUE (user_id, name)
) STRICT;

CREATE TABLE tokens (
  id TEXT PRIMARY KEY,
  -- SHA-256 of the token, which itself is never stored.
  hash TEXT NOT NULL UNIQUE,
  user_id TEXT NOT NULL REFERENCES users (id),
  project_id TEXT REFERENCES projects (id),
  application_credential_id TEXT REFERENCES application_credentials (id),
  methods TEXT NOT NULL,
  issued_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX tokens_user ON tokens (user_id);
CREATE INDEX tokens_application_credential ON tokens (application_credential_id);
CREATE INDEX tokens_expiry ON tokens (expires_at);
