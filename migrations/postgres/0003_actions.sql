-- breaking: an older engine does not know actions that are suspended or wait for a hook.
-- Actions that can be cancelled, suspended and limited in time; what policies say of them; errors an update leaves out.
ALTER TABLE actions ADD COLUMN data TEXT COLLATE "C" NOT NULL DEFAULT '{}';
ALTER TABLE actions ADD COLUMN cause TEXT COLLATE "C" NOT NULL DEFAULT 'request';
ALTER TABLE actions ADD COLUMN timeout_seconds BIGINT;
ALTER TABLE actions ADD COLUMN owner_id TEXT COLLATE "C";
-- What people asked of it since; null when nothing was.
ALTER TABLE actions ADD COLUMN control TEXT COLLATE "C";
UPDATE actions SET cause = 'derived' WHERE parent_id IS NOT NULL OR created_by = 'engine';

DROP INDEX actions_open;
CREATE INDEX actions_open ON actions (cluster_id, id)
  WHERE status IN ('READY', 'WAITING', 'RUNNING', 'WAITING_LIFECYCLE_COMPLETION', 'SUSPENDED');

ALTER TABLE updates ADD COLUMN errors_left_out BIGINT NOT NULL DEFAULT 0;

-- What policies decided for it, as the place where it is to run.
ALTER TABLE nodes ADD COLUMN data TEXT COLLATE "C" NOT NULL DEFAULT '{}';
