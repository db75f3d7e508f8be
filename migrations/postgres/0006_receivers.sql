-- Receivers, and the messages that wait for those of type message.
-- Older servers beside this one delete clusters without knowing of receivers: the database has to see to that.

CREATE TABLE receivers (
  id TEXT COLLATE "C" PRIMARY KEY,
  project_id TEXT COLLATE "C" NOT NULL REFERENCES projects (id),
  name TEXT COLLATE "C" NOT NULL,
  type TEXT COLLATE "C" NOT NULL,
  cluster_id TEXT COLLATE "C" REFERENCES clusters (id) ON DELETE CASCADE,
  action TEXT COLLATE "C",
  actor TEXT COLLATE "C" NOT NULL,
  params TEXT COLLATE "C" NOT NULL,
  credential TEXT COLLATE "C" NOT NULL,
  token_hash TEXT COLLATE "C",
  created_by TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL,
  -- The place in the queue that the next message gets.
  next_place BIGINT NOT NULL
);
CREATE INDEX receivers_name ON receivers (project_id, name, id);
CREATE INDEX receivers_cluster ON receivers (cluster_id) WHERE cluster_id IS NOT NULL;

CREATE TABLE receiver_messages (
  id TEXT COLLATE "C" PRIMARY KEY,
  receiver_id TEXT COLLATE "C" NOT NULL REFERENCES receivers (id) ON DELETE CASCADE,
  place BIGINT NOT NULL,
  status TEXT COLLATE "C" NOT NULL,
  body TEXT COLLATE "C" NOT NULL,
  error TEXT COLLATE "C",
  action_id TEXT COLLATE "C",
  received_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  ended_at BIGINT,
  UNIQUE (receiver_id, place)
);
CREATE INDEX receiver_messages_waiting ON receiver_messages (receiver_id, place) WHERE status = 'Waiting';
CREATE INDEX receiver_messages_ended ON receiver_messages (ended_at) WHERE ended_at IS NOT NULL;
