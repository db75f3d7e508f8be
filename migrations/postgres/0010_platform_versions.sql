-- breaking: an older engine would commit the pools of a version change one by one.
-- The platform version that a cluster is on, and where it came from.

ALTER TABLE clusters ADD COLUMN platform TEXT COLLATE "C";
