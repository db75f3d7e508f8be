import { InUseError, NotFoundError } from '../domain/errors.ts'
import type { EpochMs } from '../domain/ids.ts'
import type { Principal } from '../domain/principal.ts'
import { findUnusedBundles } from '../store/bundles.ts'
import type { Store } from '../store/store.ts'
import type { Control } from './control.ts'

/** Which bundles are kept although nothing uses them. */
export interface BundleRetention {
  /** The newest ones of each name. */
  readonly keepVersions: number
  /** Those published within this time. */
  readonly unusedForDays: number
}

const DAY_MS = 24 * 3600_000
const RETENTION: Principal = { name: 'retention', grants: [{ projectId: '*', role: 'operator' }] }

/** Makes the periodic clean-up of old bundles: by the verb that people use, so that it has the same checks and events. */
export function createBundleRetention(
  control: Pick<Control, 'bundles'>,
  store: Store,
  { keepVersions, unusedForDays }: BundleRetention,
): (now: EpochMs) => Promise<void> {
  return async (now) => {
    const unused = await store.read((tx) => findUnusedBundles(tx, now - unusedForDays * DAY_MS, keepVersions))
    for (const { id, projectId } of unused) {
      try {
        await control.bundles.delete({ principal: RETENTION, project: projectId }, id)
      } catch (error) {
        // Somebody began to use it, or deleted it, a moment ago.
        if (!(error instanceof InUseError || error instanceof NotFoundError)) throw error
      }
    }
  }
}
