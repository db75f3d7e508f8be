import type { ProfileId, ProjectId } from '../domain/ids.ts'
import type { Profile } from '../domain/profile.ts'
import { listPage, type Page, type PageRequest } from './page.ts'
import { profileRows } from './rows.ts'
import type { ProfileRow } from './schema.ts'
import type { Tx } from './store.ts'

export async function insertProfile(tx: Tx, profile: Profile): Promise<void> {
  await tx.insertInto('profiles').values(profileRows.toRow(profile)).execute()
}

/** @param reference id or name */
export async function findProfile(
  tx: Tx,
  projectId: ProjectId,
  reference: string,
): Promise<Profile | undefined> {
  const row = await tx
    .selectFrom('profiles')
    .selectAll()
    .where('project_id', '=', projectId)
    .where((eb) => eb.or([eb('id', '=', reference), eb('name', '=', reference)]))
    .executeTakeFirst()
  return row && profileRows.toNoun(row)
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
      sortable: { name: 'name', createdAt: 'created_at', type: 'type' },
      defaultSort: 'name',
      toNoun: profileRows.toNoun,
    },
    page,
  )
}

/** The clusters that have a kept revision made with this profile. At most ten. */
export async function findProfileUsers(tx: Tx, profileId: ProfileId): Promise<string[]> {
  const rows = await tx
    .selectFrom('revisions')
    .innerJoin('node_pools', 'node_pools.id', 'revisions.pool_id')
    .innerJoin('clusters', 'clusters.id', 'node_pools.cluster_id')
    .select('clusters.name as cluster')
    .distinct()
    .where('revisions.profile_id', '=', profileId)
    .limit(10)
    .execute()
  return rows.map((row) => `cluster "${row.cluster}"`)
}

export async function deleteProfile(tx: Tx, profileId: ProfileId): Promise<void> {
  await tx.deleteFrom('profiles').where('id', '=', profileId).execute()
}
