import { type Cluster, DEFAULT_POOL, type NodePool } from '../domain/cluster.ts'
import {
  AlreadyExistsError,
  ConflictError,
  InvalidRequestError,
  InvalidStateError,
  LimitExceededError,
  PreconditionFailedError,
} from '../domain/errors.ts'
import type { RevisionSpec } from '../domain/revision.ts'
import { findPolicyType } from '../policies/index.ts'
import { findOpenAction } from '../store/actions.ts'
import { listPools, patchPool } from '../store/clusters.ts'
import { loadAttachedPolicies } from '../store/policies.ts'
import type { Tx } from '../store/store.ts'
import { findUpdateInFlight } from '../store/updates.ts'
import { checkAttributes, setPoolAttributes } from './attributes.ts'
import { resolveCandidate } from './candidate.ts'
import { checkNoReturn } from './change-version.ts'
import { viewPools } from './cluster-views.ts'
import { commitForNewNodes } from './commit-for-new-nodes.ts'
import { configurePool } from './configure.ts'
import type { Caller, ControlDeps } from './control.ts'
import { requireCluster, requireLiveCluster, requireLivePool, requirePool } from './find.ts'
import type { CreatePoolInput, Match, PoolChanges } from './inputs.ts'
import { limitsOf } from './limits.ts'
import { insertNewPool } from './new-pool.ts'
import { namesNewSoftware } from './next-software.ts'
import { look, OutdatedPreparation, performInProject } from './perform.ts'
import { requireVersion, softwareOn } from './platform-software.ts'
import type { Asker } from './readable.ts'
import { resolveSoftware } from './software-input.ts'
import { checkUpdateDefaults } from './update-params.ts'
import { checkName, checkSizes, requireText } from './validate.ts'
import type { PoolVerbs } from './verbs.ts'

export function createPoolVerbs(deps: ControlDeps): PoolVerbs {
  return {
    create: (caller, cluster, input) => create(deps, caller, cluster, input),
    list: (caller, cluster) =>
      look(deps, caller, 'pools.list', async (tx, project) => {
        const { id } = await requireCluster(tx, project.id, cluster)
        return await viewPools(tx, await listPools(tx, id))
      }),
    get: (caller, cluster, pool) =>
      look(deps, caller, 'pools.get', async (tx, project) => {
        const { id } = await requireCluster(tx, project.id, cluster)
        const [view] = await viewPools(tx, [await requirePool(tx, id, pool)])
        return view!
      }),
    update: (caller, cluster, pool, changes, match = {}) =>
      update(deps, caller, cluster, pool, changes, match),
    configure: (caller, cluster, pool, input) => configurePool(deps, caller, { cluster, pool }, input),
    setAttributes: (caller, cluster, pool, change) =>
      setPoolAttributes(deps, caller, { cluster, pool }, change),
    delete: (caller, cluster, pool) => remove(deps, caller, cluster, pool),
  }
}

async function create(deps: ControlDeps, caller: Caller, clusterRef: string, input: CreatePoolInput) {
  const { maxNodesPerPool, maxPoolsPerCluster } = limitsOf(deps)
  return await performInProject(deps, caller, {
    verb: 'pools.create',
    input: [clusterRef, input],
    prepare: async (project) => ({
      name: checkName('name', input.name),
      updateDefaults: checkUpdateDefaults('updateDefaults', input.updateDefaults),
      sizes: checkSizes(
        { desiredCapacity: input.size ?? 1, minSize: input.minSize ?? 0, maxSize: input.maxSize ?? null },
        'size',
        maxNodesPerPool,
      ),
      attributes: checkAttributes('attributes', input.attributes ?? {}),
      ...(await software(deps, { project, principal: caller.principal }, clusterRef, input)),
    }),
    work: async (scope, prepared) => {
      const cluster = await requireLiveCluster(scope.tx, scope.project.id, clusterRef)
      if ((cluster.platform?.version ?? null) !== prepared.version) throw new OutdatedPreparation()
      await checkNoReturn(scope, cluster)
      const pools = await listPools(scope.tx, cluster.id)
      if (pools.some((pool) => pool.name === prepared.name)) {
        throw new AlreadyExistsError('pool', prepared.name)
      }
      if (pools.length >= maxPoolsPerCluster) {
        throw new LimitExceededError(
          `cluster "${cluster.name}" has ${pools.length} pools, as many as it may have`,
        )
      }
      await checkPolicies(scope.tx, cluster, prepared.spec.profile.type)
      const { pool, revision } = await insertNewPool(scope, { clusterId: cluster.id, ...prepared })
      const action = await scope.act({
        name: 'CLUSTER_RESIZE',
        clusterId: cluster.id,
        poolId: pool.id,
        inputs: { poolId: pool.id },
      })
      scope.event({
        type: 'pool.created',
        clusterId: cluster.id,
        actionId: action.id,
        because: `${caller.principal.name} added pool "${pool.name}" with ${pool.desiredCapacity} nodes to cluster "${cluster.name}"`,
        data: {
          pool: pool.name,
          profile: prepared.spec.profile.name,
          bundle: prepared.spec.code?.bundle ?? null,
        },
      })
      return { cluster, pool, revision, action }
    },
  })
}

/** A policy that can do nothing for a pool's nodes would silently leave them out. @throws InvalidRequestError */
async function checkPolicies(tx: Tx, cluster: Cluster, profileType: string): Promise<void> {
  for (const { policy } of await loadAttachedPolicies(tx, [cluster.id])) {
    if (!findPolicyType(policy.type)?.unsupportedProfileTypes.includes(profileType)) continue
    const why = `policy "${policy.name}" of the cluster is of type ${policy.type}, which can do nothing for nodes of type ${profileType}`
    throw new InvalidRequestError('profile', `${why}: detach it first, or take another profile`)
  }
}

/** Where the cluster is on a version of the catalogue, a new pool is on it, too. */
async function software(
  deps: ControlDeps,
  asker: Asker,
  clusterRef: string,
  input: CreatePoolInput,
): Promise<{ readonly spec: RevisionSpec; readonly version: string | null }> {
  const { platform } = await deps.store.read((tx) => requireLiveCluster(tx, asker.project.id, clusterRef))
  if (platform === null) {
    const profile = requireText('profile', input.profile)
    return { spec: await resolveSoftware(deps, asker, { ...input, profile }), version: null }
  }
  const on = await softwareOn(deps, asker.project, requireVersion(deps, platform.version, 'version'), input)
  return { spec: await resolveSoftware(deps, asker, on), version: platform.version }
}

async function update(
  deps: ControlDeps,
  caller: Caller,
  clusterRef: string,
  poolRef: string,
  changes: PoolChanges,
  match: Match,
): Promise<NodePool> {
  const { pool } = await performInProject(deps, caller, {
    verb: 'pools.update',
    input: [clusterRef, poolRef, changes, match],
    prepare: async (project) => {
      if (!namesNewSoftware(changes)) return null
      const { profile, code, nodeTemplate, version } = changes
      const software = {
        ...(profile !== undefined && { profile }),
        ...(code !== undefined && { code }),
        ...(nodeTemplate !== undefined && { nodeTemplate }),
        ...(version !== undefined && { version }),
      }
      return await resolveCandidate(deps, { project, principal: caller.principal }, clusterRef, {
        pool: poolRef,
        ...software,
      })
    },
    work: async (scope, candidate) => {
      const cluster = await requireLiveCluster(scope.tx, scope.project.id, clusterRef)
      const found = await requireLivePool(scope.tx, cluster.id, poolRef)
      if (match.ifMatch !== undefined && match.ifMatch !== found.version) {
        throw new PreconditionFailedError('pool', poolRef)
      }
      const { minSize, maxSize, updateDefaults } = changes
      const settings = [minSize, maxSize, updateDefaults]
      if (candidate === null && settings.every((setting) => setting === undefined)) {
        throw new InvalidRequestError(
          'changes',
          'give minSize, maxSize, updateDefaults, or what new nodes are to run',
        )
      }
      const sizes = {
        desiredCapacity: found.desiredCapacity,
        minSize: minSize ?? found.minSize,
        maxSize: maxSize === undefined ? found.maxSize : maxSize,
      }
      const patch = {
        ...checkSizes(
          sizes,
          minSize !== undefined && minSize > found.desiredCapacity ? 'minSize' : 'maxSize',
          limitsOf(deps).maxNodesPerPool,
        ),
        updateDefaults:
          updateDefaults === undefined
            ? found.updateDefaults
            : checkUpdateDefaults('updateDefaults', updateDefaults),
        updatedAt: scope.now,
        version: found.version + 1,
      }
      await patchPool(scope.tx, found.id, patch)
      const isNew = candidate !== null && candidate.target.kind === 'new'
      const committed = isNew ? await commitForNewNodes(scope, candidate) : found.committedRevisionId
      await scope.ask(cluster.id)
      scope.event({
        type: 'pool.changed',
        clusterId: cluster.id,
        because: `${caller.principal.name} changed the settings of pool "${found.name}" of cluster "${cluster.name}"`,
        data: {
          pool: found.name,
          minSize: patch.minSize,
          maxSize: patch.maxSize,
          updateDefaults: { ...patch.updateDefaults },
        },
      })
      return { pool: { ...found, ...patch, committedRevisionId: committed } }
    },
  })
  return pool
}

function remove(deps: ControlDeps, caller: Caller, clusterRef: string, poolRef: string) {
  return performInProject(deps, caller, {
    verb: 'pools.delete',
    input: [clusterRef, poolRef],
    work: async (scope) => {
      const cluster = await requireLiveCluster(scope.tx, scope.project.id, clusterRef)
      const pool = await requirePool(scope.tx, cluster.id, poolRef)
      if (pool.name === DEFAULT_POOL) {
        throw new InvalidStateError(
          `${DEFAULT_POOL} belongs to its cluster: delete cluster "${cluster.name}", or resize the pool to 0`,
        )
      }
      const underWay = await findOpenAction(scope.tx, cluster.id, 'POOL_DELETE', pool.id)
      if (underWay) return { cluster, pool, action: underWay }
      const inFlight = await findUpdateInFlight(scope.tx, pool.id)
      if (inFlight) throw new ConflictError(inFlight.id)
      const action = await scope.act({
        name: 'POOL_DELETE',
        clusterId: cluster.id,
        poolId: pool.id,
        inputs: { poolId: pool.id },
      })
      scope.event({
        type: 'pool.deleteRequested',
        clusterId: cluster.id,
        actionId: action.id,
        because: `${caller.principal.name} asked to delete pool "${pool.name}" of cluster "${cluster.name}"`,
        data: { pool: pool.name },
      })
      return { cluster, pool, action }
    },
  })
}
