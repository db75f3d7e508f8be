import { messageOf } from '../domain/errors.ts'
import type { JsonObject, NodeId } from '../domain/ids.ts'
import { supportsDetails } from '../runtimes/runtime.ts'
import { findNodes } from '../store/nodes.ts'
import type { Caller, ControlDeps } from './control.ts'
import { viewNodes } from './node-views.ts'
import { look } from './perform.ts'
import type { NodeView } from './views.ts'

/** Runtimes asked at the same time. */
const AT_ONCE = 32

/** {@link NodeVerbs.details}. */
export async function readDetails(
  deps: ControlDeps,
  caller: Caller,
  ids: readonly NodeId[],
): Promise<ReadonlyMap<NodeId, JsonObject>> {
  const { views, projectName } = await look(deps, caller, 'nodes.details', async (tx, project) => ({
    views: await viewNodes(tx, await findNodes(tx, { projectId: project.id }, ids)),
    projectName: project.name,
  }))
  const details = new Map<NodeId, JsonObject>()
  const rest = [...views]
  const work = async () => {
    for (let view = rest.pop(); view !== undefined; view = rest.pop()) {
      const found = await readOne(deps, view, projectName)
      if (found !== null) details.set(view.node.id, found)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return details
}

async function readOne(deps: ControlDeps, view: NodeView, projectName: string): Promise<JsonObject | null> {
  const { node, cluster, profile } = view
  const runtime = profile === null ? undefined : deps.runtimes[profile.type]
  if (!runtime || !supportsDetails(runtime)) return null
  const { id, name, index, handle } = node
  try {
    return await runtime.details({ id, name, index, clusterName: cluster ?? '', projectName }, handle)
  } catch (error) {
    // One that cannot be reached must not keep the others' details away.
    deps.log.warn({ node: id, reason: messageOf(error) }, 'no details of a node')
    return null
  }
}
