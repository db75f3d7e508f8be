import { isDeepStrictEqual } from 'node:util'
import type { Attributes } from '../../domain/attributes.ts'
import type { Deployment } from '../../domain/deployment.ts'
import type { JsonObject } from '../../domain/ids.ts'
import { GOVERNANCE_POLICIES, type GovernancePolicy, type Infra } from '../../domain/infra.ts'
import { type Permission, type Permissions, RIGHTS } from '../../domain/permissions.ts'
import type { PublishedProject } from '../../domain/published-project.ts'
import { illegal } from './errors.ts'
import { optionalBooleanOf, optionalTextOf } from './read.ts'

/** The key of what this gateway's clients keep with infras, published projects and deployments. */
export const DSS = 'dss'

interface HasAttributes {
  readonly attributes: Attributes
}

/** What clients put into settings that has no meaning here. */
function keptOf({ attributes }: HasAttributes): JsonObject {
  return attributes[DSS] ?? {}
}

/**
 * The attributes after settings were saved: members that mean something are not kept beside.
 * @param known names of those that do
 */
export function attributesOf(
  before: HasAttributes,
  settings: JsonObject,
  known: ReadonlySet<string>,
): Attributes {
  const kept = Object.entries(settings).filter(([member]) => !known.has(member))
  const { [DSS]: _, ...others } = before.attributes
  return kept.length === 0 ? others : { ...others, [DSS]: Object.fromEntries(kept) }
}

/** What names a deployment's settings have a meaning for. */
export const DEPLOYMENT_MEMBERS: ReadonlySet<string> = new Set([
  ...(['id', 'type', 'infraId', 'publishedProjectKey', 'bundleId', 'enabled'] as const),
  ...(['deployedProjectKey', 'projectFolderId'] as const),
])

export const INFRA_MEMBERS: ReadonlySet<string> = new Set([
  ...(['id', 'type', 'stage', 'governCheckPolicy', 'permissions'] as const),
])

export const PROJECT_MEMBERS: ReadonlySet<string> = new Set([
  ...(['id', 'publishedProjectKey', 'name', 'permissions'] as const),
])

/** A deployment's settings as clients get them and send them back. */
export function presentDeploymentSettings(
  deployment: Deployment,
  infra: Infra,
  { key }: PublishedProject,
): JsonObject {
  const { name, bundleVersion, deployedProjectKey, projectFolderId, enabled } = deployment
  return {
    ...keptOf(deployment),
    id: name,
    type: 'STANDARD',
    infraId: infra.name,
    publishedProjectKey: key,
    bundleId: bundleVersion,
    deployedProjectKey: deployedProjectKey ?? key,
    ...(projectFolderId !== null && { projectFolderId }),
    enabled,
  }
}

export function presentInfraSettings(infra: Infra): JsonObject {
  return {
    ...keptOf(infra),
    id: infra.name,
    type: INFRA_TYPE,
    stage: infra.stage,
    governCheckPolicy: infra.governance,
    permissions: presentPermissions(infra.permissions),
  }
}

/** There is but one kind. */
export const INFRA_TYPE = 'AUTOMATION_NODE'

export function presentProjectSettings(project: PublishedProject): JsonObject {
  const { key, name, permissions } = project
  return {
    // Read by users' scripts; as empty as it is until somebody sets it.
    basicImageInfo: {},
    ...keptOf(project),
    id: key,
    publishedProjectKey: key,
    name,
    permissions: presentPermissions(permissions),
  }
}

/** @throws Fault if it is no policy */
export function readPolicy(settings: JsonObject): GovernancePolicy | undefined {
  const given = optionalTextOf(settings, 'governCheckPolicy')
  const policy = GOVERNANCE_POLICIES.find((known) => known === given)
  if (given !== undefined && policy === undefined) {
    throw illegal(`governCheckPolicy must be one of ${GOVERNANCE_POLICIES.join(', ')}`)
  }
  return policy
}

/** Where roles decide nobody is listed. */
function presentPermissions(permissions: Permissions): JsonObject[] {
  return (permissions ?? []).map((permission) => ({ ...permission }))
}

/**
 * The change of permissions that was saved, which takes an administrator; none if they came back as they were shown. So an empty
 * list stays what it was shown for: that the roles decide.
 * @throws Fault if it is no list of them
 */
export function readPermissions(
  settings: JsonObject,
  before: Permissions,
): { readonly permissions?: readonly Permission[] } {
  const given = settings['permissions']
  if (given === undefined || given === null) return {}
  if (!Array.isArray(given)) throw illegal('permissions must be an array')
  const permissions = given.map((entry, index) => readPermission(entry, `permissions[${index}]`))
  return isDeepStrictEqual(permissions, before ?? []) ? {} : { permissions }
}

function readPermission(entry: unknown, path: string): Permission {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry))
    throw illegal(`${path} must be an object`)
  const given = entry as JsonObject
  const group = optionalTextOf(given, 'group')
  const user = optionalTextOf(given, 'user')
  if ((group === undefined) === (user === undefined)) throw illegal(`${path} must have a group or a user`)
  const rights = RIGHTS.map((right) => [right, optionalBooleanOf(given, right) ?? false])
  const party = group === undefined ? { user } : { group }
  return { ...party, ...Object.fromEntries(rights) }
}
