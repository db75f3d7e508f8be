import type { Bucket, ObjectVersion } from '../domain/bucket.ts'
import { LimitExceededError, NotFoundError } from '../domain/errors.ts'
import type { ObjectVersionId, Sha256 } from '../domain/ids.ts'
import { deleteObjectVersion, findObjectVersion, putObjectVersion } from '../store/bucket-objects.ts'
import { countIn, sumBuckets } from '../store/buckets.ts'
import type { Tx } from '../store/store.ts'
import { authorize } from './authorize.ts'
import type { DownloadedObject, ObjectInput, PutObjectInput } from './bucket-verbs.ts'
import type { BundleBlobs } from './bundle-blobs.ts'
import type { Caller, ControlDeps } from './control.ts'
import { requireBucket } from './find.ts'
import { requireBytes } from './keep-bundle.ts'
import { limitsOf } from './limits.ts'
import { look, performInProject, recordRefusal, type Scope } from './perform.ts'
import { checkObjectName } from './validate.ts'

/** {@link BucketVerbs.put} */
export async function putObject(
  deps: ControlDeps,
  blobs: BundleBlobs,
  caller: Caller,
  input: PutObjectInput,
): Promise<ObjectVersion> {
  const { bucket, key } = checkObjectName(input)
  // Before a single byte is read.
  await recordRefusal(deps, caller, 'buckets.put', () =>
    deps.store.read(async (tx) => {
      const project = await authorize(tx, caller.principal, caller.project, 'operator', 'buckets.put')
      checkRoom(deps, await requireBucket(tx, project.id, bucket), await sumBuckets(tx, project.id), 0)
    }),
  )
  return await blobs.publish(async () => {
    const { content, signal } = input
    const options = { maxBytes: limitsOf(deps).maxBundleBytes, ...(signal && { signal }) }
    const received = await deps.bundles.receive(content.stream, options)
    try {
      const { digest, sizeBytes } = received
      const { object } = await performInProject(deps, caller, {
        verb: 'buckets.put',
        input: { bucket, key, digest },
        work: async (scope) => {
          const found = await requireBucket(scope.tx, scope.project.id, bucket)
          checkRoom(deps, found, await sumBuckets(scope.tx, scope.project.id), sizeBytes)
          await requireBytes(deps, digest, `s3://${bucket}/${key}`)
          const made = await addVersion(scope, found, { key, digest, sizeBytes })
          scope.event({
            type: 'object.put',
            because: `${caller.principal.name} put s3://${found.name}/${key}, ${sizeBytes} bytes, version ${made.id}`,
            data: { bucket: found.name, key, version: made.id, digest, sizeBytes },
          })
          return { object: made }
        },
      })
      return object
    } finally {
      blobs.dropLater(received.digest)
    }
  })
}

/** {@link BucketVerbs.download} */
export async function downloadObject(
  deps: ControlDeps,
  caller: Caller,
  input: ObjectInput,
): Promise<DownloadedObject> {
  const { bucket, key, version } = checkObjectName(input)
  const object = await look(deps, caller, 'buckets.download', async (tx, project) =>
    requireObject(tx, await requireBucket(tx, project.id, bucket), key, version),
  )
  return { object, stream: await deps.bundles.open(object.digest) }
}

/** {@link BucketVerbs.deleteObject} */
export async function deleteObject(
  deps: ControlDeps,
  blobs: BundleBlobs,
  caller: Caller,
  input: ObjectInput,
): Promise<ObjectVersion> {
  const { bucket, key, version } = checkObjectName(input)
  const { object } = await performInProject(deps, caller, {
    verb: 'buckets.deleteObject',
    input: { bucket, key, version },
    work: async (scope) => {
      const found = await requireBucket(scope.tx, scope.project.id, bucket)
      const known = await findObjectVersion(scope.tx, found.id, key, version)
      if (known === undefined || (version === undefined && known.digest === null)) {
        throw missingObject(found, key, version)
      }
      const what = `s3://${found.name}/${key}`
      const tell = (gone: string) =>
        scope.event({
          type: 'object.deleted',
          because: `${caller.principal.name} deleted ${gone}`,
          data: { bucket: found.name, key, version: version ?? null },
        })
      if (version === undefined) {
        tell(`${what}; its versions are kept`)
        return { object: await addVersion(scope, found, { key, digest: null, sizeBytes: 0 }) }
      }
      tell(`version ${version} of ${what} for good`)
      await deleteObjectVersion(scope.tx, known)
      await countIn(scope.tx, found.id, { versions: -1, sizeBytes: -known.sizeBytes })
      return { object: known }
    },
  })
  if (version !== undefined && object.digest !== null) await blobs.drop(object.digest)
  return object
}

/** A version that has bytes. */
export type WholeVersion = ObjectVersion & { readonly digest: Sha256 }

/** @throws NotFoundError, also for what was deleted */
export async function requireObject(
  tx: Tx,
  bucket: Bucket,
  key: string,
  version: string | undefined,
): Promise<WholeVersion> {
  const found = await findObjectVersion(tx, bucket.id, key, version)
  if (found === undefined || found.digest === null) throw missingObject(bucket, key, version)
  return { ...found, digest: found.digest }
}

async function addVersion(
  { tx, ids, now, principal }: Scope,
  bucket: Bucket,
  content: Pick<ObjectVersion, 'key' | 'digest' | 'sizeBytes'>,
): Promise<ObjectVersion> {
  const made: ObjectVersion = {
    id: ids.next<ObjectVersionId>(),
    bucketId: bucket.id,
    ...content,
    ...{ isLatest: true, createdAt: now, createdBy: principal.name },
  }
  await putObjectVersion(tx, made)
  await countIn(tx, bucket.id, { versions: 1, sizeBytes: made.sizeBytes })
  return made
}

/** @param sizeBytes of what comes; 0 when that is not known yet */
function checkRoom(
  deps: ControlDeps,
  bucket: Bucket,
  { sizeBytes: usedBytes }: { readonly sizeBytes: number },
  sizeBytes: number,
): void {
  const { maxVersionsPerBucket, maxBucketBytesPerProject } = limitsOf(deps)
  if (bucket.versionCount >= maxVersionsPerBucket) {
    throw new LimitExceededError(
      `bucket "${bucket.name}" has ${bucket.versionCount} versions of objects, and may have ${maxVersionsPerBucket} ` +
        '(buckets.maxVersions); delete old ones',
    )
  }
  if (usedBytes + sizeBytes > maxBucketBytesPerProject || usedBytes >= maxBucketBytesPerProject) {
    throw new LimitExceededError(
      `the project's buckets have ${usedBytes} bytes, and may have ${maxBucketBytesPerProject} ` +
        `(buckets.maxBytesPerProject); delete old versions${sizeBytes === 0 ? '' : ` to make room for ${sizeBytes}`}`,
    )
  }
}

function missingObject(bucket: Bucket, key: string, version: string | undefined): NotFoundError {
  const name = `s3://${bucket.name}/${key}`
  return version === undefined
    ? new NotFoundError('object', name, 'see "drover bucket versions" for what was deleted')
    : new NotFoundError('object version', version, `${name} has no such version with content`)
}
