import type { Attributes } from '../domain/attributes.ts'
import { type Cluster, DEFAULT_POOL } from '../domain/cluster.ts'
import type { DriftRepair } from '../domain/drift.ts'
import type { Environment } from '../domain/environment.ts'
import { AlreadyExistsError, LimitExceededError } from '../domain/errors.ts'
import type { ClusterId, JsonObject } from '../domain/ids.ts'
import type { ClusterPlatform } from '../domain/platform-version.ts'
import type { RevisionSpec } from '../domain/revision.ts'
import type { UpdateParams } from '../domain/update.ts'
import { countClusters, insertCluster, isClusterNameTaken } from '../store/clusters.ts'
import type { ControlDeps } from './control.ts'
import { limitsOf } from './limits.ts'
import { insertNewPool } from './new-pool.ts'
import type { Scope } from './perform.ts'
import { timeLimitOf } from './time-limit.ts'
import type { Sizes } from './validate.ts'
import type { CreatedPool } from './views.ts'

/** A cluster that is to be made, with everything checked that needs no database. */
export interface NewCluster {
  readonly name: string
  readonly allowDuplicateName: boolean
  readonly environment: Environment | null
  readonly metadata: JsonObject
  readonly config: JsonObject
  readonly attributes: Attributes
  readonly timeoutSeconds: number | null
  readonly platform: ClusterPlatform | null
  readonly driftRepair: DriftRepair
  readonly updateDefaults: Partial<UpdateParams>
  readonly sizes: Sizes
  readonly spec: RevisionSpec
}

/**
 * Writes a cluster with its DefaultPool and the action that makes its nodes.
 * @throws AlreadyExistsError, LimitExceededError, NotFoundError
 */
export async function writeNewCluster(
  deps: ControlDeps,
  scope: Scope,
  { updateDefaults, sizes, spec, environment, allowDuplicateName, ...settings }: NewCluster,
): Promise<CreatedPool> {
  const { name } = settings
  const by = scope.principal.name
  await checkRoom(deps, scope)
  const cluster: Cluster = {
    id: scope.ids.next<ClusterId>(),
    projectId: scope.project.id,
    ...settings,
    status: 'Creating',
    statusReason: 'accepted',
    kind: 'cluster',
    environmentId: environment?.id ?? null,
    createdBy: by,
    firstReadyAt: null,
    createdAt: scope.now,
    updatedAt: scope.now,
    version: 1,
  }
  if (!allowDuplicateName) await checkClusterNameIsFree(scope, cluster)
  await insertCluster(scope.tx, cluster)
  const { pool, revision } = await insertNewPool(scope, {
    clusterId: cluster.id,
    name: DEFAULT_POOL,
    sizes,
    updateDefaults,
    spec,
    attributes: {},
  })
  const action = await scope.act({
    name: 'CLUSTER_CREATE',
    clusterId: cluster.id,
    poolId: pool.id,
    inputs: { poolId: pool.id },
    ...timeLimitOf(cluster),
  })
  scope.event({
    type: 'cluster.createRequested',
    clusterId: cluster.id,
    actionId: action.id,
    because: `${by} asked for cluster "${name}"${environment ? ` in environment "${environment.name}"` : ''} with ${sizes.desiredCapacity} nodes of profile "${spec.profile.name}"`,
    data: {
      size: sizes.desiredCapacity,
      minSize: sizes.minSize,
      maxSize: sizes.maxSize,
      profile: spec.profile.name,
      bundle: spec.code?.bundle ?? null,
    },
  })
  return { cluster, pool, revision, action }
}

/** @throws AlreadyExistsError */
export async function checkClusterNameIsFree(
  { tx }: Scope,
  cluster: Pick<Cluster, 'projectId' | 'environmentId' | 'name'>,
): Promise<void> {
  const { name } = cluster
  if (await isClusterNameTaken(tx, cluster, name)) throw new AlreadyExistsError('cluster', name)
}

async function checkRoom(deps: ControlDeps, { tx, project }: Scope): Promise<void> {
  const { maxClustersPerProject: most } = limitsOf(deps)
  if (most === 0 || (await countClusters(tx, project.id)) < most) return
  const message = `project "${project.name}" has ${most} clusters, and may not have more: delete one, or raise the setting clusters.maxPerProject`
  throw new LimitExceededError(message, { field: 'project' })
}
