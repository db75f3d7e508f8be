import type { ReceivedBundle } from '../bundles/bundle-store.ts'
import type { Bundle } from '../domain/bundle.ts'
import { AlreadyExistsError, DroverError, InvalidRequestError, NotFoundError } from '../domain/errors.ts'
import type { BundleId, JsonObject, Sha256 } from '../domain/ids.ts'
import { findBundle, insertBundle } from '../store/bundles.ts'
import type { ControlDeps } from './control.ts'
import { requireRight } from './deployer-rights.ts'
import type { Scope } from './perform.ts'
import { guardsOf } from './readable.ts'
import { checkBundleVersion, checkName } from './validate.ts'

/** What a bundle is made of, beside its bytes, which are here. */
export interface WantedBundle {
  readonly name: string
  readonly version: string
  readonly description: string | null
  readonly source: JsonObject
  /** For the event, after name and version: ` from s3://code/web.zip`. */
  readonly from: string
  /** Refuse it also when these bytes have that name and version already. */
  readonly mustBeNew?: boolean
}

/** What is known of bytes that are here. */
export type KnownBytes = Omit<ReceivedBundle, 'paths' | 'label'>

/**
 * Writes a bundle's row and its event, or finds the one that has these bytes under this name and version.
 * @throws ForbiddenError if the caller may not write to the published project of that name
 * @throws AlreadyExistsError if other bytes have them, or any do and it must be new
 */
export async function keepBundle(
  deps: Pick<ControlDeps, 'bundles'>,
  scope: Scope,
  bytes: KnownBytes,
  wanted: WantedBundle,
): Promise<Bundle> {
  const { name, version, description, source, from, mustBeNew = false } = wanted
  const { digest, sizeBytes, entryCount, unpackedBytes, manifest } = bytes
  const fullName = `${name}@${version}`
  requireRight(scope, 'write', await guardsOf(scope, { name }), 'bundles.publish')
  const known = await findBundle(scope.tx, scope.project.id, fullName)
  if (known?.digest === digest && !mustBeNew) return known
  if (known) throw new AlreadyExistsError('bundle', fullName)
  const made: Bundle = {
    id: scope.ids.next<BundleId>(),
    projectId: scope.project.id,
    name,
    version,
    digest,
    sizeBytes,
    entryCount,
    unpackedBytes,
    manifest,
    source,
    description,
    createdAt: scope.now,
    createdBy: scope.principal.name,
  }
  await requireBytes(deps, digest, fullName)
  await insertBundle(scope.tx, made)
  scope.event({
    type: 'bundle.published',
    because: `${scope.principal.name} published bundle ${fullName}${from}, ${sizeBytes} bytes`,
    data: { bundle: fullName, digest, sizeBytes, entryCount },
  })
  return made
}

/**
 * What a bundle is called: as asked for, else as its manifest says, else as `fallback` does.
 * @throws InvalidRequestError when nobody has a name for it
 */
export function nameBundle(
  { name, version }: { readonly name?: string | undefined; readonly version?: string | undefined },
  { digest, manifest }: KnownBytes,
  fallback: { readonly name?: string | undefined; readonly version?: string | undefined } = {},
): { readonly name: string; readonly version: string } {
  const chosen = name ?? manifest?.name ?? fallback.name
  if (chosen === undefined) {
    throw new InvalidRequestError('name', 'give one, here or in the drover.yaml of the bundle')
  }
  return {
    name: checkName('name', chosen),
    version: checkBundleVersion(
      'version',
      version ?? manifest?.version ?? fallback.version ?? shortDigest(digest),
    ),
  }
}

/** What tells bytes apart for people. */
export function shortDigest(digest: Sha256): string {
  return digest.slice(0, 12)
}

/**
 * Another process that shares the folder may have deleted these bytes since they came in.
 * @throws DroverError `store_unavailable`, to be tried again
 */
export async function requireBytes(
  deps: Pick<ControlDeps, 'bundles'>,
  digest: Sha256,
  fullName: string,
): Promise<void> {
  await deps.bundles.archive(digest).catch((error: unknown) => {
    const lost = `the bytes of ${fullName} were deleted as another's just now; publish it again`
    throw error instanceof NotFoundError
      ? new DroverError('store_unavailable', lost, { cause: error, retryable: true })
      : error
  })
}
