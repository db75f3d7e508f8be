import type { Deployment } from '../domain/deployment.ts'
import { AlreadyExistsError, InvalidRequestError, NotFoundError } from '../domain/errors.ts'
import type { DeploymentId } from '../domain/ids.ts'
import type { PublishedProject } from '../domain/published-project.ts'
import { findBundle } from '../store/bundles.ts'
import { isClusterNameTaken } from '../store/clusters.ts'
import { insertDeployment, isDeploymentNameTaken, patchDeployment } from '../store/deployments.ts'
import type { Tx } from '../store/store.ts'
import { checkAttributes } from './attributes.ts'
import type { CreateDeploymentInput, DeploymentChanges, Insistence } from './deployer-inputs.ts'
import { requireRight } from './deployer-rights.ts'
import { enforceGovernance } from './governance.ts'
import type { Scope } from './perform.ts'
import { placesOf, requireReadableInfra, requireReadableProject } from './readable.ts'
import { checkName, checkText } from './validate.ts'

/**
 * Writes a new deployment, of which nothing runs yet.
 * @throws AlreadyExistsError, NotFoundError, InvalidRequestError, ForbiddenError, GovernanceError
 */
export async function writeDeployment(scope: Scope, input: CreateDeploymentInput): Promise<Deployment> {
  const { tx, project } = scope
  const name = checkName('name', input.name)
  const infra = await requireReadableInfra(scope, input.infra)
  const publishedProject = await requireReadableProject(scope, input.publishedProject)
  requireRight(scope, 'deploy', [infra, publishedProject], 'deployments.create')
  const bundle = await requireBundleOf(tx, publishedProject, input.bundle)
  if (await isDeploymentNameTaken(tx, project.id, name)) throw new AlreadyExistsError('deployment', name)
  // Its cluster will have that name.
  const isTaken = await isClusterNameTaken(tx, { projectId: project.id, environmentId: null }, name)
  if (isTaken) throw new AlreadyExistsError('cluster', name)
  const { ignoreWarnings } = input
  await enforceGovernance(scope, {
    for: `deployment "${name}"`,
    infra,
    publishedProject,
    bundle,
    ignoreWarnings,
  })
  const made: Deployment = {
    id: scope.ids.next<DeploymentId>(),
    projectId: project.id,
    name,
    infraId: infra.id,
    publishedProjectId: publishedProject.id,
    bundleId: bundle.id,
    bundleVersion: bundle.version,
    enabled: checkBoolean('enabled', input.enabled ?? true),
    deployedProjectKey: checkOptional('deployedProjectKey', input.deployedProjectKey ?? null),
    projectFolderId: checkOptional('projectFolderId', input.projectFolderId ?? null),
    clusterId: null,
    attributes: checkAttributes('attributes', input.attributes ?? {}),
    createdAt: scope.now,
    createdBy: scope.principal.name,
    updatedAt: scope.now,
    version: 1,
  }
  await insertDeployment(tx, made)
  scope.event({
    type: 'deployment.created',
    because: `${scope.principal.name} made deployment "${name}" of ${publishedProject.key}@${bundle.version} on infra "${infra.name}" (${infra.stage})`,
    data: {
      deployment: name,
      infra: infra.name,
      publishedProject: publishedProject.key,
      bundle: bundle.version,
    },
  })
  return made
}

/** Changes what is wanted of a deployment. @throws NotFoundError, InvalidRequestError, ForbiddenError, GovernanceError */
export async function writeSettings(
  scope: Scope,
  found: Deployment,
  changes: DeploymentChanges,
  { ignoreWarnings }: Insistence = {},
): Promise<Deployment> {
  const { tx, principal } = scope
  const { bundle, enabled, deployedProjectKey, projectFolderId, attributes } = changes
  const { infra, publishedProject } = await placesOf(tx, found)
  requireRight(scope, 'deploy', [infra, publishedProject], 'deployments.save')
  const next = bundle === undefined ? undefined : await requireBundleOf(tx, publishedProject, bundle)
  if (next && next.id !== found.bundleId) {
    const wanted = { for: `deployment "${found.name}"`, infra, publishedProject, bundle: next }
    await enforceGovernance(scope, { ...wanted, ignoreWarnings })
  }
  const patch: Partial<Deployment> = {
    ...(next && { bundleId: next.id, bundleVersion: next.version }),
    ...(enabled !== undefined && { enabled: checkBoolean('enabled', enabled) }),
    ...(deployedProjectKey !== undefined && {
      deployedProjectKey: checkOptional('deployedProjectKey', deployedProjectKey),
    }),
    ...(projectFolderId !== undefined && {
      projectFolderId: checkOptional('projectFolderId', projectFolderId),
    }),
    ...(attributes !== undefined && { attributes: checkAttributes('attributes', attributes) }),
    updatedAt: scope.now,
    version: found.version + 1,
  }
  await patchDeployment(tx, found.id, patch)
  const saved = { ...found, ...patch }
  scope.event({
    type: 'deployment.changed',
    because: `${principal.name} saved deployment "${found.name}": ${differences(found, saved)}`,
    ...(found.clusterId !== null && { clusterId: found.clusterId }),
    data: { deployment: found.name, bundle: saved.bundleVersion, enabled: saved.enabled },
  })
  return saved
}

/**
 * A bundle of the published project.
 * @param version also with the project's key before it: `key@version`
 * @throws NotFoundError
 */
export async function requireBundleOf(tx: Tx, { projectId, key }: PublishedProject, version: string) {
  const name = version.startsWith(`${key}@`) ? version : `${key}@${version}`
  const found = await findBundle(tx, projectId, name)
  if (!found) throw new NotFoundError('bundle', name)
  return found
}

function differences(before: Deployment, after: Deployment): string {
  const said = [
    ...(before.bundleVersion === after.bundleVersion
      ? []
      : [`bundle ${after.bundleVersion} instead of ${before.bundleVersion}`]),
    ...(before.enabled === after.enabled ? [] : [after.enabled ? 'enabled' : 'disabled']),
  ]
  return said.length === 0 ? 'the bundle stays, and so does whether it is enabled' : said.join(', ')
}

function checkBoolean(field: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value
  throw new InvalidRequestError(field, 'must be true or false')
}

function checkOptional(field: string, value: unknown): string | null {
  return value === null ? null : checkText(field, value)
}
