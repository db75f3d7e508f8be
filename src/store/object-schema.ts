/** Tables of objects in buckets, and of what was made of them. Which row is which state: migrations/. */
export interface BundleOriginRow {
  project_id: string
  place: string
  bucket: string
  object_key: string
  state: string
  bundle_id: string
  created_at: number
}

export interface BucketRow {
  id: string
  project_id: string
  name: string
  version_count: number
  size_bytes: number
  created_at: number
  created_by: string
}

export interface BucketObjectRow {
  id: string
  bucket_id: string
  object_key: string
  digest: string | null
  size_bytes: number
  is_latest: number
  created_at: number
  created_by: string
}
