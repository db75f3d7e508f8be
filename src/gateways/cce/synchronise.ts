import type { PoolView } from '../../control/views.ts'
import { NotFoundError } from '../../domain/errors.ts'
import type { ClusterId, PoolId } from '../../domain/ids.ts'
import type { NodeTemplate } from '../../domain/revision.ts'
import type { Answer, Ask } from './ask.ts'
import { invalid } from './errors.ts'
import { findCluster, findPool, idOfPool, isDefault, requireAvailable } from './find.ts'
import { bodyOf } from './read.ts'
import { readSyncTemplate } from './templates.ts'

const MOST_UNAVAILABLE = 20
const IDS_AT_ONCE = 500
const NODES_AT_ONCE = 1000
/** A node is set up anew, with scripts that may fetch packages. */
const NODE_TIMEOUT_SECONDS = 1800

/**
 * Brings nodes of a pool to its template as it stands now, a few at a time: an update of type `Repair`, which goes to the
 * revision that new nodes get. `DefaultPool` has no template, so the request has to bring one: an update to a new revision.
 */
export async function synchronise(ask: Ask): Promise<Answer> {
  const request = readRequest(ask)
  const cluster = await findCluster(ask)
  const view = findPool(ask, cluster)
  requireAvailable(cluster)
  const template = templateFor(view, request.nodeTemplate)
  const nodes = await chosen(ask, cluster.cluster.id, view, request)
  const params = {
    strategy: 'ROLLING',
    maxUnavailable: request.maxUnavailable,
    nodeTimeoutSeconds: NODE_TIMEOUT_SECONDS,
  } as const
  try {
    await ask.control.updates.start(ask.caller, cluster.cluster.id, {
      pool: view.pool.id,
      ...(nodes && { nodes }),
      params,
      ...(template ? { nodeTemplate: template } : { type: 'Repair' }),
      description: 'synchronisation of the node pool',
    })
  } catch (error) {
    // It was there a moment ago.
    if (error instanceof NotFoundError && error.kind === 'node') throw unknownNode(error.reference, error)
    throw error
  }
  return { status: 200 }
}

interface Request {
  readonly maxUnavailable: number
  /** Undefined: all that are out of date. */
  readonly nodeIds: readonly string[] | undefined
  readonly skipped: readonly string[]
  readonly nodeTemplate: NodeTemplate | undefined
}

/** @throws Fault 400 */
function readRequest({ body, params }: Ask): Request {
  const spec = bodyOf(body, 'NodePool').at('spec')
  const maxUnavailable = spec.at('maxUnavailable').integer(1, MOST_UNAVAILABLE)
  const nodePoolId = spec.at('nodePoolID').text()
  if (nodePoolId !== params['pool']) {
    throw invalid('spec.nodePoolID', `is ${nodePoolId}, but the path names ${params['pool']}`)
  }
  const nodeIds = spec.at('nodeIDs').texts()
  const template = spec.at('nodeTemplate')
  return {
    maxUnavailable,
    nodeIds: nodeIds.length === 0 ? undefined : [...new Set(nodeIds)],
    skipped: spec.at('skippedNodes').texts(),
    nodeTemplate: template.isAbsent ? undefined : readSyncTemplate(template),
  }
}

function templateFor(view: PoolView, given: NodeTemplate | undefined): NodeTemplate | undefined {
  if (isDefault(view)) {
    if (given) return given
    throw invalid('spec.nodeTemplate', 'is required for DefaultPool, which has no template of its own')
  }
  if (!given) return undefined
  const rule = `is for DefaultPool only; ${idOfPool(view)} has a template of its own: change that by updating the pool`
  throw invalid('spec.nodeTemplate', rule)
}

/** @returns undefined for all nodes of the pool @throws Fault 400 for one that does not exist, or is in another pool */
async function chosen(
  { control, caller }: Ask,
  cluster: ClusterId,
  { pool }: PoolView,
  { nodeIds, skipped }: Request,
): Promise<readonly string[] | undefined> {
  for (const ids of chunksOf(nodeIds ?? [], IDS_AT_ONCE)) {
    const { items } = await control.nodes.list(caller, { cluster, ids }, { limit: ids.length })
    const pools = new Map(items.map(({ node }): [string, PoolId] => [node.id, node.poolId]))
    for (const id of ids) {
      if (!pools.has(id)) throw unknownNode(id)
      if (pools.get(id) !== pool.id)
        throw invalid('spec.nodeIDs', `names node ${id}, which is not in this node pool`)
    }
  }
  if (skipped.length === 0) return nodeIds
  const among = nodeIds ?? (await nodesOf({ control, caller }, cluster, pool.id))
  const left = among.filter((id) => !skipped.includes(id))
  if (left.length === 0) throw invalid('spec.skippedNodes', 'leaves no node to synchronise')
  return left
}

async function nodesOf(
  { control, caller }: Pick<Ask, 'control' | 'caller'>,
  cluster: ClusterId,
  pool: PoolId,
): Promise<string[]> {
  const ids: string[] = []
  let cursor: string | undefined
  do {
    const page = { limit: NODES_AT_ONCE, ...(cursor !== undefined && { cursor }) }
    const { items, nextCursor } = await control.nodes.list(caller, { cluster, pool }, page)
    ids.push(...items.map(({ node }) => node.id))
    cursor = nextCursor ?? undefined
  } while (cursor !== undefined)
  return ids
}

function chunksOf<Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] {
  const count = Math.ceil(items.length / size)
  return Array.from({ length: count }, (_, at) => items.slice(at * size, (at + 1) * size))
}

function unknownNode(id: string, cause?: unknown) {
  return invalid('spec.nodeIDs', `names ${id}, which is no node of this cluster`, { cause })
}
