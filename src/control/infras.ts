import { AlreadyExistsError, InUseError, PreconditionFailedError } from '../domain/errors.ts'
import type { InfraId, ProfileId } from '../domain/ids.ts'
import { GOVERNANCE_POLICIES, type Infra } from '../domain/infra.ts'
import { listDeploymentHeads } from '../store/deployments.ts'
import { hasRules } from '../store/governance.ts'
import { deleteInfra, insertInfra, isInfraNameTaken, listInfras, patchInfra } from '../store/infras.ts'
import { checkAttributes } from './attributes.ts'
import type { ControlDeps } from './control.ts'
import { checkPermissions, requireRight } from './deployer-rights.ts'
import type { InfraVerbs } from './deployer-verbs.ts'
import { viewInfras } from './deployer-views.ts'
import { requireProfile } from './find.ts'
import { limitsOf } from './limits.ts'
import { look, performInProject, type Scope } from './perform.ts'
import { loadHidden, requireReadableInfra } from './readable.ts'
import { checkStage } from './stages.ts'
import { checkUpdateDefaults } from './update-params.ts'
import { checkName, checkOneOf, checkSizes, checkText } from './validate.ts'

export function createInfraVerbs(deps: ControlDeps): InfraVerbs {
  return {
    async create(caller, input) {
      const { infra } = await performInProject(deps, caller, {
        verb: 'infras.create',
        input,
        work: async (scope) => {
          if (input.permissions != null) {
            requireRight(scope, 'admin', [{ permissions: null }], 'infras.create with permissions')
          }
          const name = checkName('name', input.name)
          const made: Infra = {
            id: scope.ids.next<InfraId>(),
            projectId: scope.project.id,
            name,
            description: input.description === undefined ? null : checkText('description', input.description),
            stage: await checkStage(scope.tx, scope.project.id, 'stage', input.stage),
            governance: checkOneOf('governance', input.governance ?? 'NO_CHECK', GOVERNANCE_POLICIES),
            profileId: await profileIdOf(scope, input.profile ?? null),
            ...sizesOf(deps, {
              size: input.size ?? 1,
              minSize: input.minSize ?? 0,
              maxSize: input.maxSize ?? null,
            }),
            updateDefaults: checkUpdateDefaults('updateDefaults', input.updateDefaults),
            permissions: checkPermissions('permissions', input.permissions),
            attributes: checkAttributes('attributes', input.attributes ?? {}),
            createdAt: scope.now,
            createdBy: caller.principal.name,
            updatedAt: scope.now,
            version: 1,
          }
          if (made.governance !== 'PREVENT' && (await hasRules(scope.tx, scope.project.id, made.stage))) {
            // Else whoever may deploy could make a place of their own where nobody looks.
            const what = `infras.create with governance ${made.governance} on stage ${made.stage}, which has rules,`
            requireRight(scope, 'admin', [{ permissions: null }], what)
          }
          if (await isInfraNameTaken(scope.tx, scope.project.id, name)) {
            throw new AlreadyExistsError('infra', name)
          }
          await insertInfra(scope.tx, made)
          scope.event({
            type: 'infra.created',
            because: `${caller.principal.name} made infra "${name}" on stage ${made.stage}, governance ${made.governance}`,
            data: { infra: name, stage: made.stage, governance: made.governance },
          })
          return { infra: made }
        },
      })
      return infra
    },
    list: (caller, filter, page) =>
      look(deps, caller, 'infras.list', async (tx, project) => {
        const viewer = { tx, project, principal: caller.principal }
        const hidden = await loadHidden(viewer)
        const wanted = { ...filter, projectId: project.id, hidden: hidden.infras }
        const { items, nextCursor } = await listInfras(tx, wanted, page)
        return { items: await viewInfras(viewer, hidden, items), nextCursor }
      }),
    get: (caller, ref) =>
      look(deps, caller, 'infras.get', async (tx, project) => {
        const viewer = { tx, project, principal: caller.principal }
        const found = await requireReadableInfra(viewer, ref)
        const [view] = await viewInfras(viewer, await loadHidden(viewer), [found])
        return view!
      }),
    async update(caller, ref, changes, match = {}) {
      const { infra } = await performInProject(deps, caller, {
        verb: 'infras.update',
        input: [ref, changes, match],
        work: async (scope) => {
          const found = await requireReadableInfra(scope, ref)
          requireRight(scope, 'write', [found], 'infras.update')
          if (match.ifMatch !== undefined && match.ifMatch !== found.version) {
            throw new PreconditionFailedError('infra', ref)
          }
          // Who could change these could get round every rule.
          const guarded = (['permissions', 'governance', 'stage'] as const).filter(
            (name) => changes[name] !== undefined && changes[name] !== found[name],
          )
          if (guarded.length > 0) {
            requireRight(scope, 'admin', [found], `infras.update of ${guarded.join(', ')}`)
          }
          const { size = found.size, minSize = found.minSize, maxSize = found.maxSize } = changes
          const patch: Partial<Infra> = {
            ...(changes.stage !== undefined && {
              stage: await checkStage(scope.tx, scope.project.id, 'stage', changes.stage),
            }),
            ...(changes.description !== undefined && {
              description: changes.description && checkText('description', changes.description),
            }),
            ...(changes.governance !== undefined && {
              governance: checkOneOf('governance', changes.governance, GOVERNANCE_POLICIES),
            }),
            ...(changes.profile !== undefined && { profileId: await profileIdOf(scope, changes.profile) }),
            ...sizesOf(deps, { size, minSize, maxSize }),
            ...(changes.updateDefaults !== undefined && {
              updateDefaults: checkUpdateDefaults('updateDefaults', changes.updateDefaults),
            }),
            ...(changes.permissions !== undefined && {
              permissions: checkPermissions('permissions', changes.permissions),
            }),
            ...(changes.attributes !== undefined && {
              attributes: checkAttributes('attributes', changes.attributes),
            }),
            updatedAt: scope.now,
            version: found.version + 1,
          }
          await patchInfra(scope.tx, found.id, patch)
          scope.event({
            type: 'infra.changed',
            because: `${caller.principal.name} changed ${Object.keys(changes).join(', ') || 'nothing'} of infra "${found.name}"`,
            data: { infra: found.name, changed: Object.keys(changes) },
          })
          return { infra: { ...found, ...patch } }
        },
      })
      return infra
    },
    async delete(caller, ref) {
      const { infra } = await performInProject(deps, caller, {
        verb: 'infras.delete',
        input: [ref],
        work: async (scope) => {
          const found = await requireReadableInfra(scope, ref)
          requireRight(scope, 'write', [found], 'infras.delete')
          const users = await listDeploymentHeads(scope.tx, { infraIds: [found.id] })
          if (users.length > 0) {
            const named = users.slice(0, 10).map(({ name }) => `"${name}"`)
            throw new InUseError(
              'infra',
              found.name,
              `the deployments ${named.join(', ')}: delete them first`,
            )
          }
          await deleteInfra(scope.tx, found.id)
          scope.event({
            type: 'infra.deleted',
            because: `${caller.principal.name} deleted infra "${found.name}"`,
            data: { infra: found.name },
          })
          return { infra: found }
        },
      })
      return infra
    },
  }
}

async function profileIdOf({ tx, project }: Scope, reference: string | null): Promise<ProfileId | null> {
  return reference === null ? null : (await requireProfile(tx, project.id, reference)).id
}

/** @throws InvalidRequestError, LimitExceededError */
function sizesOf(deps: ControlDeps, sizes: Pick<Infra, 'size' | 'minSize' | 'maxSize'>) {
  const { minSize, maxSize } = sizes
  const most = limitsOf(deps).maxNodesPerPool
  const { desiredCapacity } = checkSizes({ minSize, maxSize, desiredCapacity: sizes.size }, 'size', most)
  return { size: desiredCapacity, minSize, maxSize }
}
