import { NotFoundError } from '../domain/errors.ts'
import type { ClusterId, NodeId } from '../domain/ids.ts'
import { type ActionFilter, getAction, listActions } from '../store/actions.ts'
import { findCluster } from '../store/clusters.ts'
import { findNode } from '../store/nodes.ts'
import type { ControlDeps } from './control.ts'
import { look, lookWide } from './perform.ts'
import type { ActionVerbs } from './verbs.ts'

export function createActionVerbs(deps: ControlDeps): ActionVerbs {
  return {
    list: (caller, filter, page) =>
      lookWide(deps, caller, 'actions.list', async (tx, projects) => {
        const { cluster, node, parent, update, name, status } = filter
        // The history of what is gone is still found by its id.
        const projectId = typeof projects === 'string' ? projects : undefined
        const clusterId =
          cluster &&
          ((projectId && (await findCluster(tx, projectId, cluster))?.id) || (cluster as ClusterId))
        const within = projectId && { projectId, ...(clusterId && { clusterId }) }
        const nodeId = node && ((within && (await findNode(tx, within, node))?.id) || (node as NodeId))
        const resolved: ActionFilter = {
          ...(projects && { projectId: projects }),
          ...(clusterId && { clusterId }),
          ...(nodeId && { nodeId }),
          ...(parent && { parentId: parent }),
          ...(update && { updateId: update }),
          ...(name && { name }),
          ...(status && { status }),
        }
        return await listActions(tx, resolved, page)
      }),
    get: (caller, id) =>
      look(deps, caller, 'actions.get', async (tx, project) => {
        const action = await getAction(tx, id)
        if (action?.projectId !== project.id) throw new NotFoundError('action', id)
        return action
      }),
  }
}
