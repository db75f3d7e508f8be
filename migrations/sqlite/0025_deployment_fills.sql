-- An update of a deployment that moves nodes and has missing ones made as well is over when both are.

ALTER TABLE deployment_updates ADD COLUMN fill_action_id TEXT;
CREATE UNIQUE INDEX deployment_updates_fill ON deployment_updates (fill_action_id) WHERE fill_action_id IS NOT NULL;
