import type { BundleSignature, GovernanceRules, SigningKey } from '../domain/governance.ts'
import type { BundleId, ProjectId, PublishedProjectId, SigningKeyId } from '../domain/ids.ts'
import { bundleSignatureRows, governanceRulesRows, signingKeyRows } from './governance-rows.ts'
import type { Tx } from './store.ts'

/** The rules of a published project; none for a stage that nobody has set any for. */
export async function getGovernanceRules(tx: Tx, id: PublishedProjectId): Promise<GovernanceRules> {
  const row = await tx
    .selectFrom('governance_rules')
    .selectAll()
    .where('published_project_id', '=', id)
    .executeTakeFirst()
  return row
    ? governanceRulesRows.toNoun(row)
    : { publishedProjectId: id, stages: {}, updatedAt: null, updatedBy: null, version: 0 }
}

/** Whether any published project of a project asks for something in a stage. */
export async function hasRules(tx: Tx, projectId: ProjectId, stage: string): Promise<boolean> {
  const rows = await tx
    .selectFrom('governance_rules')
    .innerJoin('published_projects', 'published_projects.id', 'governance_rules.published_project_id')
    .selectAll('governance_rules')
    .where('published_projects.project_id', '=', projectId)
    .execute()
  return rows.some((row) => Object.hasOwn(governanceRulesRows.toNoun(row).stages, stage))
}

/** In place of those there are. */
export async function putGovernanceRules(tx: Tx, rules: GovernanceRules): Promise<void> {
  const row = governanceRulesRows.toRow(rules)
  await tx
    .insertInto('governance_rules')
    .values(row)
    .onConflict((conflict) => conflict.column('published_project_id').doUpdateSet(row))
    .execute()
}

export async function insertSigningKey(tx: Tx, key: SigningKey): Promise<void> {
  await tx.insertInto('signing_keys').values(signingKeyRows.toRow(key)).execute()
}

/** Those that a published project trusts, by name. */
export async function listSigningKeys(tx: Tx, id: PublishedProjectId): Promise<SigningKey[]> {
  const rows = await tx
    .selectFrom('signing_keys')
    .selectAll()
    .where('published_project_id', '=', id)
    .orderBy('name')
    .execute()
  return rows.map(signingKeyRows.toNoun)
}

export async function deleteSigningKey(tx: Tx, id: SigningKeyId): Promise<void> {
  await tx.deleteFrom('signing_keys').where('id', '=', id).execute()
}

export async function insertBundleSignature(tx: Tx, signature: BundleSignature): Promise<void> {
  await tx.insertInto('bundle_signatures').values(bundleSignatureRows.toRow(signature)).execute()
}

/** Oldest first. */
export async function listBundleSignatures(tx: Tx, bundleId: BundleId): Promise<BundleSignature[]> {
  const rows = await tx
    .selectFrom('bundle_signatures')
    .selectAll()
    .where('bundle_id', '=', bundleId)
    .orderBy('id')
    .execute()
  return rows.map(bundleSignatureRows.toNoun)
}
