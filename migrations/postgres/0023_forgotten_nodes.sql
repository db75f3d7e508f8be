-- Nodes that were given up on hosts that could not be reached: what may still run there, until somebody uses the host again.

CREATE TABLE forgotten_nodes (
  -- Its row is gone.
  node_id TEXT COLLATE "C" PRIMARY KEY,
  project_id TEXT COLLATE "C" NOT NULL REFERENCES projects (id),
  node_name TEXT COLLATE "C" NOT NULL,
  -- address:port, and the jump host it is reached through.
  route TEXT COLLATE "C" NOT NULL,
  -- The user of the host whose processes they are.
  login TEXT COLLATE "C" NOT NULL,
  folder TEXT COLLATE "C" NOT NULL,
  service TEXT COLLATE "C" NOT NULL,
  -- The fencing number under which it was given up.
  term BIGINT NOT NULL,
  forgotten_at BIGINT NOT NULL
);
CREATE INDEX forgotten_nodes_route ON forgotten_nodes (project_id, route, login);
