-- Nodes that were given up on hosts that could not be reached: what may still run there, until somebody uses the host again.

CREATE TABLE forgotten_nodes (
  -- Its row is gone.
  node_id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL REFERENCES projects (id),
  node_name TEXT NOT NULL,
  -- address:port, and the jump host it is reached through.
  route TEXT NOT NULL,
  -- The user of the host whose processes they are.
  login TEXT NOT NULL,
  folder TEXT NOT NULL,
  service TEXT NOT NULL,
  -- The fencing number under which it was given up.
  term INTEGER NOT NULL,
  forgotten_at INTEGER NOT NULL
) STRICT;
CREATE INDEX forgotten_nodes_route ON forgotten_nodes (project_id, route, login);
