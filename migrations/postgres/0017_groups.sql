-- Groups that users and API keys are in: names, in order. Permissions and reviewers name them.

ALTER TABLE users ADD COLUMN "groups" TEXT COLLATE "C" NOT NULL DEFAULT '[]';
ALTER TABLE api_keys ADD COLUMN "groups" TEXT COLLATE "C" NOT NULL DEFAULT '[]';
