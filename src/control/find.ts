import type { Bucket } from '../domain/bucket.ts'
import type { Bundle } from '../domain/bundle.ts'
import { type Cluster, DEFAULT_POOL, type NodePool } from '../domain/cluster.ts'
import type { Deployment } from '../domain/deployment.ts'
import type { Environment } from '../domain/environment.ts'
import { InvalidStateError, NotFoundError } from '../domain/errors.ts'
import type { ClusterId, ProjectId, RevisionId } from '../domain/ids.ts'
import type { Infra } from '../domain/infra.ts'
import type { Node } from '../domain/node.ts'
import type { Policy } from '../domain/policy.ts'
import type { Profile } from '../domain/profile.ts'
import type { PublishedProject } from '../domain/published-project.ts'
import type { Receiver } from '../domain/receiver.ts'
import type { Revision } from '../domain/revision.ts'
import type { Update } from '../domain/update.ts'
import { findOpenAction } from '../store/actions.ts'
import { findBucket } from '../store/buckets.ts'
import { findBundle, findNewestBundle } from '../store/bundles.ts'
import { findCluster, findPool } from '../store/clusters.ts'
import { findDeployment } from '../store/deployments.ts'
import { findEnvironment } from '../store/environments.ts'
import { findInfra } from '../store/infras.ts'
import { findNode, type NodeScope } from '../store/nodes.ts'
import { findPolicy } from '../store/policies.ts'
import { findProfile } from '../store/profiles.ts'
import { findPublishedProject } from '../store/published-projects.ts'
import { findReceiver } from '../store/receivers.ts'
import { getRevision } from '../store/revisions.ts'
import type { Tx } from '../store/store.ts'
import { getUpdate } from '../store/updates.ts'

/**
 * All of these give what a caller named: by its id, else its name, else the beginning of its id; a cluster that is in an
 * environment by `environment/name` in place of its name. They throw NotFoundError
 * with the reference as it was given, and AmbiguousError if several go by it.
 */
export async function requireCluster(tx: Tx, projectId: ProjectId, reference: string): Promise<Cluster> {
  return (await findCluster(tx, projectId, reference)) ?? missing('cluster', reference)
}

/** A cluster that may be changed. @throws InvalidStateError while it is being deleted */
export async function requireLiveCluster(tx: Tx, projectId: ProjectId, reference: string): Promise<Cluster> {
  const cluster = await requireCluster(tx, projectId, reference)
  if (cluster.status === 'Deleting') {
    throw new InvalidStateError(`cluster "${cluster.name}" is being deleted; nothing else can be asked of it`)
  }
  return cluster
}

export async function requirePool(
  tx: Tx,
  clusterId: ClusterId,
  reference: string = DEFAULT_POOL,
): Promise<NodePool> {
  return (await findPool(tx, clusterId, reference)) ?? missing('pool', reference)
}

/** A pool that may be changed. @throws InvalidStateError while it is being deleted */
export async function requireLivePool(tx: Tx, clusterId: ClusterId, reference?: string): Promise<NodePool> {
  const pool = await requirePool(tx, clusterId, reference)
  await checkPoolLives(tx, pool)
  return pool
}

/** @throws InvalidStateError while the pool is being deleted */
export async function checkPoolLives(tx: Tx, pool: NodePool): Promise<void> {
  const deletion = await findOpenAction(tx, pool.clusterId, 'POOL_DELETE', pool.id)
  if (deletion) {
    throw new InvalidStateError(
      `pool "${pool.name}" is being deleted by action ${deletion.id}; nothing else can be asked of it`,
    )
  }
}

export async function requireEnvironment(
  tx: Tx,
  projectId: ProjectId,
  reference: string,
): Promise<Environment> {
  return (await findEnvironment(tx, projectId, reference)) ?? missing('environment', reference)
}

export async function requireInfra(tx: Tx, projectId: ProjectId, reference: string): Promise<Infra> {
  return (await findInfra(tx, projectId, reference)) ?? missing('infra', reference)
}

/** Also by its key. */
export async function requirePublishedProject(
  tx: Tx,
  projectId: ProjectId,
  reference: string,
): Promise<PublishedProject> {
  return (await findPublishedProject(tx, projectId, reference)) ?? missing('published project', reference)
}

export async function requireDeployment(
  tx: Tx,
  projectId: ProjectId,
  reference: string,
): Promise<Deployment> {
  return (await findDeployment(tx, projectId, reference)) ?? missing('deployment', reference)
}

export async function requireNode(tx: Tx, scope: NodeScope, reference: string): Promise<Node> {
  return (await findNode(tx, scope, reference)) ?? missing('node', reference)
}

export async function requireProfile(tx: Tx, projectId: ProjectId, reference: string): Promise<Profile> {
  return (await findProfile(tx, projectId, reference)) ?? missing('profile', reference)
}

export async function requireReceiver(tx: Tx, projectId: ProjectId, reference: string): Promise<Receiver> {
  return (await findReceiver(tx, projectId, reference)) ?? missing('receiver', reference)
}

export async function requirePolicy(tx: Tx, projectId: ProjectId, reference: string): Promise<Policy> {
  return (await findPolicy(tx, projectId, reference)) ?? missing('policy', reference)
}

/** One of Drover's own. */
export async function requireBucket(tx: Tx, projectId: ProjectId, reference: string): Promise<Bucket> {
  return (await findBucket(tx, projectId, reference)) ?? missing('bucket', reference)
}

/** @param reference id, `name@version`, or a name alone for its newest version */
export async function requireBundle(tx: Tx, projectId: ProjectId, reference: string): Promise<Bundle> {
  const bundle =
    (await findBundle(tx, projectId, reference)) ?? (await findNewestBundle(tx, projectId, reference))
  return bundle ?? missing('bundle', reference)
}

export async function requireUpdate(tx: Tx, projectId: ProjectId, id: string): Promise<Update> {
  const update = await getUpdate(tx, id)
  return update?.projectId === projectId ? update : missing('update', id)
}

/** A revision that must be there, because a pool or an update names it. */
export async function requireRevision(tx: Tx, id: RevisionId): Promise<Revision> {
  return (await getRevision(tx, id)) ?? missing('revision', id)
}

function missing(kind: string, reference: string): never {
  throw new NotFoundError(kind, reference)
}
