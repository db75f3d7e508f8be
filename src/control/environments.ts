import type { Environment } from '../domain/environment.ts'
import {
  AlreadyExistsError,
  InUseError,
  InvalidRequestError,
  LimitExceededError,
  PreconditionFailedError,
} from '../domain/errors.ts'
import type { EnvironmentId } from '../domain/ids.ts'
import {
  countEnvironments,
  deleteEnvironment,
  findClustersIn,
  insertEnvironment,
  isEnvironmentNameTaken,
  listEnvironments,
  patchEnvironment,
} from '../store/environments.ts'
import { attributesAfter, checkAttributes, wordOf } from './attributes.ts'
import type { Caller, ControlDeps } from './control.ts'
import type { EnvironmentVerbs } from './environment-verbs.ts'
import { requireEnvironment } from './find.ts'
import { limitsOf } from './limits.ts'
import { look, performInProject, type Scope } from './perform.ts'
import { checkName, checkText } from './validate.ts'

export function createEnvironmentVerbs(deps: ControlDeps): EnvironmentVerbs {
  return {
    async create(caller, input) {
      const { environment } = await performInProject(deps, caller, {
        verb: 'environments.create',
        input,
        work: async (scope) => {
          const made: Environment = {
            id: scope.ids.next<EnvironmentId>(),
            projectId: scope.project.id,
            name: checkName('name', input.name),
            description: toDescription(input.description),
            attributes: checkAttributes('attributes', input.attributes ?? {}),
            createdAt: scope.now,
            createdBy: caller.principal.name,
            updatedAt: scope.now,
            version: 1,
          }
          await checkRoom(deps, scope)
          await checkNameIsFree(scope, made.name)
          await insertEnvironment(scope.tx, made)
          scope.event({
            type: 'environment.created',
            because: `${caller.principal.name} made environment "${made.name}"`,
            data: { environment: made.name },
          })
          return { environment: made }
        },
      })
      return environment
    },
    list: (caller, filter, page) =>
      look(deps, caller, 'environments.list', (tx, project) =>
        listEnvironments(tx, { projectId: project.id, ...filter }, page),
      ),
    get: (caller, ref) =>
      look(deps, caller, 'environments.get', (tx, project) => requireEnvironment(tx, project.id, ref)),
    async update(caller, ref, changes, match = {}) {
      const { name, description } = changes
      return await change(deps, caller, {
        verb: 'environments.update',
        ref,
        input: [ref, changes, match],
        patch: async (scope, found) => {
          if (match.ifMatch !== undefined && match.ifMatch !== found.version) {
            throw new PreconditionFailedError('environment', ref)
          }
          if (name === undefined && description === undefined) {
            throw new InvalidRequestError('changes', 'give a name or a description')
          }
          const next = {
            name: name === undefined ? found.name : checkName('name', name),
            description: description === undefined ? found.description : toDescription(description),
          }
          if (next.name !== found.name) await checkNameIsFree(scope, next.name)
          return next
        },
        what: name === undefined ? 'the description' : `the name, now "${name}",`,
      })
    },
    setAttributes: (caller, ref, attributes) =>
      change(deps, caller, {
        verb: 'environments.setAttributes',
        ref,
        input: [ref, attributes],
        patch: async (_scope, found) => ({ attributes: attributesAfter(found, attributes) }),
        what: `the ${wordOf(attributes)}`,
      }),
    async delete(caller, ref) {
      const { environment } = await performInProject(deps, caller, {
        verb: 'environments.delete',
        input: [ref],
        work: async (scope) => {
          const found = await requireEnvironment(scope.tx, scope.project.id, ref)
          const users = await findClustersIn(scope.tx, found.id)
          if (users.length > 0) {
            const named = users.map((cluster) => `"${found.name}/${cluster}"`).join(', ')
            throw new InUseError('environment', found.name, `the clusters ${named}: delete them first`)
          }
          await deleteEnvironment(scope.tx, found.id)
          scope.event({
            type: 'environment.deleted',
            because: `${caller.principal.name} deleted environment "${found.name}"`,
            data: { environment: found.name },
          })
          return { environment: found }
        },
      })
      return environment
    },
  }
}

async function change(
  deps: ControlDeps,
  caller: Caller,
  request: {
    readonly verb: string
    readonly ref: string
    readonly input: unknown
    /** What of the environment is another from now on. */
    readonly patch: (scope: Scope, found: Environment) => Promise<Partial<Environment>>
    /** What was changed, for the event. */
    readonly what: string
  },
): Promise<Environment> {
  const { environment } = await performInProject(deps, caller, {
    verb: request.verb,
    input: request.input,
    work: async (scope) => {
      const found = await requireEnvironment(scope.tx, scope.project.id, request.ref)
      const patch = {
        ...(await request.patch(scope, found)),
        updatedAt: scope.now,
        version: found.version + 1,
      }
      await patchEnvironment(scope.tx, found.id, patch)
      scope.event({
        type: 'environment.changed',
        because: `${caller.principal.name} changed ${request.what} of environment "${found.name}"`,
        data: { environment: found.name },
      })
      return { environment: { ...found, ...patch } }
    },
  })
  return environment
}

function toDescription(given: string | null | undefined): string | null {
  return given === undefined || given === null ? null : checkText('description', given)
}

async function checkNameIsFree({ tx, project }: Scope, name: string): Promise<void> {
  if (await isEnvironmentNameTaken(tx, project.id, name)) throw new AlreadyExistsError('environment', name)
}

async function checkRoom(deps: ControlDeps, { tx, project }: Scope): Promise<void> {
  const { maxEnvironmentsPerProject: most } = limitsOf(deps)
  if (most === 0 || (await countEnvironments(tx, project.id)) < most) return
  throw new LimitExceededError(
    `project "${project.name}" has ${most} environments, and may not have more: delete one, or raise the setting environments.maxPerProject`,
    { field: 'project' },
  )
}
