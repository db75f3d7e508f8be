import type { Bundle } from '../domain/bundle.ts'
import type { BundleId, EpochMs, ProjectId } from '../domain/ids.ts'
import { bundleRows } from './rows.ts'
import type { Tx } from './store.ts'

/** One state of an object outside of Drover. */
export interface Origin {
  /** The store that has it. */
  readonly place: string
  readonly bucket: string
  readonly key: string
  /** Its version, or what else tells one state from the next. */
  readonly state: string
}

/** The bundle that was made of this state of the object. */
export async function findBundleByOrigin(
  tx: Tx,
  projectId: ProjectId,
  { place, bucket, key, state }: Origin,
): Promise<Bundle | undefined> {
  const row = await tx
    .selectFrom('bundle_origins as o')
    .innerJoin('bundles as b', 'b.id', 'o.bundle_id')
    .selectAll('b')
    .where('o.project_id', '=', projectId)
    .where('o.place', '=', place)
    .where('o.bucket', '=', bucket)
    .where('o.object_key', '=', key)
    .where('o.state', '=', state)
    .executeTakeFirst()
  return row && bundleRows.toNoun(row)
}

/** Remembers where a bundle came from. The first one that came from there stays the one that is found. */
export async function putOrigin(
  tx: Tx,
  { place, bucket, key, state }: Origin,
  bundle: { readonly id: BundleId; readonly projectId: ProjectId; readonly now: EpochMs },
): Promise<void> {
  const row = { project_id: bundle.projectId, place, bucket, object_key: key, state }
  await tx
    .insertInto('bundle_origins')
    .values({ ...row, bundle_id: bundle.id, created_at: bundle.now })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}
