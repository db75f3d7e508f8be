import type { Answer, Ask } from './ask.ts'
import { runClusterAction } from './cluster-actions.ts'
import { MalformedFault } from './errors.ts'
import { isMap, name, readFields, string } from './fields.ts'
import { runNodeAction } from './node-actions.ts'
import { named } from './refusals.ts'

/** What the body of a cluster's or a node's own actions calls what is asked for here by its name. */
const CLUSTER_KEYS: Readonly<Record<string, string>> = {
  CLUSTER_ADD_NODES: 'add_nodes',
  CLUSTER_DEL_NODES: 'del_nodes',
  CLUSTER_REPLACE_NODES: 'replace_nodes',
  CLUSTER_SCALE_OUT: 'scale_out',
  CLUSTER_SCALE_IN: 'scale_in',
  CLUSTER_RESIZE: 'resize',
  CLUSTER_CHECK: 'check',
  CLUSTER_RECOVER: 'recover',
  CLUSTER_ATTACH_POLICY: 'policy_attach',
  CLUSTER_DETACH_POLICY: 'policy_detach',
  CLUSTER_UPDATE_POLICY: 'policy_update',
}
const NODE_KEYS: Readonly<Record<string, string>> = { NODE_CHECK: 'check', NODE_RECOVER: 'recover' }

/**
 * `POST /actions`: an action by its name and target, with its inputs beside them. What makes, changes or deletes a
 * cluster or a node is not asked for so: that takes more than an action.
 */
export async function requestAction(ask: Ask): Promise<Answer> {
  if (!isMap(ask.body)) throw new MalformedFault('The data provided is not a map')
  const { name: title, target, action, ...inputs } = ask.body
  const fields = {
    name: { check: name, required: true },
    target: { check: string, required: true },
    action: { check: string, required: true },
  } as const
  const given = { name: title, target, action }
  const present = Object.entries(given).filter(([, value]) => value !== undefined)
  const wanted = readFields(Object.fromEntries(present), fields, ask.minor)
  const [clusterKey, nodeKey] = [CLUSTER_KEYS, NODE_KEYS].map((keys) =>
    Object.hasOwn(keys, wanted.action) ? keys[wanted.action] : undefined,
  )
  const id = await named(['cluster', 'node'], async () => {
    if (clusterKey !== undefined) return await runClusterAction(ask, wanted.target, clusterKey, inputs)
    if (nodeKey !== undefined) return await runNodeAction(ask, wanted.target, nodeKey, inputs)
    throw new MalformedFault(`Value '${wanted.action}' is not acceptable for field 'action'.`)
  })
  return { status: 201, body: { action: id }, action: id }
}
