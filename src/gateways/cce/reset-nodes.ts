import { isDeepStrictEqual } from 'node:util'
import type { ClusterView, PoolView } from '../../control/views.ts'
import type { NodeTemplate } from '../../domain/revision.ts'
import { type Answer, type Ask, ok } from './ask.ts'
import { invalid } from './errors.ts'
import { findCluster, isDefault, requireAvailable } from './find.ts'
import { idOfJobs } from './jobs.ts'
import { bodyOf } from './read.ts'
import { readTemplate } from './templates.ts'

const MOST = 100
const NODE_TIMEOUT_SECONDS = 1800

interface Reset {
  readonly id: string
  readonly template: NodeTemplate
}

/**
 * Sets nodes up anew, all of them at once. Nodes of a pool, and those of none whose request says nothing of scripts or
 * login, are made again as they are. Else it is an update to what the request says.
 */
export async function resetNodes(ask: Ask): Promise<Answer> {
  const resets = readResets(ask)
  const cluster = await findCluster(ask)
  requireAvailable(cluster)
  const pool = await poolOf(ask, cluster, resets)
  const template = resets[0]!.template
  if (!isDefault(pool) || Object.keys(template).length === 0) {
    return ok({ jobid: await makeAgain(ask, cluster, resets) })
  }
  if (resets.some((reset) => !isDeepStrictEqual(reset.template, template))) {
    throw invalid(
      'nodeList',
      'has nodes with different scripts or logins; reset them in requests of their own',
    )
  }
  const { action } = await ask.control.updates.start(ask.caller, cluster.cluster.id, {
    pool: pool.pool.id,
    nodes: resets.map(({ id }) => id),
    nodeTemplate: template,
    params: { strategy: 'ROLLING', maxUnavailable: resets.length, nodeTimeoutSeconds: NODE_TIMEOUT_SECONDS },
    description: 'reset of nodes',
  })
  return ok({ jobid: action.id })
}

async function makeAgain(ask: Ask, { cluster }: ClusterView, resets: readonly Reset[]): Promise<string> {
  const jobs: string[] = []
  for (const { id } of resets) {
    const { action } = await ask.control.nodes.recover(ask.caller, cluster.id, id, { operation: 'RECREATE' })
    jobs.push(action.id)
  }
  return idOfJobs(jobs)
}

function readResets({ body }: Ask): readonly Reset[] {
  const list = bodyOf(body, 'List').at('nodeList')
  const resets = list.items().map((item) => {
    const id = item.at('nodeID').text()
    return { id, template: readTemplate(item.at('spec')) }
  })
  if (resets.length === 0) throw invalid(list.path, 'must name at least one node')
  if (resets.length > MOST) throw invalid(list.path, `has more than ${MOST} nodes`)
  return resets
}

/** @throws Fault 400 for a node that is not there, or nodes of different pools */
async function poolOf(
  { control, caller }: Ask,
  { cluster, pools }: ClusterView,
  resets: readonly Reset[],
): Promise<PoolView> {
  const ids = resets.map(({ id }) => id)
  const { items } = await control.nodes.list(caller, { cluster: cluster.id, ids }, { limit: MOST })
  const missing = ids.find((id) => items.every(({ node }) => node.id !== id))
  if (missing !== undefined) throw invalid('nodeList', `names node ${missing}, which is not in this cluster`)
  const [first] = items
  const found = pools.find(({ pool }) => pool.id === first?.node.poolId)
  if (found && items.every(({ node }) => node.poolId === found.pool.id)) return found
  throw invalid('nodeList', 'has nodes of different node pools; reset them in requests of their own')
}
