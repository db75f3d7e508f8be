-- One event is looked up by its id, and clients that show all nodes of a project ask for the oldest first.

CREATE INDEX events_id ON events (id);
CREATE INDEX nodes_created ON nodes (project_id, created_at, id);
