-- breaking: servers that do not know of buckets would delete the bytes of what is in them.

-- Where bundles were fetched from: the same state of the same object is not fetched twice.
CREATE TABLE bundle_origins (
  project_id TEXT NOT NULL REFERENCES projects (id),
  -- The store, as people call it.
  place TEXT NOT NULL,
  bucket TEXT NOT NULL,
  object_key TEXT NOT NULL,
  -- The object's version or, where there are none, its ETag.
  state TEXT NOT NULL,
  bundle_id TEXT NOT NULL REFERENCES bundles (id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (project_id, place, bucket, object_key, state)
) STRICT;
CREATE INDEX bundle_origins_bundle ON bundle_origins (bundle_id);

-- Buckets that Drover keeps itself. The two sums are of all versions.
CREATE TABLE buckets (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL REFERENCES projects (id),
  name TEXT NOT NULL,
  version_count INTEGER NOT NULL,
  size_bytes INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  UNIQUE (project_id, name)
) STRICT;

-- Every version of every object; the id is the version.
CREATE TABLE bucket_objects (
  id TEXT PRIMARY KEY,
  bucket_id TEXT NOT NULL REFERENCES buckets (id),
  object_key TEXT NOT NULL,
  -- NULL: a marker that says that the object was deleted.
  digest TEXT,
  size_bytes INTEGER NOT NULL,
  is_latest INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL
) STRICT;
CREATE INDEX bucket_objects_key ON bucket_objects (bucket_id, object_key, id);
CREATE UNIQUE INDEX bucket_objects_latest ON bucket_objects (bucket_id, object_key) WHERE is_latest = 1;
CREATE INDEX bucket_objects_digest ON bucket_objects (digest) WHERE digest IS NOT NULL;
