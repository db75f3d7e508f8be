/** The tables of what a bundle needs before it is deployed. */
export interface GovernanceTables {
  governance_rules: GovernanceRulesRow
  sign_offs: SignOffRow
  delegations: DelegationRow
  signing_keys: SigningKeyRow
  bundle_signatures: BundleSignatureRow
}

export interface GovernanceRulesRow {
  published_project_id: string
  stages: string
  updated_at: number
  updated_by: string
  version: number
}

export interface SignOffRow {
  id: string
  project_id: string
  published_project_id: string
  bundle_id: string
  bundle: string
  stage: string
  reviewer: string
  on_behalf_of: string | null
  groups: string
  decision: string
  comment: string
  at: number
  expires_at: number | null
  ended_at: number | null
  ended_by: string | null
}

export interface DelegationRow {
  id: string
  project_id: string
  published_project_id: string
  from_name: string
  to_name: string
  until: number
  created_at: number
  ended_at: number | null
}

export interface SigningKeyRow {
  id: string
  published_project_id: string
  name: string
  key_id: string
  public_key: string
  created_at: number
  created_by: string
}

export interface BundleSignatureRow {
  id: string
  bundle_id: string
  key_id: string
  text: string
  comment: string
  hash: string
  added_at: number
  added_by: string
}
