import { DEFAULT_POOL } from '../domain/cluster.ts'
import type { Deployment } from '../domain/deployment.ts'
import { type DeploymentFacts, judgeDeployment } from '../domain/deployment-health.ts'
import type { ClusterId } from '../domain/ids.ts'
import type { Principal, Project } from '../domain/principal.ts'
import { getCluster } from '../store/clusters.ts'
import { type DeploymentUpdateRecord, loadLastUpdates } from '../store/deployment-updates.ts'
import { loadInfras } from '../store/infras.ts'
import { loadProfileHeads } from '../store/profiles.ts'
import { loadPublishedProjects } from '../store/published-projects.ts'
import { getRevision } from '../store/revisions.ts'
import type { Tx } from '../store/store.ts'
import { loadUpdates } from '../store/updates.ts'
import { viewClusters } from './cluster-views.ts'
import { hasRight } from './deployer-rights.ts'
import type { DeploymentStatus, DeploymentUpdateView, DeploymentView } from './deployer-verbs.ts'
import type { ClusterView } from './views.ts'

/** The light status. A constant number of queries, however many deployments. */
export async function viewDeployments(
  tx: Tx,
  project: Project,
  principal: Principal,
  deployments: readonly Deployment[],
): Promise<DeploymentView[]> {
  const infras = await loadInfras(tx, [...new Set(deployments.map(({ infraId }) => infraId))])
  const published = await loadPublishedProjects(tx, [
    ...new Set(deployments.map(({ publishedProjectId }) => publishedProjectId)),
  ])
  const updates = await loadLastUpdates(
    tx,
    deployments.map(({ id }) => id),
  )
  return deployments.map((deployment) => {
    // Neither can be deleted while a deployment refers to it.
    const infra = infras.get(deployment.infraId)!
    const publishedProject = published.get(deployment.publishedProjectId)!
    return {
      deployment,
      infra,
      publishedProject,
      deployed: updates.get(deployment.id)?.deployed ?? null,
      lastUpdate: updates.get(deployment.id)?.last ?? null,
      canDeploy: hasRight(principal, project, 'deploy', [infra, publishedProject]),
    }
  })
}

/** The heavy status: what is there, and what that means. */
export async function viewDeploymentStatus(
  tx: Tx,
  project: Project,
  principal: Principal,
  deployment: Deployment,
): Promise<DeploymentStatus> {
  const [light] = await viewDeployments(tx, project, principal, [deployment])
  const view = light!
  const { deployed, lastUpdate } = view
  const cluster = deployment.clusterId && (await viewCluster(tx, deployment.clusterId))
  const last = lastUpdate && (await viewDeploymentUpdate(tx, deployment, lastUpdate))
  const judged = judgeDeployment({
    wanted: deployment,
    deployed,
    last,
    cluster: cluster ? await factsOf(tx, cluster, view) : null,
  })
  return { ...view, ...judged, cluster: cluster || null }
}

/** An update, with the words of the cluster's own update if there is one. */
export async function viewDeploymentUpdate(
  tx: Tx,
  { name }: Pick<Deployment, 'name'>,
  record: DeploymentUpdateRecord,
): Promise<DeploymentUpdateView> {
  const [view] = await viewDeploymentUpdates(tx, new Map([[record.deploymentId, name]]), [record])
  return view!
}

/** @param names of the deployments, by id */
export async function viewDeploymentUpdates(
  tx: Tx,
  names: ReadonlyMap<string, string>,
  records: readonly DeploymentUpdateRecord[],
): Promise<DeploymentUpdateView[]> {
  const ids = records.flatMap(({ updateId }) => updateId ?? [])
  const updates = new Map((await loadUpdates(tx, ids)).map((update) => [update.id, update]))
  return records.map((record) => {
    const clusterUpdate = (record.updateId && updates.get(record.updateId)) ?? null
    const { action, fillActionId, createdAt } = record
    const own = action?.id === fillActionId ? null : clusterUpdate?.because
    return {
      ...record,
      deployment: names.get(record.deploymentId) ?? record.deploymentId,
      because: own ?? action?.statusReason ?? 'nothing differed',
      startedAt: action ? action.startedAt : createdAt,
      endedAt: action ? action.endedAt : createdAt,
      clusterUpdate,
    }
  })
}

async function viewCluster(tx: Tx, id: ClusterId): Promise<ClusterView | null> {
  const cluster = await getCluster(tx, id)
  if (!cluster) return null
  const [view] = await viewClusters(tx, [cluster])
  return view!
}

async function factsOf(
  tx: Tx,
  { cluster, pools }: ClusterView,
  { deployed, infra }: DeploymentView,
): Promise<DeploymentFacts['cluster']> {
  const view = pools.find(({ pool }) => pool.name === DEFAULT_POOL)
  if (!view) return null
  const { pool, nodes, sync, profile, updateInFlight } = view
  const wanted = infra.profileId !== null && infra.profileId !== profile.id ? [infra.profileId] : []
  const [other] = (await loadProfileHeads(tx, wanted)).values()
  const committed = await getRevision(tx, pool.committedRevisionId)
  return {
    status: cluster.status,
    statusReason: cluster.statusReason,
    bundle: committed?.spec.code?.bundle ?? null,
    isAsDeployed: pool.committedRevisionId === deployed?.revisionId,
    isUpdating: updateInFlight !== null,
    desiredCapacity: pool.desiredCapacity,
    nodes,
    differences: sync.reasons.map(({ because }) => because).join('; '),
    otherProfile: other?.name ?? null,
  }
}
