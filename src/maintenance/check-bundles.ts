import { join } from 'node:path'
import { type BundleStore, createBundleStore } from '../bundles/bundle-store.ts'
import { hashFile } from '../bundles/receive.ts'
import { messageOf } from '../domain/errors.ts'
import type { Sha256 } from '../domain/ids.ts'
import { namesOfObjects } from '../store/bucket-objects.ts'
import { isDigestReferenced, listDigests } from '../store/bundles.ts'
import type { Store, Tx } from '../store/store.ts'
import type { MaintenanceDeps } from './maintenance.ts'
import type { Finding } from './report.ts'

/** The digests whose bytes lie in the data folder. */
export function listStoredBundles(deps: MaintenanceDeps): Promise<Sha256[]> {
  return filesOf(deps).digests()
}

/**
 * Looks whether each bundle's bytes are in the data folder and have its digest.
 * @param stored what was there before the database was read
 */
export async function checkBundles(
  deps: MaintenanceDeps,
  store: Store,
  stored: readonly Sha256[],
): Promise<Finding[]> {
  const files = filesOf(deps)
  const wanted = await store.read(listDigests)
  const findings: Finding[] = [...(await store.read(checkRevisionCode))]
  for (const digest of wanted) {
    deps.signal.throwIfAborted()
    const damage = await findDamage(files, digest, deps.signal)
    // Deleted meanwhile, with its row, by a server that runs.
    if (damage === null || !(await store.read((tx) => isDigestReferenced(tx, digest)))) continue
    const names = await store.read((tx) => namesOf(tx, digest))
    findings.push({
      severity: 'problem',
      what: `the bytes of ${names} are ${damage} (SHA-256 ${digest})`,
      remedy:
        'publish the same zip file again, under any version: that puts them back; or copy blobs/' +
        `${digest.slice(0, 2)}/${digest}.zip of a backup into ${join(deps.config.data, 'bundles')}`,
    })
  }
  for (const digest of stored.filter((one) => !wanted.includes(one))) {
    findings.push({
      severity: 'note',
      what: `no bundle and no object in a bucket has the bytes ${digest}.zip`,
      remedy: 'they cost disk space only, and may be of a bundle that is being published just now',
    })
  }
  return findings
}

async function findDamage(files: BundleStore, digest: Sha256, signal: AbortSignal): Promise<string | null> {
  try {
    const found = await hashFile(await files.archive(digest), signal)
    return found === digest ? null : `damaged: they have SHA-256 ${found}`
  } catch (error) {
    signal.throwIfAborted()
    return `not there: ${messageOf(error)}`
  }
}

/** A revision says itself which bytes it runs; they are to be those of its bundle. */
async function checkRevisionCode(tx: Tx): Promise<Finding[]> {
  const revisions = await tx
    .selectFrom('revisions as r')
    .innerJoin('bundles as b', 'b.id', 'r.bundle_id')
    .select(['r.number', 'r.pool_id', 'r.spec', 'b.digest'])
    .execute()
  return revisions
    .filter(({ spec, digest }) => digestOf(spec) !== digest)
    .map(({ number, pool_id: pool }) => ({
      severity: 'problem',
      what: `revision ${number} of pool ${pool} does not have the digest of its bundle`,
      remedy: 'update its nodes to another revision, and report it: Drover does not write this',
    }))
}

function digestOf(spec: string): unknown {
  try {
    return (JSON.parse(spec) as { code?: { digest?: unknown } }).code?.digest
  } catch {
    return undefined
  }
}

async function namesOf(tx: Tx, digest: Sha256): Promise<string> {
  const rows = await tx
    .selectFrom('bundles')
    .select(['name', 'version'])
    .where('digest', '=', digest)
    .orderBy('id')
    .limit(5)
    .execute()
  const bundles = rows.map(({ name, version }) => `${name}@${version}`)
  return [...bundles, ...(await namesOfObjects(tx, digest))].join(', ')
}

function filesOf({ config, log }: MaintenanceDeps): BundleStore {
  return createBundleStore({ root: join(config.data, 'bundles'), log })
}
