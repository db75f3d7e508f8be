import { type Cluster, DEFAULT_POOL } from '../domain/cluster.ts'
import type { DriftRepair } from '../domain/drift.ts'
import { InUseError, InvalidRequestError, PreconditionFailedError } from '../domain/errors.ts'
import type { EnvironmentId, ProjectId } from '../domain/ids.ts'
import { type ClusterPlatform, platformAt } from '../domain/platform-version.ts'
import type { RevisionSpec } from '../domain/revision.ts'
import { findOpenAction } from '../store/actions.ts'
import { listClusters, listPools, patchCluster } from '../store/clusters.ts'
import { findDeploymentOfCluster } from '../store/deployments.ts'
import { listReceiversOf } from '../store/receivers.ts'
import type { Tx } from '../store/store.ts'
import { checkAttributes, setClusterAttributes } from './attributes.ts'
import { changeCluster } from './change-cluster.ts'
import { viewClusters, viewClustersWithNodes } from './cluster-views.ts'
import { configureCluster } from './configure.ts'
import type { Caller, ControlDeps } from './control.ts'
import { requireCluster, requireEnvironment, requireLiveCluster, requireLivePool } from './find.ts'
import type { ClusterListFilter, CreateClusterInput } from './inputs.ts'
import { limitsOf } from './limits.ts'
import { checkClusterNameIsFree, writeNewCluster } from './new-cluster.ts'
import type { RecoverClusterInput } from './node-inputs.ts'
import { checkRecovery, operateCluster } from './node-operations.ts'
import { look, lookWide, performInProject, type Scope } from './perform.ts'
import { checkSupport, requireVersion, softwareOn } from './platform-software.ts'
import type { Asker } from './readable.ts'
import { removeReceiver } from './remove-receiver.ts'
import { createSizeVerbs } from './sizes.ts'
import { resolveSoftware } from './software-input.ts'
import { timeLimitOf } from './time-limit.ts'
import { checkUpdateDefaults } from './update-params.ts'
import { checkInteger, checkMetadata, checkName, checkOneOf, checkSizes, requireText } from './validate.ts'
import type { ClusterVerbs } from './verbs.ts'
import type { ClusterAction } from './views.ts'

export function createClusterVerbs(deps: ControlDeps): ClusterVerbs {
  return {
    create: (caller, input) => create(deps, caller, input),
    list: (caller, filter, page) =>
      lookWide(deps, caller, 'clusters.list', async (tx, projects) => {
        const { items, nextCursor } = await listClusters(tx, await toFilter(tx, projects, filter), page)
        return { items: await viewClusters(tx, items), nextCursor }
      }),
    listWithNodes: (caller, filter, page) =>
      lookWide(deps, caller, 'clusters.listWithNodes', async (tx, projects) => {
        const { items, nextCursor } = await listClusters(tx, await toFilter(tx, projects, filter), page)
        return { items: await viewClustersWithNodes(tx, items), nextCursor }
      }),
    get: (caller, ref) =>
      look(deps, caller, 'clusters.get', async (tx, project) => {
        const [view] = await viewClusters(tx, [await requireCluster(tx, project.id, ref)])
        return view!
      }),
    getWithNodes: (caller, ref) =>
      look(deps, caller, 'clusters.getWithNodes', async (tx, project) => {
        const [view] = await viewClustersWithNodes(tx, [await requireCluster(tx, project.id, ref)])
        return view!
      }),
    async update(caller, ref, changes, match = {}) {
      const { cluster } = await performInProject(deps, caller, {
        verb: 'clusters.update',
        input: [ref, changes, match],
        work: async (scope) => {
          const found = await requireLiveCluster(scope.tx, scope.project.id, ref)
          if (match.ifMatch !== undefined && match.ifMatch !== found.version) {
            throw new PreconditionFailedError('cluster', ref)
          }
          const { name, metadata, driftRepair } = changes
          if (name === undefined && metadata === undefined && driftRepair === undefined) {
            throw new InvalidRequestError('changes', 'give a name, metadata or driftRepair')
          }
          const patch = {
            name: name === undefined ? found.name : checkName('name', name, changes),
            metadata: metadata === undefined ? found.metadata : checkMetadata('metadata', metadata),
            driftRepair: driftRepair === undefined ? found.driftRepair : checkDriftRepair(driftRepair),
            updatedAt: scope.now,
            version: found.version + 1,
          }
          if (patch.name !== found.name && !changes.allowDuplicateName)
            await checkClusterNameIsFree(scope, { ...found, ...patch })
          await patchCluster(scope.tx, found.id, patch)
          // Whether to repair is the engine's to know.
          if (patch.driftRepair !== found.driftRepair) await scope.ask(found.id)
          const renamed = patch.name === found.name ? '' : `, now "${patch.name}"`
          const repair =
            patch.driftRepair === found.driftRepair ? '' : `; drift is repaired ${WORDS[patch.driftRepair]}`
          scope.event({
            type: 'cluster.changed',
            clusterId: found.id,
            because: `${caller.principal.name} changed cluster "${found.name}"${renamed}${repair}`,
          })
          return { cluster: { ...found, ...patch } }
        },
      })
      return cluster
    },
    change: (caller, ref, change) => changeCluster(deps, caller, ref, change),
    configure: (caller, ref, input) => configureCluster(deps, caller, ref, input),
    setAttributes: (caller, ref, change) => setClusterAttributes(deps, caller, ref, change),
    ...createSizeVerbs(deps),
    check: (caller, ref) => ask(deps, caller, ref, 'clusters.check', 'CLUSTER_CHECK', 'check all nodes of'),
    recover: (caller, ref, input = {}) =>
      ask(
        deps,
        caller,
        ref,
        'clusters.recover',
        'CLUSTER_RECOVER',
        'recover the nodes that do not serve of',
        input,
      ),
    operate: (caller, ref, input) => operateCluster(deps, caller, ref, input),
    delete: (caller, ref, only) => remove(deps, caller, ref, only),
  }
}

async function create(deps: ControlDeps, caller: Caller, input: CreateClusterInput) {
  return await performInProject(deps, caller, {
    verb: 'clusters.create',
    input,
    prepare: async (project) => ({
      name: checkName('name', input.name, input),
      metadata: checkMetadata('metadata', input.metadata ?? {}),
      config: checkMetadata('config', input.config ?? {}),
      timeoutSeconds:
        input.timeoutSeconds === undefined ? null : checkInteger('timeoutSeconds', input.timeoutSeconds, 0),
      driftRepair: checkDriftRepair(input.driftRepair ?? 'manual'),
      updateDefaults: checkUpdateDefaults('updateDefaults', input.updateDefaults),
      sizes: checkSizes(
        { desiredCapacity: input.size ?? 1, minSize: input.minSize ?? 0, maxSize: input.maxSize ?? null },
        'size',
        limitsOf(deps).maxNodesPerPool,
      ),
      attributes: checkAttributes('attributes', input.attributes ?? {}),
      ...(await software(deps, { project, principal: caller.principal }, input)),
    }),
    work: async (scope, prepared) => {
      const environment =
        input.environment === undefined
          ? null
          : await requireEnvironment(scope.tx, scope.project.id, input.environment)
      const { allowDuplicateName = false } = input
      return await writeNewCluster(deps, scope, { ...prepared, environment, allowDuplicateName })
    },
  })
}

async function software(
  deps: ControlDeps,
  asker: Asker,
  input: CreateClusterInput,
): Promise<{ readonly spec: RevisionSpec; readonly platform: ClusterPlatform | null }> {
  if (input.platformVersion === undefined) {
    const profile = requireText('profile', input.profile)
    return { spec: await resolveSoftware(deps, asker, { ...input, profile }), platform: null }
  }
  const version = requireVersion(deps, input.platformVersion, 'platformVersion')
  checkSupport(deps, version, 'platformVersion')
  const on = await softwareOn(deps, asker.project, version, input)
  return { spec: await resolveSoftware(deps, asker, on), platform: platformAt(version.version) }
}

function ask(
  deps: ControlDeps,
  caller: Caller,
  ref: string,
  verb: string,
  name: 'CLUSTER_CHECK' | 'CLUSTER_RECOVER',
  what: string,
  how: RecoverClusterInput = {},
): Promise<ClusterAction> {
  return performInProject(deps, caller, {
    verb,
    input: Object.keys(how).length === 0 ? [ref] : [ref, how],
    work: async (scope) => {
      const inputs = checkRecovery(how)
      const cluster = await requireLiveCluster(scope.tx, scope.project.id, ref)
      const pool = how.checkCapacity ? await requireLivePool(scope.tx, cluster.id) : undefined
      const capacity = pool && { checkCapacity: true, poolId: pool.id }
      const action = await scope.act({
        ...{ name, clusterId: cluster.id, inputs: { ...inputs, ...capacity } },
        ...(pool && { poolId: pool.id }),
        ...timeLimitOf(cluster),
      })
      scope.event({
        type: name === 'CLUSTER_CHECK' ? 'cluster.checkRequested' : 'cluster.recoverRequested',
        clusterId: cluster.id,
        actionId: action.id,
        because: `${caller.principal.name} asked to ${what} cluster "${cluster.name}"`,
      })
      return { cluster, action }
    },
  })
}

/** @throws InUseError */
async function checkEmpty({ tx }: Scope, cluster: Cluster): Promise<void> {
  const pools = await listPools(tx, cluster.id)
  const users = pools.filter(({ name, desiredCapacity }) => name !== DEFAULT_POOL || desiredCapacity > 0)
  if (users.length === 0) return
  const names = users.map(({ name }) => name).join(', ')
  throw new InUseError('cluster', cluster.name, `its node pools ${names}`)
}

function remove(
  deps: ControlDeps,
  caller: Caller,
  ref: string,
  only?: { readonly ifEmpty: true },
): Promise<ClusterAction> {
  return performInProject(deps, caller, {
    verb: 'clusters.delete',
    input: only ? [ref, only] : [ref],
    work: async (scope) => {
      const found = await requireCluster(scope.tx, scope.project.id, ref)
      const underWay = await findOpenAction(scope.tx, found.id, 'CLUSTER_DELETE')
      if (underWay) return { cluster: found, action: underWay }
      if (only?.ifEmpty) await checkEmpty(scope, found)
      const owner = await findDeploymentOfCluster(scope.tx, found.id)
      if (owner) {
        const why = `deployment "${owner.name}", which it belongs to: disable that and update it`
        throw new InUseError('cluster', found.name, why)
      }
      return await writeClusterDeletion(scope, found)
    },
  })
}

/** Has the cluster deleted, with all that is in it. */
export async function writeClusterDeletion(scope: Scope, cluster: Cluster): Promise<ClusterAction> {
  const because = `${scope.principal.name} asked to delete cluster "${cluster.name}"`
  const patch = { status: 'Deleting', statusReason: because, updatedAt: scope.now } as const
  await patchCluster(scope.tx, cluster.id, patch)
  for (const receiver of await listReceiversOf(scope.tx, cluster.id)) await removeReceiver(scope, receiver)
  const action = await scope.act({ name: 'CLUSTER_DELETE', clusterId: cluster.id, inputs: {} })
  scope.event({ type: 'cluster.deleteRequested', clusterId: cluster.id, actionId: action.id, because })
  return { cluster: { ...cluster, ...patch }, action }
}

/** Over several projects an environment is known by its id alone. */
async function toFilter(
  tx: Tx,
  projects: ProjectId | readonly ProjectId[] | undefined,
  { environment, ...filter }: ClusterListFilter,
) {
  const environmentId =
    typeof environment === 'string' && typeof projects === 'string'
      ? (await requireEnvironment(tx, projects, environment)).id
      : (environment as EnvironmentId | null | undefined)
  return {
    ...filter,
    ...(projects && { projectId: projects }),
    ...(environmentId !== undefined && { environmentId }),
  }
}

const WORDS: Readonly<Record<DriftRepair, string>> = { manual: 'by hand', automatic: 'by itself' }

function checkDriftRepair(value: unknown): DriftRepair {
  return checkOneOf('driftRepair', value, ['manual', 'automatic'])
}
