-- People and programs that log in with a name and a password, and what they are given for it.

CREATE TABLE users (
  id TEXT COLLATE "C" PRIMARY KEY,
  name TEXT COLLATE "C" NOT NULL UNIQUE,
  description TEXT COLLATE "C",
  -- Scheme, cost, salt and hash in one text; see src/access/passwords.ts.
  password_hash TEXT COLLATE "C" NOT NULL,
  grants TEXT COLLATE "C" NOT NULL,
  enabled BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  created_by TEXT COLLATE "C" NOT NULL,
  updated_at BIGINT NOT NULL,
  password_changed_at BIGINT NOT NULL
);

CREATE TABLE application_credentials (
  id TEXT COLLATE "C" PRIMARY KEY,
  name TEXT COLLATE "C" NOT NULL,
  description TEXT COLLATE "C",
  user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id),
  project_id TEXT COLLATE "C" NOT NULL REFERENCES projects (id),
  role TEXT COLLATE "C" NOT NULL,
  secret_hash TEXT COLLATE "C" NOT NULL,
  unrestricted BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT,
  UNIQUE (user_id, name)
);

CREATE TABLE tokens (
  id TEXT COLLATE "C" PRIMARY KEY,
  -- SHA-256 of the token, which itself is never stored.
  hash TEXT COLLATE "C" NOT NULL UNIQUE,
  user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id),
  project_id TEXT COLLATE "C" REFERENCES projects (id),
  application_credential_id TEXT COLLATE "C" REFERENCES application_credentials (id),
  methods TEXT COLLATE "C" NOT NULL,
  issued_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX tokens_user ON tokens (user_id);
CREATE INDEX tokens_application_credential ON tokens (application_credential_id);
CREATE INDEX tokens_expiry ON tokens (expires_at);
