import type { ReceivedBundle } from '../bundles/bundle-store.ts'
import type { Bundle } from '../domain/bundle.ts'
import { readExportFileName } from '../domain/bundle-name.ts'
import { InUseError, NotFoundError } from '../domain/errors.ts'
import type { EpochMs } from '../domain/ids.ts'
import { deleteBundle, findBundleUsers, findUnusedBundles, listBundles } from '../store/bundles.ts'
import { authorize } from './authorize.ts'
import type { BundleBlobs } from './bundle-blobs.ts'
import type { PublishBundleInput } from './bundle-inputs.ts'
import type { Caller, ControlDeps } from './control.ts'
import { requireRight } from './deployer-rights.ts'
import { publishFrom } from './fetched-bundles.ts'
import { requireExactBundle } from './governed-bundle.ts'
import { keepBundle, nameBundle } from './keep-bundle.ts'
import { limitsOf } from './limits.ts'
import { look, performInProject, recordRefusal, type Scope } from './perform.ts'
import { guardsOf, loadHidden, requireReadableBundle } from './readable.ts'
import { checkBundleVersion, checkName, checkText } from './validate.ts'
import type { BundleVerbs } from './verbs.ts'

export function createBundleVerbs(deps: ControlDeps, blobs: BundleBlobs): BundleVerbs {
  return {
    publish: (caller, input) => publishBundle(deps, blobs, caller, input),
    publishFrom: (caller, input) => publishFrom(deps, blobs, caller, input),
    list: (caller, filter, page) =>
      look(deps, caller, 'bundles.list', async (tx, project) => {
        const { keys } = await loadHidden({ tx, project, principal: caller.principal })
        return await listBundles(tx, { ...filter, projectId: project.id, hiddenNames: keys }, page)
      }),
    get: (caller, ref) =>
      look(deps, caller, 'bundles.get', (tx, project) =>
        requireReadableBundle({ tx, project, principal: caller.principal }, ref),
      ),
    delete: (caller, ref) => remove(deps, blobs, caller, ref),
    async download(caller, ref) {
      const bundle = await look(deps, caller, 'bundles.download', (tx, project) =>
        requireReadableBundle({ tx, project, principal: caller.principal }, ref),
      )
      return { bundle, stream: await deps.bundles.open(bundle.digest) }
    },
  }
}

/**
 * @see BundleVerbs.publish
 * @param also what else is written with the bundle, whose name it is handed
 */
export async function publishBundle(
  deps: ControlDeps,
  blobs: BundleBlobs,
  caller: Caller,
  input: PublishBundleInput,
  also: (scope: Scope, name: string) => Promise<unknown> = async () => {},
): Promise<Bundle> {
  // Before a single byte is read.
  await recordRefusal(deps, caller, 'bundles.publish', () =>
    deps.store.read((tx) => authorize(tx, caller.principal, caller.project, 'operator', 'bundles.publish')),
  )
  if (input.name !== undefined) checkName('name', input.name)
  if (input.version !== undefined) checkBundleVersion('version', input.version)
  const description = input.description === undefined ? null : checkText('description', input.description)
  return await blobs.publish(async () => {
    const received = await receive(deps, input)
    try {
      const { name, version } = nameBundle(input, received, nameOfExport(input, received))
      const wanted = {
        ...{ name, version, description, source: input.source ?? sourceOf(input), from: '' },
        mustBeNew: input.mustBeNew ?? false,
      }
      const { bundle } = await performInProject(deps, caller, {
        verb: 'bundles.publish',
        input: { name, version, digest: received.digest },
        work: async (scope) => {
          await also(scope, name)
          return { bundle: await keepBundle(deps, scope, received, wanted) }
        },
      })
      return bundle
    } finally {
      // Looked at again when nothing comes in any more; what has got its row stays.
      blobs.dropLater(received.digest)
    }
  })
}

/**
 * @param why what the event tells beside who and what
 * @throws InUseError naming the clusters that have a kept revision with it
 */
async function remove(
  deps: ControlDeps,
  blobs: BundleBlobs,
  caller: Caller,
  ref: string,
  why: string = '',
): Promise<Bundle> {
  const { bundle } = await performInProject(deps, caller, {
    verb: 'bundles.delete',
    input: [ref],
    work: async (scope) => {
      // A name alone means its newest version, which is not what somebody who deletes has looked at.
      const found = await requireExactBundle(scope, ref, 'ref')
      requireRight(scope, 'write', await guardsOf(scope, found), 'bundles.delete')
      const fullName = `${found.name}@${found.version}`
      const users = await findBundleUsers(scope.tx, found.id)
      if (users.length > 0) throw new InUseError('bundle', fullName, users.join(', '))
      await deleteBundle(scope.tx, found.id)
      scope.event({
        type: 'bundle.deleted',
        because: `${caller.principal.name} deleted bundle ${fullName}${why}`,
        data: { bundle: fullName, digest: found.digest },
      })
      return { bundle: found }
    },
  })
  await blobs.drop(bundle.digest)
  return bundle
}

/**
 * Deletes bundles that no kept revision uses, and bytes that no bundle has (a crash left them).
 * @param rule.before those published since then stay
 * @param rule.keep so many of the newest of each name stay
 */
export async function pruneBundles(
  deps: ControlDeps,
  blobs: BundleBlobs,
  { before, keep }: { readonly before: EpochMs; readonly keep: number },
): Promise<void> {
  const principal = { name: 'engine', grants: [{ projectId: '*', role: 'administrator' }] } as const
  for (;;) {
    const unused = await deps.store.read((tx) => findUnusedBundles(tx, before, keep))
    let gone = 0
    for (const { id, projectId } of unused) {
      try {
        await remove(deps, blobs, { principal, project: projectId }, id, ': it is old and nothing uses it')
        gone += 1
      } catch (error) {
        // Somebody began to use it, or deleted it, a moment ago.
        if (!(error instanceof InUseError || error instanceof NotFoundError)) throw error
      }
    }
    if (gone === 0) break
  }
  for (const digest of await deps.bundles.digests()) await blobs.drop(digest)
}

function receive(deps: ControlDeps, { content, signal }: PublishBundleInput): Promise<ReceivedBundle> {
  const options = { maxBytes: limitsOf(deps).maxBundleBytes, ...(signal && { signal }) }
  return 'path' in content
    ? deps.bundles.receiveFile(content.path, options)
    : deps.bundles.receive(content.stream, options)
}

function nameOfExport({ exportedAs }: PublishBundleInput, { label }: ReceivedBundle) {
  if (exportedAs === undefined) return {}
  const file = readExportFileName(exportedAs)
  return { name: label.projectKey ?? file.name, version: label.bundleId ?? file.version }
}

function sourceOf({ content }: PublishBundleInput) {
  return 'path' in content ? { kind: 'file', path: content.path } : { kind: 'upload' }
}
