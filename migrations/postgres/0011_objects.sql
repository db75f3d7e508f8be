-- breaking: servers that do not know of buckets would delete the bytes of what is in them.

-- Where bundles were fetched from: the same state of the same object is not fetched twice.
CREATE TABLE bundle_origins (
  project_id TEXT COLLATE "C" NOT NULL REFERENCES projects (id),
  -- The store, as people call it.
  place TEXT COLLATE "C" NOT NULL,
  bucket TEXT COLLATE "C" NOT NULL,
  object_key TEXT COLLATE "C" NOT NULL,
  -- The object's version or, where there are none, its ETag.
  state TEXT COLLATE "C" NOT NULL,
  bundle_id TEXT COLLATE "C" NOT NULL REFERENCES bundles (id) ON DELETE CASCADE,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (project_id, place, bucket, object_key, state)
);
CREATE INDEX bundle_origins_bundle ON bundle_origins (bundle_id);

-- Buckets that Drover keeps itself. The two sums are of all versions.
CREATE TABLE buckets (
  id TEXT COLLATE "C" PRIMARY KEY,
  project_id TEXT COLLATE "C" NOT NULL REFERENCES projects (id),
  name TEXT COLLATE "C" NOT NULL,
  version_count BIGINT NOT NULL,
  size_bytes BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  created_by TEXT COLLATE "C" NOT NULL,
  UNIQUE (project_id, name)
);

-- Every version of every object; the id is the version.
CREATE TABLE bucket_objects (
  id TEXT COLLATE "C" PRIMARY KEY,
  bucket_id TEXT COLLATE "C" NOT NULL REFERENCES buckets (id),
  object_key TEXT COLLATE "C" NOT NULL,
  -- NULL: a marker that says that the object was deleted.
  digest TEXT COLLATE "C",
  size_bytes BIGINT NOT NULL,
  is_latest BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  created_by TEXT COLLATE "C" NOT NULL
);
CREATE INDEX bucket_objects_key ON bucket_objects (bucket_id, object_key, id);
CREATE UNIQUE INDEX bucket_objects_latest ON bucket_objects (bucket_id, object_key) WHERE is_latest = 1;
CREATE INDEX bucket_objects_digest ON bucket_objects (digest) WHERE digest IS NOT NULL;
