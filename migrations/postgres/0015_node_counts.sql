-- How many nodes each pool of a cluster has, and how many of them serve, so that nobody has to count them: a map from pools to
-- both numbers. Null when it is not known, as after a request that its engine has not seen.

ALTER TABLE clusters ADD COLUMN node_counts TEXT COLLATE "C";
