import type { Deployment } from '../domain/deployment.ts'
import { AlreadyExistsError, InvalidRequestError, NotFoundError } from '../domain/errors.ts'
import type { DeploymentId } from '../domain/ids.ts'
import type { PublishedProject } from '../domain/published-project.ts'
import { findBundle } from '../store/bundles.ts'
import { isClusterNameTaken } from '../store/clusters.ts'
import { insertDeployment, isDeploymentNameTaken, patchDeployment } from '../store/deployments.ts'
import type { Tx } from '../store/store.ts'
import { checkAttributes } from './attributes.ts'
import type { CreateDeploymentInput, DeploymentChanges } from './deployer-inputs.ts'
import { requireInfra, requirePublishedProject } from './find.ts'
import type { Scope } from './perform.ts'
import { checkName, checkText } from './validate.ts'

/** Writes a new deployment, of which nothing runs yet. @throws AlreadyExistsError, NotFoundError, InvalidRequestError */
export async function writeDeployment(scope: Scope, input: CreateDeploymentInput): Promise<Deployment> {
  const { tx, project } = scope
  const name = checkName('name', input.name)
  const infra = await requireInfra(tx, project.id, input.infra)
  const publishedProject = await requirePublishedProject(tx, project.id, input.publishedProject)
  const bundle = await requireBundleOf(tx, publishedProject, input.bundle)
  if (await isDeploymentNameTaken(tx, project.id, name)) throw new AlreadyExistsError('deployment', name)
  // Its cluster will have that name.
  const isTaken = await isClusterNameTaken(tx, { projectId: project.id, environmentId: null }, name)
  if (isTaken) throw new AlreadyExistsError('cluster', name)
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

/** Changes what is wanted of a deployment. @throws NotFoundError, InvalidRequestError */
export async function writeSettings(
  scope: Scope,
  found: Deployment,
  changes: DeploymentChanges,
): Promise<Deployment> {
  const { tx, project, principal } = scope
  const { bundle, enabled, deployedProjectKey, projectFolderId, attributes } = changes
  const publishedProject = await requirePublishedProject(tx, project.id, found.publishedProjectId)
  const next = bundle === undefined ? undefined : await requireBundleOf(tx, publishedProject, bundle)
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
async function requireBundleOf(tx: Tx, { projectId, key }: PublishedProject, version: string) {
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
