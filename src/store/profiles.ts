import type { ProfileId, ProjectId } from '../domain/ids.ts'
import type { Profile } from '../domain/profile.ts'
import { findByReference } from './find-by-reference.ts'
import { listPage, type Page, type PageRequest } from './page.ts'
import { profileRows } from './rows.ts'
import type { ProfileRow } from './schema.ts'
import { openRow, sealRow } from './sealed-columns.ts'
import type { Tx } from './store.ts'

export async function insertProfile(tx: Tx, profile: Profile): Promise<void> {
  await tx
    .insertInto('profiles')
    .values(sealRow(tx, 'profiles', profileRows.toRow(profile)))
    .execute()
}

/**
 * @param reference id, name, or the beginning of an id
 * @throws AmbiguousError
 */
export async function findProfile(
  tx: Tx,
  projectId: ProjectId,
  reference: string,
): Promise<Profile | undefined> {
  const where = { project_id: projectId }
  const row = await findByReference<ProfileRow>(tx, { kind: 'profile', table: 'profiles', where }, reference)
  return row && toProfile(tx)(row)
}

/** What others show of profiles. At most 1000. */
export async function loadProfileHeads(
  tx: Tx,
  ids: readonly ProfileId[],
): Promise<Map<ProfileId, Pick<Profile, 'id' | 'name' | 'type' | 'version'>>> {
  if (ids.length === 0) return new Map()
  const rows = await tx
    .selectFrom('profiles')
    .select(['id', 'name', 'type', 'version'])
    .where('id', 'in', ids)
    .execute()
  return new Map(rows.map((row) => [row.id as ProfileId, { ...row, id: row.id as ProfileId }]))
}

/** Whether a profile of the project has that name. */
export async function isProfileNameTaken(tx: Tx, projectId: ProjectId, name: string): Promise<boolean> {
  const row = await tx
    .selectFrom('profiles')
    .select('id')
    .where('project_id', '=', projectId)
    .where('name', '=', name)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

export async function listProfiles(
  tx: Tx,
  filter: {
    /** Absent: all projects. */
    readonly projectId?: ProjectId | readonly ProjectId[]
    readonly name?: string | readonly string[]
    readonly type?: string | readonly string[]
  },
  page: PageRequest,
): Promise<Page<Profile>> {
  return listPage<ProfileRow, Profile>(
    tx,
    {
      table: 'profiles',
      where: { project_id: filter.projectId, name: filter.name, type: filter.type },
      sortable: {
        name: 'name',
        createdAt: 'created_at',
        updatedAt: { expression: 'coalesce(updated_at, 0)' },
        type: 'type',
      },
      defaultSort: 'name',
      toNoun: toProfile(tx),
    },
    page,
  )
}

/** The clusters that have a kept revision made with this profile, and the infras that name it. At most ten of each. */
export async function findProfileUsers(tx: Tx, profileId: ProfileId): Promise<string[]> {
  const rows = await tx
    .selectFrom('revisions')
    .innerJoin('node_pools', 'node_pools.id', 'revisions.pool_id')
    .innerJoin('clusters', 'clusters.id', 'node_pools.cluster_id')
    .select(['clusters.kind as kind', 'clusters.name as cluster'])
    .distinct()
    .where('revisions.profile_id', '=', profileId)
    .limit(10)
    .execute()
  const infras = await tx
    .selectFrom('infras')
    .select('name')
    .where('profile_id', '=', profileId)
    .orderBy('name')
    .limit(10)
    .execute()
  return [
    ...rows.map((row) =>
      row.kind === 'standalone' ? 'nodes without a cluster' : `cluster "${row.cluster}"`,
    ),
    ...infras.map(({ name }) => `infra "${name}"`),
  ]
}

export async function patchProfile(
  tx: Tx,
  id: ProfileId,
  patch: Partial<Omit<Profile, 'properties'>>,
): Promise<void> {
  await tx.updateTable('profiles').set(profileRows.toColumns(patch)).where('id', '=', id).execute()
}

export async function deleteProfile(tx: Tx, profileId: ProfileId): Promise<void> {
  await tx.deleteFrom('profiles').where('id', '=', profileId).execute()
}

function toProfile(tx: Tx): (row: ProfileRow) => Profile {
  return (row) => profileRows.toNoun(openRow(tx, 'profiles', row))
}
