import { InvalidRequestError, InvalidSpecError } from '../domain/errors.ts'
import type { JsonObject } from '../domain/ids.ts'
import type { Node } from '../domain/node.ts'
import { RECOVERIES } from '../domain/operation.ts'
import { parseProperties } from '../domain/property.ts'
import { supportsOperations } from '../runtimes/runtime.ts'
import { loadNodes } from '../store/nodes.ts'
import { loadRevisionHeads } from '../store/revisions.ts'
import type { Caller, ControlDeps } from './control.ts'
import { requireLiveCluster, requireLivePool, requireRevision } from './find.ts'
import { splitSecrets } from './hide-secrets.ts'
import type { ClusterOperationInput, OperationInput, RecoverInput } from './node-inputs.ts'
import { actOnNode, askOne, requireTarget } from './one-node.ts'
import { performInProject, type Scope } from './perform.ts'
import { requireRuntime } from './revision-spec.ts'
import { timeLimitOf } from './time-limit.ts'
import { checkOneOf, isObject } from './validate.ts'
import type { ClusterAction, NodeAction } from './views.ts'

/** Does one of its type's operations to a node. */
export function operateNode(
  deps: ControlDeps,
  caller: Caller,
  cluster: string | null,
  nodeRef: string,
  input: OperationInput,
): Promise<NodeAction> {
  return performInProject(deps, caller, {
    verb: 'nodes.operate',
    input: [cluster, nodeRef, input],
    work: async (scope) => {
      const target = await requireTarget(scope, cluster, nodeRef)
      const revision = await requireRevision(
        scope.tx,
        target.node.revisionId ?? target.pool.committedRevisionId,
      )
      const { type, version } = revision.spec.profile
      return await actOnNode(scope, target, {
        name: 'NODE_OPERATION',
        inputs: checkOperation(deps, type, version, input),
        type: 'node.operationRequested',
        what: `${input.operation}`,
      })
    },
  })
}

/** Does one of their type's operations to the nodes of a cluster, or to some of them. */
export function operateCluster(
  deps: ControlDeps,
  caller: Caller,
  clusterRef: string,
  input: ClusterOperationInput,
): Promise<ClusterAction> {
  return performInProject(deps, caller, {
    verb: 'clusters.operate',
    input: [clusterRef, input],
    work: async (scope) => {
      const cluster = await requireLiveCluster(scope.tx, scope.project.id, clusterRef)
      const pool = await requireLivePool(scope.tx, cluster.id)
      const { type, version } = (await requireRevision(scope.tx, pool.committedRevisionId)).spec.profile
      const asked = checkOperation(deps, type, version, input)
      const nodes = await filterNodes(scope, await loadNodes(scope.tx, cluster.id), input.filters ?? {})
      if (nodes.length === 0) throw new InvalidRequestError('filters', 'no node of the cluster matches them')
      const inputs = { ...asked, filters: { ...input.filters }, nodeIds: nodes.map(({ id }) => id) }
      const action = await scope.act({
        name: 'CLUSTER_OPERATION',
        clusterId: cluster.id,
        inputs,
        ...timeLimitOf(cluster),
      })
      scope.event({
        type: 'cluster.operationRequested',
        clusterId: cluster.id,
        actionId: action.id,
        because: `${caller.principal.name} asked to ${input.operation} ${nodes.length} nodes of cluster "${cluster.name}"`,
        data: { operation: input.operation, count: nodes.length },
      })
      return { cluster, action }
    },
  })
}

/** Brings a node back in the way that is asked for. */
export function recoverNode(
  deps: ControlDeps,
  caller: Caller,
  cluster: string | null,
  node: string,
  input: RecoverInput = {},
): Promise<NodeAction> {
  const inputs = checkRecovery(input)
  return askOne(deps, caller, cluster, node, {
    verb: 'nodes.recover',
    ...(Object.keys(inputs).length > 0 && { input }),
    name: 'NODE_RECOVER',
    inputs,
    type: 'node.recoverRequested',
    what: 'recover',
  })
}

/** @throws InvalidRequestError */
export function checkRecovery({ operation, params, check = false }: RecoverInput): JsonObject {
  const checked = check ? { check } : {}
  if (operation === undefined) return checked
  if (params !== undefined && !isObject(params)) throw new InvalidRequestError('params', 'must be an object')
  return { operation: checkOneOf('operation', operation, RECOVERIES), ...(params && { params }), ...checked }
}

/** @throws InvalidRequestError naming the operations there are, or the parameter that breaks a rule */
function checkOperation(
  deps: ControlDeps,
  type: string,
  version: string,
  { operation, params = {} }: OperationInput,
): JsonObject {
  const runtime = requireRuntime(deps.runtimes, type)
  const known = supportsOperations(runtime) ? runtime.operations : {}
  const found = Object.hasOwn(known, operation) ? known[operation] : undefined
  if (!found) {
    const names = Object.keys(known).join(', ') || 'none'
    throw new InvalidRequestError('operation', `nodes of type ${type} know: ${names}; not "${operation}"`)
  }
  try {
    const parsed = parseProperties(found.parameters, params, { version, path: 'params' })
    return { operation, ...splitSecrets(found.parameters, parsed as JsonObject) }
  } catch (error) {
    if (error instanceof InvalidSpecError)
      throw new InvalidRequestError('params', error.message, { cause: error })
    throw error
  }
}

async function filterNodes(
  { tx }: Scope,
  nodes: readonly Node[],
  { name, profileId, status, role }: NonNullable<ClusterOperationInput['filters']>,
): Promise<readonly Node[]> {
  const matching = nodes.filter(
    (node) =>
      (name === undefined || node.name === name) &&
      (status === undefined || status.includes(node.status)) &&
      (role === undefined || node.role === role),
  )
  if (profileId === undefined) return matching
  const ids = [...new Set(matching.flatMap((node) => node.revisionId ?? []))]
  const heads = await loadRevisionHeads(tx, ids)
  return matching.filter((node) => node.revisionId && heads.get(node.revisionId)?.profile.id === profileId)
}
