/** Tables of who may ask, as schema.ts has the others. */

export interface ApiKeyRow {
  id: string
  name: string
  secret_hash: string
  grants: string
  groups: string
  created_at: number
  created_by: string
  expires_at: number | null
  revoked_at: number | null
}

export interface AccessKeyRow {
  id: string
  name: string
  project_id: string
  role: string
  secret: string
  enabled: number
  created_at: number
  created_by: string
  updated_at: number
  last_used_at: number | null
}

export interface UserRow {
  id: string
  name: string
  description: string | null
  password_hash: string
  grants: string
  groups: string
  enabled: number
  created_at: number
  created_by: string
  updated_at: number
  password_changed_at: number
}

export interface ApplicationCredentialRow {
  id: string
  name: string
  description: string | null
  user_id: string
  project_id: string
  role: string
  secret_hash: string
  unrestricted: number
  created_at: number
  expires_at: number | null
}

export interface TokenRow {
  id: string
  hash: string
  user_id: string
  project_id: string | null
  application_credential_id: string | null
  methods: string
  issued_at: number
  expires_at: number
}
