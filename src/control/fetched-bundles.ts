import type { BundleFetcher } from '../bundles/fetcher.ts'
import type { PinnedObject } from '../bundles/object-source.ts'
import type { Bundle } from '../domain/bundle.ts'
import { bundleNameOf } from '../domain/bundle-name.ts'
import { NotFoundError } from '../domain/errors.ts'
import type { JsonObject, ProjectId, Sha256 } from '../domain/ids.ts'
import { findBucket } from '../store/buckets.ts'
import { findBundleByOrigin, type Origin, putOrigin } from '../store/bundle-origins.ts'
import { findBundle } from '../store/bundles.ts'
import type { BundleBlobs } from './bundle-blobs.ts'
import type { FetchBundleInput } from './bundle-inputs.ts'
import type { Caller, ControlDeps } from './control.ts'
import { type KnownBytes, keepBundle, nameBundle, shortDigest } from './keep-bundle.ts'
import { limitsOf } from './limits.ts'
import { requireObject } from './objects.ts'
import { performInProject, type Scope } from './perform.ts'
import { guardsOf, mayRead } from './readable.ts'
import { checkBundleVersion, checkName, checkObjectName, checkText } from './validate.ts'

/** As origins call the buckets that Drover keeps itself. */
const OWN_PLACE = 'Drover'

/** Bytes that are here, and where they came from. */
interface Fetched {
  readonly bytes: KnownBytes
  readonly origin: Origin
  readonly source: JsonObject
  /** For the event. */
  readonly from: string
}

/**
 * Makes a bundle of an object in a bucket. It does not end with the request that asked: who asks again finds it under
 * way, or done.
 */
export async function publishFrom(
  deps: ControlDeps,
  blobs: BundleBlobs,
  caller: Caller,
  input: FetchBundleInput,
): Promise<Bundle> {
  const object = checkObjectName(input)
  if (input.name !== undefined) checkName('name', input.name)
  if (input.version !== undefined) checkBundleVersion('version', input.version)
  const description = input.description === undefined ? null : checkText('description', input.description)
  let received: Sha256 | undefined
  return await blobs.publish(async () => {
    try {
      const { bundle } = await performInProject<Fetched, { bundle: Bundle }>(deps, caller, {
        verb: 'bundles.publishFrom',
        input: { ...object, name: input.name, version: input.version, description },
        prepare: async (project) => {
          const fetched =
            (await findOwn(deps, project.id, object)) ??
            (await fetchObject(deps, project.id, requireFetcher(deps, object.bucket), object))
          received = fetched.bytes.digest
          return fetched
        },
        work: async (scope, fetched) => ({
          bundle: await keepFetched(deps, scope, fetched, input, description),
        }),
      })
      return bundle
    } finally {
      // Looked at again when nothing comes in any more; what has got its row stays.
      if (received !== undefined) blobs.dropLater(received)
    }
  })
}

function requireFetcher({ fetcher }: ControlDeps, bucket: string): BundleFetcher {
  if (fetcher !== undefined) return fetcher
  throw new NotFoundError(
    'bucket',
    bucket,
    'make it with "drover bucket create"; for one in S3, the settings s3.endpoint or s3.region say where that is',
  )
}

/**
 * An object of the project's own buckets. They come first: what Drover keeps itself cannot be changed by what somebody else
 * gives that name to.
 */
async function findOwn(
  deps: ControlDeps,
  projectId: ProjectId,
  { bucket, key, version }: ReturnType<typeof checkObjectName>,
): Promise<Fetched | undefined> {
  const found = await deps.store.read(async (tx) => {
    const own = await findBucket(tx, projectId, bucket)
    if (own === undefined) return undefined
    const object = await requireObject(tx, own, key, version)
    const origin: Origin = { place: OWN_PLACE, bucket, key, state: `version ${object.id}` }
    return { object, origin, known: await findBundleByOrigin(tx, projectId, origin) }
  })
  if (found === undefined) return undefined
  const { object, origin, known } = found
  return {
    bytes: known ?? (await deps.bundles.inspect(object.digest)),
    origin,
    source: { kind: 'bucket', bucket, key, version: object.id },
    from: ` from s3://${bucket}/${key} of Drover's own, version ${object.id}`,
  }
}

async function fetchObject(
  deps: ControlDeps,
  projectId: ProjectId,
  fetcher: BundleFetcher,
  name: Parameters<BundleFetcher['pin']>[0],
): Promise<Fetched> {
  const object = await fetcher.pin(name)
  const origin = originOf(fetcher, object)
  const known = await deps.store.read((tx) => findBundleByOrigin(tx, projectId, origin))
  const bytes = known ?? (await fetcher.fetch(object, { maxBytes: limitsOf(deps).maxBundleBytes }))
  return { bytes, origin, ...describe(fetcher.place, object) }
}

function originOf({ place }: BundleFetcher, { bucket, key, version, etag }: PinnedObject): Origin {
  return { place, bucket, key, state: version === null ? `ETag ${etag}` : `version ${version}` }
}

function describe(place: string, { bucket, key, version, etag }: PinnedObject) {
  const pin =
    version === null
      ? `which keeps no versions: it is known by ETag ${etag} and digest`
      : `version ${version}`
  return {
    source: { kind: 's3', place, bucket, key, version, etag },
    from: ` from s3://${bucket}/${key}, ${pin}`,
  }
}

async function keepFetched(
  deps: ControlDeps,
  scope: Scope,
  { bytes, origin, source, from }: Fetched,
  input: FetchBundleInput,
  description: string | null,
): Promise<Bundle> {
  const known = await findBundleByOrigin(scope.tx, scope.project.id, origin)
  // Who may not read that one gets one of their own, of the same bytes: they were read from the bucket.
  const isReadable = known !== undefined && mayRead(scope, ...(await guardsOf(scope, known)))
  if (isReadable && isAsWanted(known, input)) return known
  const { name, version } = nameBundle(input, bytes, { name: bundleNameOf(origin.key) })
  const taken = await findBundle(scope.tx, scope.project.id, `${name}@${version}`)
  // Who fetches by bucket and key need not care for versions inside: another object may have the same.
  const isClash = taken !== undefined && taken.digest !== bytes.digest && input.version === undefined
  const wanted = {
    name,
    version: isClash ? `${version.slice(0, 51)}+${shortDigest(bytes.digest)}` : version,
    ...{ description, source, from },
  }
  const bundle = await keepBundle(deps, scope, bytes, wanted)
  await putOrigin(scope.tx, origin, { id: bundle.id, projectId: scope.project.id, now: scope.now })
  return bundle
}

function isAsWanted(bundle: Bundle, { name, version }: FetchBundleInput): boolean {
  return (name ?? bundle.name) === bundle.name && (version ?? bundle.version) === bundle.version
}
