import { AlreadyExistsError, InUseError, PreconditionFailedError } from '../domain/errors.ts'
import type { PublishedProjectId } from '../domain/ids.ts'
import type { PublishedProject } from '../domain/published-project.ts'
import { listDeploymentHeads } from '../store/deployments.ts'
import {
  deletePublishedProject,
  findPublishedProjectByKey,
  findUsersOfBundlesNamed,
  insertPublishedProject,
  listPublishedProjects,
  patchPublishedProject,
} from '../store/published-projects.ts'
import { checkAttributes } from './attributes.ts'
import type { BundleBlobs } from './bundle-blobs.ts'
import { publishBundle } from './bundles.ts'
import type { ControlDeps } from './control.ts'
import type { CreatePublishedProjectInput } from './deployer-inputs.ts'
import { checkPermissions, requireRight } from './deployer-rights.ts'
import type { PublishedProjectVerbs } from './deployer-verbs.ts'
import { viewPublishedProjects } from './deployer-views.ts'
import { look, performInProject, type Scope } from './perform.ts'
import { loadHidden, requireReadableProject } from './readable.ts'
import { checkName, checkText } from './validate.ts'

export function createPublishedProjectVerbs(deps: ControlDeps, blobs: BundleBlobs): PublishedProjectVerbs {
  return {
    async create(caller, input) {
      const { publishedProject } = await performInProject(deps, caller, {
        verb: 'publishedProjects.create',
        input,
        work: async (scope) => {
          const key = checkName('key', input.key)
          if (await findPublishedProjectByKey(scope.tx, scope.project.id, key)) {
            throw new AlreadyExistsError('published project', key)
          }
          return { publishedProject: await writePublishedProject(scope, { ...input, key }) }
        },
      })
      return publishedProject
    },
    publish: (caller, input) => publishBundle(deps, blobs, caller, input, ensurePublishedProject),
    list: (caller, filter, page) =>
      look(deps, caller, 'publishedProjects.list', async (tx, project) => {
        const viewer = { tx, project, principal: caller.principal }
        const hidden = await loadHidden(viewer)
        const wanted = { ...filter, projectId: project.id, hidden: hidden.publishedProjects }
        const { items, nextCursor } = await listPublishedProjects(tx, wanted, page)
        return { items: await viewPublishedProjects(viewer, hidden, items), nextCursor }
      }),
    get: (caller, ref) =>
      look(deps, caller, 'publishedProjects.get', async (tx, project) => {
        const viewer = { tx, project, principal: caller.principal }
        const found = await requireReadableProject(viewer, ref)
        const [view] = await viewPublishedProjects(viewer, await loadHidden(viewer), [found])
        return view!
      }),
    async update(caller, ref, changes, match = {}) {
      const { publishedProject } = await performInProject(deps, caller, {
        verb: 'publishedProjects.update',
        input: [ref, changes, match],
        work: async (scope) => {
          const found = await requireReadableProject(scope, ref)
          requireRight(scope, 'write', [found], 'publishedProjects.update')
          if (match.ifMatch !== undefined && match.ifMatch !== found.version) {
            throw new PreconditionFailedError('published project', ref)
          }
          const { name, description, permissions, attributes } = changes
          if (permissions !== undefined) {
            requireRight(scope, 'admin', [found], 'publishedProjects.update of permissions')
          }
          const patch: Partial<PublishedProject> = {
            ...(name !== undefined && { name: checkText('name', name) }),
            ...(description !== undefined && {
              description: description && checkText('description', description),
            }),
            ...(permissions !== undefined && { permissions: checkPermissions('permissions', permissions) }),
            ...(attributes !== undefined && { attributes: checkAttributes('attributes', attributes) }),
            updatedAt: scope.now,
            version: found.version + 1,
          }
          await patchPublishedProject(scope.tx, found.id, patch)
          scope.event({
            type: 'publishedProject.changed',
            because: `${caller.principal.name} changed ${Object.keys(changes).join(', ') || 'nothing'} of published project "${found.key}"`,
            data: { publishedProject: found.key, changed: Object.keys(changes) },
          })
          return { publishedProject: { ...found, ...patch } }
        },
      })
      return publishedProject
    },
    async delete(caller, ref) {
      const { publishedProject, digests } = await performInProject(deps, caller, {
        verb: 'publishedProjects.delete',
        input: [ref],
        work: async (scope) => {
          const found = await requireReadableProject(scope, ref)
          requireRight(scope, 'admin', [found], 'publishedProjects.delete')
          await checkUnused(scope, found)
          const digests = await deletePublishedProject(scope.tx, found)
          scope.event({
            type: 'publishedProject.deleted',
            because: `${caller.principal.name} deleted published project "${found.key}" with its bundles`,
            data: { publishedProject: found.key },
          })
          return { publishedProject: found, digests }
        },
      })
      for (const digest of digests) await blobs.drop(digest)
      return publishedProject
    },
  }
}

/** The published project of that key, which is made if there is none: with the first bundle that is published for it. */
async function ensurePublishedProject(scope: Scope, key: string): Promise<PublishedProject> {
  const known = await findPublishedProjectByKey(scope.tx, scope.project.id, key)
  return known ?? (await writePublishedProject(scope, { key }))
}

async function writePublishedProject(
  scope: Scope,
  { key, name, description, permissions, attributes }: CreatePublishedProjectInput,
): Promise<PublishedProject> {
  const by = scope.principal.name
  if (permissions != null) {
    requireRight(scope, 'admin', [{ permissions: null }], 'publishedProjects.create with permissions')
  }
  const made: PublishedProject = {
    id: scope.ids.next<PublishedProjectId>(),
    projectId: scope.project.id,
    key,
    name: checkText('name', name ?? key),
    description: description === undefined ? null : checkText('description', description),
    permissions: checkPermissions('permissions', permissions),
    attributes: checkAttributes('attributes', attributes ?? {}),
    createdAt: scope.now,
    createdBy: by,
    updatedAt: scope.now,
    version: 1,
  }
  await insertPublishedProject(scope.tx, made)
  scope.event({
    type: 'publishedProject.created',
    because: `${by} made published project "${key}"`,
    data: { publishedProject: key },
  })
  return made
}

/** @throws InUseError */
async function checkUnused({ tx, project }: Scope, { id, key }: PublishedProject): Promise<void> {
  const deployments = await listDeploymentHeads(tx, { publishedProjectIds: [id] })
  const users = [
    ...deployments.slice(0, 10).map(({ name }) => `deployment "${name}"`),
    ...(await findUsersOfBundlesNamed(tx, project.id, key)),
  ]
  if (users.length > 0) throw new InUseError('published project', key, users.join(', '))
}
