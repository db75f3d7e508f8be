-- An update can stop at checkpoints: how many are behind it, and the one that it holds at.

ALTER TABLE updates ADD COLUMN checkpoints_passed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE updates ADD COLUMN hold TEXT;
