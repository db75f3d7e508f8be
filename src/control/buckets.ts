import type { Bucket } from '../domain/bucket.ts'
import { AlreadyExistsError, InUseError, LimitExceededError } from '../domain/errors.ts'
import type { BucketId, Sha256 } from '../domain/ids.ts'
import { deleteAllVersions, listObjectVersions } from '../store/bucket-objects.ts'
import { deleteBucket, findBucket, insertBucket, listBuckets, sumBuckets } from '../store/buckets.ts'
import type { BucketVerbs } from './bucket-verbs.ts'
import type { BundleBlobs } from './bundle-blobs.ts'
import type { Caller, ControlDeps } from './control.ts'
import { requireBucket } from './find.ts'
import { limitsOf } from './limits.ts'
import { deleteObject, downloadObject, putObject } from './objects.ts'
import { look, performInProject } from './perform.ts'
import { checkBucketName } from './validate.ts'

export function createBucketVerbs(deps: ControlDeps, blobs: BundleBlobs): BucketVerbs {
  return {
    create: (caller, input) => create(deps, caller, input),
    list: (caller, page) =>
      look(deps, caller, 'buckets.list', (tx, project) => listBuckets(tx, project.id, page)),
    get: (caller, ref) =>
      look(deps, caller, 'buckets.get', (tx, project) => requireBucket(tx, project.id, ref)),
    delete: (caller, ref, { force = false } = {}) => remove(deps, blobs, caller, ref, force),
    put: (caller, input) => putObject(deps, blobs, caller, input),
    listObjects: (caller, ref, filter, page) =>
      look(deps, caller, 'buckets.listObjects', async (tx, project) => {
        const { id } = await requireBucket(tx, project.id, ref)
        return await listObjectVersions(tx, id, { ...filter, latest: true }, page)
      }),
    listVersions: (caller, ref, filter, page) =>
      look(deps, caller, 'buckets.listVersions', async (tx, project) => {
        const { id } = await requireBucket(tx, project.id, ref)
        return await listObjectVersions(tx, id, { ...filter, latest: false }, page)
      }),
    download: (caller, input) => downloadObject(deps, caller, input),
    deleteObject: (caller, input) => deleteObject(deps, blobs, caller, input),
  }
}

async function create(deps: ControlDeps, caller: Caller, input: { readonly name: string }): Promise<Bucket> {
  const name = checkBucketName('name', input.name)
  const { bucket } = await performInProject(deps, caller, {
    verb: 'buckets.create',
    input: [name],
    work: async (scope) => {
      if (await findBucket(scope.tx, scope.project.id, name)) throw new AlreadyExistsError('bucket', name)
      const { maxBucketsPerProject: most } = limitsOf(deps)
      const { count } = await sumBuckets(scope.tx, scope.project.id)
      if (most > 0 && count >= most) {
        throw new LimitExceededError(
          `project "${scope.project.name}" has ${count} buckets, and may have ${most} (buckets.maxPerProject)`,
        )
      }
      const made: Bucket = {
        id: scope.ids.next<BucketId>(),
        projectId: scope.project.id,
        name,
        ...{ versionCount: 0, sizeBytes: 0, createdAt: scope.now, createdBy: caller.principal.name },
      }
      await insertBucket(scope.tx, made)
      scope.event({
        type: 'bucket.created',
        because: `${caller.principal.name} made bucket "${name}"`,
        data: { bucket: name },
      })
      return { bucket: made }
    },
  })
  return bucket
}

async function remove(
  deps: ControlDeps,
  blobs: BundleBlobs,
  caller: Caller,
  ref: string,
  force: boolean,
): Promise<Bucket> {
  let digests: Sha256[] = []
  const { bucket } = await performInProject(deps, caller, {
    verb: 'buckets.delete',
    input: [ref, force],
    work: async (scope) => {
      const found = await requireBucket(scope.tx, scope.project.id, ref)
      if (found.versionCount > 0 && !force) {
        const what = `${found.versionCount} versions of objects: delete them first, or delete it by force`
        throw new InUseError('bucket', found.name, what)
      }
      digests = await deleteAllVersions(scope.tx, found.id)
      await deleteBucket(scope.tx, found.id)
      scope.event({
        type: 'bucket.deleted',
        because: `${caller.principal.name} deleted bucket "${found.name}" with ${found.versionCount} versions of objects`,
        data: { bucket: found.name, versions: found.versionCount },
      })
      return { bucket: found }
    },
  })
  for (const digest of digests) await blobs.drop(digest)
  return bucket
}
