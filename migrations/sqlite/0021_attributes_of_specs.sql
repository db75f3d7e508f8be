-- What other APIs keep with a profile or a policy, as clusters have it.

ALTER TABLE profiles ADD COLUMN attributes TEXT NOT NULL DEFAULT '{}';
ALTER TABLE policies ADD COLUMN attributes TEXT NOT NULL DEFAULT '{}';
