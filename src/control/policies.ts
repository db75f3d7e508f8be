import { AlreadyExistsError, InUseError, InvalidRequestError, InvalidSpecError } from '../domain/errors.ts'
import type { PolicyId } from '../domain/ids.ts'
import { nearest } from '../domain/nearest.ts'
import type { Policy } from '../domain/policy.ts'
import { toJsonSchema } from '../domain/property-schema.ts'
import { findPolicyType, policyTypes } from '../policies/index.ts'
import type { PolicyType } from '../policies/policy.ts'
import {
  deletePolicy,
  findPolicyUsers,
  insertPolicy,
  isPolicyNameTaken,
  listPolicies,
  patchPolicy,
} from '../store/policies.ts'
import { checkAttributes } from './attributes.ts'
import type { ControlDeps } from './control.ts'
import { requirePolicy } from './find.ts'
import { limitsOf } from './limits.ts'
import { look, lookWide, performInProject, type Scope } from './perform.ts'
import type { PolicyInput, PolicyTypeView, PolicyVerbs, ValidatedPolicy } from './policy-verbs.ts'
import { checkMetadata, checkName, checkText } from './validate.ts'

export function createPolicyVerbs(deps: ControlDeps): PolicyVerbs {
  const validate = (input: PolicyInput) => validatePolicy(deps, input)
  return {
    async create(caller, input) {
      const { policy } = await performInProject(deps, caller, {
        verb: 'policies.create',
        input,
        work: async (scope) => {
          const name = checkName('name', input.name, input)
          const made: Policy = {
            id: scope.ids.next<PolicyId>(),
            projectId: scope.project.id,
            name,
            ...validate(input),
            description: checkDescription(input.description),
            metadata: checkMetadata('metadata', input.metadata ?? {}),
            attributes: checkAttributes('attributes', input.attributes ?? {}),
            data: {},
            createdBy: caller.principal.name,
            createdAt: scope.now,
            updatedAt: null,
          }
          if (!input.allowDuplicateName) await checkNameIsFree(scope, name)
          await insertPolicy(scope.tx, made)
          // Properties may hold addresses with credentials in them: they stay out of the event.
          scope.event({
            type: 'policy.created',
            because: `${caller.principal.name} made policy "${name}" of type ${made.type} ${made.version}`,
            data: { policy: name, type: made.type, version: made.version },
          })
          return { policy: made }
        },
      })
      return policy
    },
    validate: (caller, input) => look(deps, caller, 'policies.validate', async () => validate(input)),
    list: (caller, filter, page) =>
      lookWide(deps, caller, 'policies.list', (tx, projects) =>
        listPolicies(tx, { ...filter, ...(projects && { projectId: projects }) }, page),
      ),
    get: (caller, ref) =>
      look(deps, caller, 'policies.get', (tx, project) => requirePolicy(tx, project.id, ref)),
    async update(caller, ref, changes) {
      const { policy } = await performInProject(deps, caller, {
        verb: 'policies.update',
        input: [ref, changes],
        work: async (scope) => {
          const found = await requirePolicy(scope.tx, scope.project.id, ref)
          const { name, description, metadata } = changes
          if (name === undefined && description === undefined && metadata === undefined) {
            throw new InvalidRequestError('changes', 'give a name, a description or metadata')
          }
          const patch = {
            name: name === undefined ? found.name : checkName('name', name, changes),
            description: description === undefined ? found.description : checkDescription(description),
            metadata: metadata === undefined ? found.metadata : checkMetadata('metadata', metadata),
            updatedAt: scope.now,
          }
          if (patch.name !== found.name && !changes.allowDuplicateName)
            await checkNameIsFree(scope, patch.name)
          await patchPolicy(scope.tx, found.id, patch)
          const renamed = patch.name === found.name ? '' : `, now "${patch.name}"`
          scope.event({
            type: 'policy.changed',
            because: `${caller.principal.name} changed policy "${found.name}"${renamed}`,
            data: { policy: patch.name },
          })
          return { policy: { ...found, ...patch } }
        },
      })
      return policy
    },
    async delete(caller, ref) {
      const { policy } = await performInProject(deps, caller, {
        verb: 'policies.delete',
        input: [ref],
        work: async (scope) => {
          const found = await requirePolicy(scope.tx, scope.project.id, ref)
          const users = await findPolicyUsers(scope.tx, found.id)
          if (users.length > 0) throw new InUseError('policy', found.name, users.join(', '))
          await deletePolicy(scope.tx, found.id)
          scope.event({
            type: 'policy.deleted',
            because: `${caller.principal.name} deleted policy "${found.name}"`,
            data: { policy: found.name },
          })
          return { policy: found }
        },
      })
      return policy
    },
    types: (caller) => look(deps, caller, 'policies.types', async () => policyTypes.map(viewType)),
  }
}

function validatePolicy(
  deps: ControlDeps,
  { type: name, version: wanted, properties }: PolicyInput,
): ValidatedPolicy {
  const type = findPolicyType(name)
  if (!type) throw new InvalidSpecError('type', unknownType(name))
  const version = wanted ?? (type.versions.at(-1) as string)
  if (!type.versions.includes(version)) {
    throw new InvalidSpecError(
      'version',
      `type ${type.type} has no version "${version}"; there are: ${type.versions.join(', ')}`,
    )
  }
  const { healthMinIntervalSeconds } = limitsOf(deps)
  const spec = type.parse(version, properties)
  type.checkLimits?.(spec, { healthMinIntervalSeconds })
  return { type: type.type, version, properties }
}

function unknownType(name: string): string {
  const known = policyTypes.map(({ type }) => type)
  const near = nearest(name, known)
  return `"${name}" is no type of policy; ${near === undefined ? `there are: ${known.join(', ')}` : `did you mean "${near}"?`}`
}

function viewType(definition: PolicyType): PolicyTypeView {
  const { type, description, versions, properties, priority, isRepeatable, targets } = definition
  const schemas = Object.fromEntries(versions.map((version) => [version, toJsonSchema(properties, version)]))
  const { unsupportedProfileTypes } = definition
  return {
    ...{ type, description, versions, schemas, properties, priority, isRepeatable, targets },
    unsupportedProfileTypes,
  }
}

function checkDescription(description: string | null | undefined): string | null {
  return description === undefined || description === null ? null : checkText('description', description)
}

async function checkNameIsFree({ tx, project }: Scope, name: string): Promise<void> {
  if (await isPolicyNameTaken(tx, project.id, name)) throw new AlreadyExistsError('policy', name)
}
