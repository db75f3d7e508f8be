-- Receivers, and the messages that wait for those of type message.
-- Older servers beside this one delete clusters without knowing of receivers: the database has to see to that.

CREATE TABLE receivers (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL REFERENCES projects (id),
  name TEXT NOT NULL,
  type TEXT NOT NULL,
  cluster_id TEXT REFERENCES clusters (id) ON DELETE CASCADE,
  action TEXT,
  actor TEXT NOT NULL,
  params TEXT NOT NULL,
  credential TEXT NOT NULL,
  token_hash TEXT,
  created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  version INTEGER NOT NULL,
  -- The place in the queue that the next message gets.
  next_place INTEGER NOT NULL
) STRICT;
CREATE INDEX receivers_name ON receivers (project_id, name, id);
CREATE INDEX receivers_cluster ON receivers (cluster_id) WHERE cluster_id IS NOT NULL;

CREATE TABLE receiver_messages (
  id TEXT PRIMARY KEY,
  receiver_id TEXT NOT NULL REFERENCES receivers (id) ON DELETE CASCADE,
  place INTEGER NOT NULL,
  status TEXT NOT NULL,
  body TEXT NOT NULL,
  error TEXT,
  action_id TEXT,
  received_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  ended_at INTEGER,
  UNIQUE (receiver_id, place)
) STRICT;
CREATE INDEX receiver_messages_waiting ON receiver_messages (receiver_id, place) WHERE status = 'Waiting';
CREATE INDEX receiver_messages_ended ON receiver_messages (ended_at) WHERE ended_at IS NOT NULL;
