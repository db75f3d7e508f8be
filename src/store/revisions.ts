import type { ClusterId, PoolId, ProfileId, ProjectId, RevisionId } from '../domain/ids.ts'
import type { Profile } from '../domain/profile.ts'
import type { Revision } from '../domain/revision.ts'
import { listPage, type Page, type PageRequest } from './page.ts'
import { revisionRows } from './rows.ts'
import type { RevisionRow } from './schema.ts'
import { openRow, sealRow } from './sealed-columns.ts'
import type { Tx } from './store.ts'

export async function insertRevision(tx: Tx, revision: Revision): Promise<void> {
  await tx
    .insertInto('revisions')
    .values({
      ...sealRow(tx, 'revisions', revisionRows.toRow(revision)),
      profile_id: revision.spec.profile.id,
      bundle_id: revision.spec.code?.bundleId ?? null,
    })
    .execute()
}

export async function getRevision(tx: Tx, id: RevisionId): Promise<Revision | undefined> {
  const row = await tx.selectFrom('revisions').selectAll().where('id', '=', id).executeTakeFirst()
  return row && toRevision(tx)(row)
}

export async function findRevisionByNumber(
  tx: Tx,
  poolId: PoolId,
  number: number,
): Promise<Revision | undefined> {
  const row = await tx
    .selectFrom('revisions')
    .selectAll()
    .where('pool_id', '=', poolId)
    .where('number', '=', number)
    .executeTakeFirst()
  return row && toRevision(tx)(row)
}

/** Those of a project's that are kept. At most 1000. */
export async function loadRevisionsById(
  tx: Tx,
  projectId: ProjectId,
  ids: readonly RevisionId[],
): Promise<Revision[]> {
  if (ids.length === 0) return []
  const rows = await tx
    .selectFrom('revisions')
    .selectAll('revisions')
    .innerJoin('node_pools', 'node_pools.id', 'revisions.pool_id')
    .where('revisions.id', 'in', ids)
    .where('node_pools.project_id', '=', projectId)
    .execute()
  return rows.map(revisionRows.toNoun)
}

/** The newest kept ones of a pool with that profile, at most twenty. */
export async function listRevisionsOfProfile(
  tx: Tx,
  poolId: PoolId,
  profileId: ProfileId,
): Promise<Revision[]> {
  const rows = await tx
    .selectFrom('revisions')
    .selectAll()
    .where('pool_id', '=', poolId)
    .where('profile_id', '=', profileId)
    .orderBy('number', 'desc')
    .limit(20)
    .execute()
  return rows.map(toRevision(tx))
}

/** The numbers of those that are kept. At most 1000. */
export async function loadRevisionNumbers(
  tx: Tx,
  ids: readonly RevisionId[],
): Promise<Map<RevisionId, number>> {
  if (ids.length === 0) return new Map()
  const rows = await tx.selectFrom('revisions').select(['id', 'number']).where('id', 'in', ids).execute()
  return new Map(rows.map((row) => [row.id as RevisionId, row.number]))
}

/** A revision without what it says in full. */
export interface RevisionHead {
  readonly number: number
  /** As it is named now. */
  readonly profile: Pick<Profile, 'id' | 'name' | 'type' | 'version'>
}

/** Of those that are kept. At most 1000. */
export async function loadRevisionHeads(
  tx: Tx,
  ids: readonly RevisionId[],
): Promise<Map<RevisionId, RevisionHead>> {
  if (ids.length === 0) return new Map()
  const rows = await tx
    .selectFrom('revisions')
    // A profile is there as long as a kept revision was made with it.
    .innerJoin('profiles', 'profiles.id', 'revisions.profile_id')
    .select(['revisions.id', 'number', 'profile_id', 'profiles.name', 'profiles.type', 'profiles.version'])
    .where('revisions.id', 'in', ids)
    .execute()
  return new Map(
    rows.map(({ id, number, profile_id, name, type, version }) => [
      id as RevisionId,
      { number, profile: { id: profile_id as ProfileId, name, type, version } },
    ]),
  )
}

/** All kept revisions of a cluster's pools. */
export async function loadRevisions(tx: Tx, clusterId: ClusterId): Promise<Revision[]> {
  const rows = await tx
    .selectFrom('revisions')
    .selectAll('revisions')
    .innerJoin('node_pools', 'node_pools.id', 'revisions.pool_id')
    .where('node_pools.cluster_id', '=', clusterId)
    .execute()
  return rows.map(toRevision(tx))
}

export async function listRevisions(tx: Tx, poolId: PoolId, page: PageRequest): Promise<Page<Revision>> {
  return listPage<RevisionRow, Revision>(
    tx,
    {
      table: 'revisions',
      where: { pool_id: poolId },
      sortable: { number: 'number' },
      defaultSort: '-number',
      toNoun: toRevision(tx),
    },
    page,
  )
}

/**
 * Deletes all but the newest `keep` revisions of each pool, never one that is committed, that a node runs, or that
 * an update in flight moves from or to.
 * @returns how many went
 */
export async function pruneRevisions(tx: Tx, keep: number): Promise<number> {
  const result = await tx
    .deleteFrom('revisions')
    .where((eb) =>
      eb.and([
        eb(
          'number',
          '<=',
          eb
            .selectFrom('node_pools')
            .select((inner) => inner('next_revision_number', '-', keep + 1).as('oldest'))
            .whereRef('node_pools.id', '=', 'revisions.pool_id'),
        ),
        eb('id', 'not in', eb.selectFrom('node_pools').select('committed_revision_id')),
        eb.not(
          eb.exists(
            eb.selectFrom('nodes').select('nodes.id').whereRef('nodes.revision_id', '=', 'revisions.id'),
          ),
        ),
        eb.not(
          eb.exists(
            eb
              .selectFrom('updates')
              .select('updates.id')
              .whereRef('updates.pool_id', '=', 'revisions.pool_id')
              .where('updates.ended_at', 'is', null),
          ),
        ),
      ]),
    )
    .executeTakeFirst()
  return Number(result.numDeletedRows)
}

function toRevision(tx: Tx): (row: RevisionRow) => Revision {
  return (row) => revisionRows.toNoun(openRow(tx, 'revisions', row))
}
