import { createSchemaCheck } from '../bundles/schema-check.ts'
import { standaloneClusterId } from '../domain/cluster.ts'
import { AlreadyExistsError, InUseError, InvalidRequestError, InvalidSpecError } from '../domain/errors.ts'
import type { JsonObject, ProfileId } from '../domain/ids.ts'
import type { Profile } from '../domain/profile.ts'
import { checkProperties } from '../runtimes/properties.ts'
import { describesProperties, type Runtime, supportsOperations } from '../runtimes/runtime.ts'
import { lockFence } from '../store/leases.ts'
import {
  deleteProfile,
  findProfileUsers,
  insertProfile,
  isProfileNameTaken,
  listProfiles,
  patchProfile,
} from '../store/profiles.ts'
import { forgetStandaloneHistory } from '../store/standalone.ts'
import { checkAttributes } from './attributes.ts'
import type { ControlDeps } from './control.ts'
import { requireProfile } from './find.ts'
import { hideInProfile } from './hide-secrets.ts'
import { look, lookWide, performInProject } from './perform.ts'
import type { ProfileInput } from './profile-inputs.ts'
import { requireRuntime } from './revision-spec.ts'
import { checkMetadata, checkName, isObject } from './validate.ts'
import type { ProfileVerbs } from './verbs.ts'
import type { ValidatedProfile } from './views.ts'

export function createProfileVerbs(deps: ControlDeps): ProfileVerbs {
  const validate = createProfileValidator(deps.runtimes)
  return {
    async create(caller, input) {
      const { profile } = await performInProject(deps, caller, {
        verb: 'profiles.create',
        input,
        work: async (scope) => {
          const name = checkName('name', input.name, input)
          const made: Profile = {
            id: scope.ids.next<ProfileId>(),
            projectId: scope.project.id,
            name,
            ...validate(input),
            metadata: checkMetadata('metadata', input.metadata ?? {}),
            attributes: checkAttributes('attributes', input.attributes ?? {}),
            createdAt: scope.now,
            createdBy: caller.principal.name,
            updatedAt: null,
          }
          if (!input.allowDuplicateName && (await isProfileNameTaken(scope.tx, scope.project.id, name)))
            throw new AlreadyExistsError('profile', name)
          await insertProfile(scope.tx, made)
          // Properties may hold passwords, in a node's environment: they stay out of the event.
          scope.event({
            type: 'profile.created',
            because: `${caller.principal.name} made profile "${name}" of type ${made.type} ${made.version}`,
            data: { profile: name, type: made.type, version: made.version },
          })
          return { profile: made }
        },
      })
      return profile
    },
    validate: (caller, input) =>
      look(deps, caller, 'profiles.validate', async () => hideInProfile(deps.runtimes, validate(input))),
    list: (caller, filter, page) =>
      lookWide(deps, caller, 'profiles.list', async (tx, projects) => {
        const where = { ...filter, ...(projects && { projectId: projects }) }
        const { items, nextCursor } = await listProfiles(tx, where, page)
        return { items: items.map((profile) => hideInProfile(deps.runtimes, profile)), nextCursor }
      }),
    get: (caller, ref) =>
      look(deps, caller, 'profiles.get', async (tx, project) =>
        hideInProfile(deps.runtimes, await requireProfile(tx, project.id, ref)),
      ),
    async update(caller, ref, changes) {
      const { profile } = await performInProject(deps, caller, {
        verb: 'profiles.update',
        input: [ref, changes],
        work: async (scope) => {
          const found = await requireProfile(scope.tx, scope.project.id, ref)
          const { name, metadata } = changes
          if (name === undefined && metadata === undefined) {
            throw new InvalidRequestError(
              'changes',
              'give a name or metadata; what a profile says never changes',
            )
          }
          const patch = {
            name: name === undefined ? found.name : checkName('name', name, changes),
            metadata: metadata === undefined ? found.metadata : checkMetadata('metadata', metadata),
            updatedAt: scope.now,
          }
          if (patch.name !== found.name && !changes.allowDuplicateName) {
            const isTaken = await isProfileNameTaken(scope.tx, scope.project.id, patch.name)
            if (isTaken) throw new AlreadyExistsError('profile', patch.name)
          }
          await patchProfile(scope.tx, found.id, patch)
          const renamed = patch.name === found.name ? '' : `, now "${patch.name}"`
          scope.event({
            type: 'profile.changed',
            because: `${caller.principal.name} changed profile "${found.name}"${renamed}`,
            data: { profile: patch.name },
          })
          return { profile: { ...found, ...patch } }
        },
      })
      return profile
    },
    async delete(caller, ref) {
      const { profile } = await performInProject(deps, caller, {
        verb: 'profiles.delete',
        input: [ref],
        work: async (scope) => {
          const found = await requireProfile(scope.tx, scope.project.id, ref)
          const standalone = standaloneClusterId(scope.project.id)
          if (await lockFence(scope.tx, standalone)) {
            await forgetStandaloneHistory(scope.tx, scope.project.id, found.id)
            await scope.ask(standalone)
          }
          const users = await findProfileUsers(scope.tx, found.id)
          if (users.length > 0) throw new InUseError('profile', found.name, users.join(', '))
          await deleteProfile(scope.tx, found.id)
          scope.event({
            type: 'profile.deleted',
            because: `${caller.principal.name} deleted profile "${found.name}"`,
            data: { profile: found.name },
          })
          return { profile: found }
        },
      })
      return profile
    },
    types: (caller) =>
      look(deps, caller, 'profiles.types', async () =>
        Object.values(deps.runtimes).map((runtime) => ({
          type: runtime.type,
          versions: runtime.versions,
          propertiesSchema: runtime.propertiesSchema,
          properties: describesProperties(runtime) ? runtime.properties : null,
          operations: supportsOperations(runtime) ? runtime.operations : {},
        })),
      ),
  }
}

/**
 * Checks properties against the schema of their type. Rules that need the bundle's manifest as well (is there
 * anything to run at all?) are the runtime's, and are looked at when a revision is made.
 */
export function createProfileValidator(
  runtimes: Readonly<Record<string, Runtime>>,
): (input: ProfileInput) => ValidatedProfile {
  const schemas = new Map(
    Object.values(runtimes).map((runtime) => [runtime.type, createSchemaCheck(runtime.propertiesSchema)]),
  )
  return ({ type, version: wanted, properties }) => {
    const runtime = requireRuntime(runtimes, type)
    const version = wanted ?? (runtime.versions.at(-1) as string)
    if (!runtime.versions.includes(version)) {
      throw new InvalidSpecError(
        'version',
        `type ${type} has no version "${version}"; there are: ${runtime.versions.join(', ')}`,
      )
    }
    if (!isObject(properties)) throw new InvalidSpecError('properties', 'must be an object')
    if (describesProperties(runtime)) runtime.checkProfile(version, properties as JsonObject)
    else checkProperties(schemas.get(type)!, properties as JsonObject, 'properties.')
    return { type, version, properties }
  }
}
