import { type Action, hasBegun } from '../domain/action.ts'
import { NotFoundError } from '../domain/errors.ts'
import type { ClusterId, NodeId, PoolId } from '../domain/ids.ts'
import { shortenLists } from '../domain/shorten-lists.ts'
import { type ActionFilter, getAction, listActions, loadOpenChildren } from '../store/actions.ts'
import { findCluster } from '../store/clusters.ts'
import { findNode } from '../store/nodes.ts'
import type { Tx } from '../store/store.ts'
import type { ControlDeps } from './control.ts'
import { requirePool } from './find.ts'
import { hideInAction } from './hide-secrets.ts'
import { listHookMessages } from './hook-messages.ts'
import { look, lookWide } from './perform.ts'
import { createSteeringVerbs } from './steer-actions.ts'
import type { ActionVerbs } from './verbs.ts'
import type { ActionView } from './views.ts'

export function createActionVerbs(deps: ControlDeps): ActionVerbs {
  return {
    list: (caller, filter, page) =>
      lookWide(deps, caller, 'actions.list', async (tx, projects) => {
        const { cluster, pool, node, parent, update, name, status, ...others } = filter
        // The history of what is gone is still found by its id.
        const projectId = typeof projects === 'string' ? projects : undefined
        const clusterId =
          cluster &&
          ((projectId && (await findCluster(tx, projectId, cluster))?.id) || (cluster as ClusterId))
        const poolId = pool && clusterId ? (await requirePool(tx, clusterId, pool)).id : pool
        const within = projectId && { projectId, ...(clusterId && { clusterId }) }
        const nodeId = node && ((within && (await findNode(tx, within, node))?.id) || (node as NodeId))
        const resolved: ActionFilter = {
          ...(projects && { projectId: projects }),
          ...(clusterId && { clusterId }),
          ...(poolId !== undefined && { poolId: poolId as PoolId | null }),
          ...(nodeId && { nodeId }),
          ...(parent && { parentId: parent }),
          ...(update && { updateId: update }),
          ...(name && { name }),
          ...(status && { status }),
          ...others,
        }
        const { items, nextCursor } = await listActions(tx, resolved, page)
        return { items: await viewActions(tx, items), nextCursor }
      }),
    get: (caller, id) =>
      look(deps, caller, 'actions.get', async (tx, project) => {
        const action = await getAction(tx, id)
        if (action?.projectId !== project.id) throw new NotFoundError('action', id)
        const [view] = await viewActions(tx, [action])
        return view!
      }),
    hookMessages: (caller, queue) => listHookMessages(deps, caller, queue),
    ...createSteeringVerbs(deps),
  }
}

async function viewActions(tx: Tx, actions: readonly Action[]): Promise<ActionView[]> {
  const parents = actions.filter((action) => action.nodeId === null && hasBegun(action))
  const children = await loadOpenChildren(tx, parents)
  return actions.map((action) => ({
    ...hideInAction(action),
    // Policies may have named thousands of nodes: the engine needs them all, and nobody else does.
    data: shortenLists(action.data),
    dependsOn: children.get(action.id) ?? [],
    dependedBy: action.endedAt === null && action.parentId !== null ? [action.parentId] : [],
  }))
}
