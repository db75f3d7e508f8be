import type {
  BundleSignature,
  Delegation,
  GovernanceRules,
  SigningKey,
  SignOff,
} from '../domain/governance.ts'
import { createCodec } from './codec.ts'
import type {
  BundleSignatureRow,
  DelegationRow,
  GovernanceRulesRow,
  SigningKeyRow,
  SignOffRow,
} from './governance-schema.ts'

/** One codec a noun, as in rows.ts. */
export const governanceRulesRows = createCodec<GovernanceRulesRow, GovernanceRules>({
  columns: ['published_project_id', 'stages', 'updated_at', 'updated_by', 'version'],
  json: ['stages'],
})

export const signOffRows = createCodec<SignOffRow, SignOff>({
  columns: [
    ...(['id', 'project_id', 'published_project_id', 'bundle_id', 'bundle', 'stage'] as const),
    ...(['reviewer', 'on_behalf_of', 'groups'] as const),
    ...(['decision', 'comment', 'at', 'expires_at', 'ended_at', 'ended_by'] as const),
  ],
  json: ['groups'],
})

export const delegationRows = createCodec<DelegationRow, Delegation>({
  columns: [
    ...(['id', 'project_id', 'published_project_id', 'from_name', 'to_name', 'until'] as const),
    ...(['created_at', 'ended_at'] as const),
  ],
  names: { from_name: 'from', to_name: 'to' },
})

export const signingKeyRows = createCodec<SigningKeyRow, SigningKey>({
  columns: ['id', 'published_project_id', 'name', 'key_id', 'public_key', 'created_at', 'created_by'],
})

export const bundleSignatureRows = createCodec<BundleSignatureRow, BundleSignature>({
  columns: ['id', 'bundle_id', 'key_id', 'text', 'comment', 'hash', 'added_at', 'added_by'],
})
