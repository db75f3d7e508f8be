-- How a node's real state differs from its revision, in one word and in words, and since when: null when nothing is known to.
-- Whether a cluster's nodes that differ are repaired without being asked: manual, or automatic.
-- The kept numbers of nodes do not know how many differ: they are counted anew.

ALTER TABLE nodes ADD COLUMN drift TEXT;
ALTER TABLE nodes ADD COLUMN drift_reason TEXT;
ALTER TABLE nodes ADD COLUMN drift_at INTEGER;

-- Few nodes differ: whoever wants to know their number goes through no others.
CREATE INDEX nodes_drift ON nodes (drift) WHERE drift IS NOT NULL;

ALTER TABLE clusters ADD COLUMN drift_repair TEXT NOT NULL DEFAULT 'manual';

UPDATE clusters SET node_counts = NULL;
