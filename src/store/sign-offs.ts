import type { Delegation, SignOff } from '../domain/governance.ts'
import type { BundleId, DelegationId, EpochMs, PublishedProjectId, SignOffId } from '../domain/ids.ts'
import { delegationRows, signOffRows } from './governance-rows.ts'
import type { SignOffRow } from './governance-schema.ts'
import { listPage, type Page, type PageRequest } from './page.ts'
import type { Tx } from './store.ts'

export async function insertSignOff(tx: Tx, signOff: SignOff): Promise<void> {
  await tx.insertInto('sign_offs').values(signOffRows.toRow(signOff)).execute()
}

/** Those that stand, oldest first. @param stage default: of all stages */
export async function listStandingSignOffs(tx: Tx, bundleId: BundleId, stage?: string): Promise<SignOff[]> {
  let query = tx
    .selectFrom('sign_offs')
    .selectAll()
    .where('bundle_id', '=', bundleId)
    .where('ended_at', 'is', null)
  if (stage !== undefined) query = query.where('stage', '=', stage)
  return (await query.orderBy('id').execute()).map(signOffRows.toNoun)
}

/** What the reviewer says now. */
export async function findStandingSignOff(
  tx: Tx,
  { bundleId, stage, reviewer }: Pick<SignOff, 'bundleId' | 'stage' | 'reviewer'>,
): Promise<SignOff | undefined> {
  const row = await tx
    .selectFrom('sign_offs')
    .selectAll()
    .where('bundle_id', '=', bundleId)
    .where('stage', '=', stage)
    .where('reviewer', '=', reviewer)
    .where('ended_at', 'is', null)
    .executeTakeFirst()
  return row && signOffRows.toNoun(row)
}

/** It stands no longer, and is kept. */
export async function endSignOff(tx: Tx, id: SignOffId, at: EpochMs, by: string): Promise<void> {
  await tx.updateTable('sign_offs').set({ ended_at: at, ended_by: by }).where('id', '=', id).execute()
}

/** Also those that stand no longer. */
export async function listSignOffs(
  tx: Tx,
  filter: {
    readonly publishedProjectId: PublishedProjectId
    readonly bundleId?: BundleId | undefined
    readonly stage?: string | undefined
  },
  page: PageRequest,
): Promise<Page<SignOff>> {
  return listPage<SignOffRow, SignOff>(
    tx,
    {
      table: 'sign_offs',
      where: {
        published_project_id: filter.publishedProjectId,
        bundle_id: filter.bundleId,
        stage: filter.stage,
      },
      sortable: { at: 'at' },
      defaultSort: '-at',
      toNoun: signOffRows.toNoun,
    },
    page,
  )
}

export async function insertDelegation(tx: Tx, delegation: Delegation): Promise<void> {
  await tx.insertInto('delegations').values(delegationRows.toRow(delegation)).execute()
}

/** Those that hold at a time, oldest first. @param to only those to this principal */
export async function listDelegations(
  tx: Tx,
  id: PublishedProjectId,
  at: EpochMs,
  to?: string,
): Promise<Delegation[]> {
  let query = tx
    .selectFrom('delegations')
    .selectAll()
    .where('published_project_id', '=', id)
    .where('until', '>', at)
    .where('ended_at', 'is', null)
  if (to !== undefined) query = query.where('to_name', '=', to)
  return (await query.orderBy('id').execute()).map(delegationRows.toNoun)
}

export async function endDelegation(tx: Tx, id: DelegationId, at: EpochMs): Promise<void> {
  await tx.updateTable('delegations').set({ ended_at: at }).where('id', '=', id).execute()
}
