import type { Action } from '../domain/action.ts'
import type { Deployment, DeploymentUpdate, DeploymentUpdateKind } from '../domain/deployment.ts'
import { DeploymentBusyError, InvalidStateError } from '../domain/errors.ts'
import type { DeploymentUpdateId } from '../domain/ids.ts'
import type { Infra } from '../domain/infra.ts'
import type { Project } from '../domain/principal.ts'
import type { Profile } from '../domain/profile.ts'
import type { PublishedProject } from '../domain/published-project.ts'
import type { RevisionSpec } from '../domain/revision.ts'
import type { UpdateParams } from '../domain/update.ts'
import {
  insertDeploymentUpdate,
  type LastUpdates,
  loadLastUpdates,
  pruneDeploymentUpdates,
} from '../store/deployment-updates.ts'
import { patchDeployment } from '../store/deployments.ts'
import type { Tx } from '../store/store.ts'
import { type Candidate, resolveAsGiven, toTarget } from './candidate.ts'
import { viewPools } from './cluster-views.ts'
import { writeClusterDeletion } from './clusters.ts'
import type { Caller, ControlDeps } from './control.ts'
import type { Insistence } from './deployer-inputs.ts'
import { requireRight } from './deployer-rights.ts'
import type { StartedDeploymentUpdate } from './deployer-verbs.ts'
import { ensureProfile, profileFor } from './deployment-profile.ts'
import { requireBundle, requireCluster, requireLiveCluster, requireLivePool } from './find.ts'
import { enforceGovernance } from './governance.ts'
import { writeNewCluster } from './new-cluster.ts'
import { OutdatedPreparation, performInProject, type Scope } from './perform.ts'
import { placesOf, requireReadableDeployment, type Viewer } from './readable.ts'
import { makeRevisionSpec } from './revision-spec.ts'
import { writeUpdate } from './start-update.ts'
import { resolveUpdateParams } from './update-params.ts'

/** Updates of a deployment that its history keeps. */
const MOST_KEPT = 100

/** What an update of a deployment will do, before anything of it is written. */
type Plan =
  | { readonly kind: 'Create'; readonly spec: RevisionSpec; readonly profile: Profile }
  | {
      readonly kind: 'Update' | 'Repair'
      readonly candidate: Candidate
      readonly profile: Profile
      /** It has fewer nodes than it should: what was to make them was cancelled, or failed. */
      readonly isShort: boolean
    }
  /** The nodes that are there are in order, but there are too few. */
  | { readonly kind: 'Fill'; readonly candidate: Candidate; readonly profile: Profile }
  | { readonly kind: 'Remove' }
  | { readonly kind: 'Nothing' }

/** What was written of it. */
type Written = Pick<DeploymentUpdate, 'kind' | 'actionId' | 'updateId' | 'fillActionId' | 'revisionId'> &
  Pick<Deployment, 'clusterId'>

/** What most kinds of it do without. */
const NO_UPDATE = { updateId: null, fillActionId: null } as const

/** @see DeploymentVerbs.startUpdate */
export async function startDeploymentUpdate(
  deps: ControlDeps,
  caller: Caller,
  ref: string,
  options: Insistence = {},
): Promise<StartedDeploymentUpdate> {
  return await performInProject(deps, caller, {
    verb: 'deployments.startUpdate',
    input: Object.keys(options).length === 0 ? [ref] : [ref, options],
    prepare: async (project) => {
      const { principal } = caller
      const found = await deps.store.read((tx) => load({ tx, project, principal }, ref))
      return { ...found, plan: await planDeployment(deps, project, found) }
    },
    work: async (scope, prepared) => {
      const { deployment, infra, plan } = prepared
      const now = await load(scope, deployment.id)
      const isOutdated =
        now.deployment.version !== deployment.version ||
        now.deployment.clusterId !== deployment.clusterId ||
        now.infra.version !== infra.version ||
        now.updates.last?.id !== prepared.updates.last?.id
      if (isOutdated) throw new OutdatedPreparation()
      if (deployment.enabled) {
        await enforceGovernance(scope, {
          for: `deployment "${deployment.name}"`,
          infra,
          publishedProject: now.publishedProject,
          bundle: await requireBundle(scope.tx, scope.project.id, deployment.bundleId),
          ignoreWarnings: options.ignoreWarnings,
        })
      }
      const written = await carryOut(deps, scope, prepared, plan)
      return await record(scope, prepared, written)
    },
  })
}

interface Loaded {
  readonly deployment: Deployment
  readonly infra: Infra
  readonly publishedProject: PublishedProject
  readonly updates: LastUpdates
}

/** @throws DeploymentBusyError while an update of it runs */
async function load(viewer: Viewer, ref: string): Promise<Loaded> {
  const { tx } = viewer
  const deployment = await requireReadableDeployment(viewer, ref)
  const { infra, publishedProject } = await placesOf(tx, deployment)
  requireRight(viewer, 'deploy', [infra, publishedProject], 'deployments.startUpdate')
  const updates = (await loadLastUpdates(tx, [deployment.id])).get(deployment.id)!
  if (updates.last?.status === 'Running') throw new DeploymentBusyError(deployment.name, updates.last.id)
  return { deployment, infra, publishedProject, updates }
}

/** @throws InvalidSpecError, InvalidStateError, NotFoundError, ConflictError */
async function planDeployment(
  deps: ControlDeps,
  project: Project,
  { deployment, infra, updates }: Loaded,
): Promise<Plan> {
  const { clusterId, enabled } = deployment
  if (!enabled) return { kind: clusterId === null ? 'Nothing' : 'Remove' }
  const { profile, bundle } = await deps.store.read(async (tx) => ({
    profile: await profileFor(deps, tx, project.id, infra),
    bundle: await requireBundle(tx, project.id, deployment.bundleId),
  }))
  const code = { bundle, initializationScript: null, commandLineArguments: [] }
  const spec = await makeRevisionSpec(deps, { profile, code, nodeTemplate: {}, version: null })
  if (clusterId === null) return { kind: 'Create', spec, profile }
  const params = paramsFor(infra, updates)
  const base = await resolveAsGiven(deps, project, clusterId, { params })
  const { type } = base.committed.spec.profile
  if (profile.type !== type) {
    throw new InvalidStateError(
      `infra "${infra.name}" has profile "${profile.name}" of type ${profile.type} now, and the nodes of deployment "${deployment.name}" are of type ${type}, which they keep: disable it and update it, then enable it and update it again`,
    )
  }
  const target = toTarget(base.committed, spec)
  const { isShort, isInOrder } = await deps.store.read((tx) => lookAtNodes(tx, base))
  if (target.kind === 'new') return { kind: 'Update', candidate: { ...base, target }, profile, isShort }
  const candidate: Candidate = { ...base, type: 'Repair', target }
  if (!isInOrder) return { kind: 'Repair', candidate, profile, isShort }
  if (isShort) return { kind: 'Fill', candidate, profile }
  const isAsDeployed = updates.deployed?.revisionId === base.committed.id
  return isAsDeployed ? { kind: 'Nothing' } : { kind: 'Repair', candidate, profile, isShort }
}

/** Where nothing has been deployed yet, there is nothing that worked which nodes could go back to. */
function paramsFor({ updateDefaults }: Infra, { deployed }: LastUpdates): UpdateParams {
  const params = resolveUpdateParams(updateDefaults, {})
  return deployed?.enabled ? params : { ...params, onFailure: 'continue' }
}

/** Whether there are too few nodes, and whether those that are there serve on the committed revision, and none is moved. */
async function lookAtNodes(tx: Tx, { pool }: Candidate) {
  const [view] = await viewPools(tx, [pool])
  const { nodes, updateInFlight } = view!
  const there = nodes.total - nodes.deleting
  return {
    isShort: there < pool.desiredCapacity,
    isInOrder: updateInFlight === null && nodes.differing === 0 && nodes.available === there,
  }
}

async function carryOut(
  deps: ControlDeps,
  scope: Scope,
  { deployment, infra, updates }: Loaded,
  plan: Plan,
): Promise<Written> {
  const { clusterId } = deployment
  if (plan.kind === 'Nothing') {
    const revisionId = deployment.enabled ? (updates.deployed?.revisionId ?? null) : null
    return { kind: plan.kind, actionId: null, ...NO_UPDATE, revisionId, clusterId }
  }
  if (plan.kind === 'Remove') {
    const cluster = await requireCluster(scope.tx, scope.project.id, clusterId as string)
    const { action } = await writeClusterDeletion(scope, cluster)
    return { kind: plan.kind, actionId: action.id, ...NO_UPDATE, revisionId: null, clusterId }
  }
  await ensureProfile(scope, plan.profile)
  if (plan.kind === 'Create') {
    const { cluster, revision, action } = await writeNewCluster(deps, scope, {
      name: deployment.name,
      allowDuplicateName: false,
      environment: null,
      metadata: {},
      config: {},
      attributes: {},
      driftRepair: 'manual',
      timeoutSeconds: null,
      platform: null,
      updateDefaults: infra.updateDefaults,
      sizes: { desiredCapacity: infra.size, minSize: infra.minSize, maxSize: infra.maxSize },
      spec: plan.spec,
    })
    return {
      kind: plan.kind,
      actionId: action.id,
      ...NO_UPDATE,
      revisionId: revision.id,
      clusterId: cluster.id,
    }
  }
  if (plan.kind === 'Fill') {
    const { cluster, pool, committed } = plan.candidate
    const live = await requireLiveCluster(scope.tx, scope.project.id, cluster.id)
    const now = await requireLivePool(scope.tx, live.id, pool.id)
    if (now.committedRevisionId !== committed.id) throw new OutdatedPreparation()
    const { id } = await fill(scope, plan.candidate)
    return { kind: 'Repair', actionId: id, ...NO_UPDATE, revisionId: committed.id, clusterId }
  }
  const { update, action, revision } = await writeUpdate(deps, scope, plan.candidate)
  const fillActionId = plan.isShort ? (await fill(scope, plan.candidate)).id : null
  const revisionId = revision.id
  return { kind: plan.kind, actionId: action.id, updateId: update.id, fillActionId, revisionId, clusterId }
}

/** Has the nodes made that the pool should have and has not. */
async function fill(scope: Scope, { cluster, pool }: Candidate): Promise<Action> {
  const inputs = { poolId: pool.id }
  const action = await scope.act({
    name: 'CLUSTER_RESIZE',
    clusterId: cluster.id,
    poolId: pool.id,
    inputs,
  })
  scope.event({
    type: 'pool.resizeRequested',
    clusterId: cluster.id,
    actionId: action.id,
    because: `${scope.principal.name} asked for the nodes that pool "${pool.name}" of cluster "${cluster.name}" lacks`,
    data: { pool: pool.name },
  })
  return action
}

const DOES = {
  Create: 'makes cluster',
  Update: 'moves cluster',
  Repair: 'brings back the nodes of cluster',
  Remove: 'removes cluster',
} as const satisfies Partial<Record<DeploymentUpdateKind, string>>

async function record(
  { tx, ids, now, principal, ...scope }: Scope,
  { deployment, updates }: Loaded,
  { clusterId, ...written }: Written,
): Promise<StartedDeploymentUpdate> {
  const { id, name, projectId, bundleId, bundleVersion, enabled } = deployment
  const deploymentUpdate: DeploymentUpdate = {
    id: ids.next<DeploymentUpdateId>(),
    projectId,
    deploymentId: id,
    number: (updates.last?.number ?? 0) + 1,
    ...written,
    bundleId,
    bundleVersion,
    enabled,
    createdAt: now,
    createdBy: principal.name,
  }
  await insertDeploymentUpdate(tx, deploymentUpdate)
  await pruneDeploymentUpdates(tx, id, MOST_KEPT)
  if (clusterId !== deployment.clusterId) await patchDeployment(tx, id, { clusterId })
  const { kind, actionId, updateId } = written
  const what = enabled ? `to bundle ${bundleVersion}` : 'which is disabled'
  const does = kind === 'Nothing' ? 'nothing differs' : `it ${DOES[kind]} "${name}"`
  scope.event({
    type: 'deployment.updateStarted',
    because: `${principal.name} updates deployment "${name}" ${what}: ${does}`,
    ...(clusterId !== null && { clusterId }),
    ...(actionId !== null && { actionId }),
    ...(updateId !== null && { updateId }),
    data: { deployment: name, deploymentUpdate: deploymentUpdate.id, kind, bundle: bundleVersion, enabled },
  })
  return {
    deployment: { ...deployment, clusterId },
    deploymentUpdate,
    isRunning: kind !== 'Nothing',
  }
}
