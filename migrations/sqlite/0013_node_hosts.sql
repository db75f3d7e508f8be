-- Hosts that nodes live on: which node has which, and by which key a host is known.

CREATE TABLE node_hosts (
  node_id TEXT PRIMARY KEY REFERENCES nodes (id) ON DELETE CASCADE,
  -- address:port; null once it was given back.
  host TEXT,
  -- The revision with whose settings the host was last reached, which may be gone by now; null: never.
  revision_id TEXT,
  -- The highest fencing number that was seen for the node.
  term INTEGER NOT NULL
) STRICT;
CREATE INDEX node_hosts_host ON node_hosts (host) WHERE host IS NOT NULL;

CREATE TABLE host_keys (
  project_id TEXT NOT NULL REFERENCES projects (id),
  -- address:port, and the jump host it is reached through.
  route TEXT NOT NULL,
  -- As in a known_hosts file: type and base64.
  key TEXT NOT NULL,
  pinned_at INTEGER NOT NULL,
  PRIMARY KEY (project_id, route)
) STRICT;
