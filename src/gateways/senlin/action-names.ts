import type { Action, ActionName } from '../../domain/action.ts'
import type { JsonObject } from '../../domain/ids.ts'
import { isMap } from './fields.ts'
import { toSnakeCase } from './translate.ts'

/** Names of actions that this API has; filters know no others. */
export const ACTION_NAMES = [
  ...['CLUSTER_CREATE', 'CLUSTER_DELETE', 'CLUSTER_UPDATE', 'CLUSTER_ADD_NODES', 'CLUSTER_DEL_NODES'],
  ...['CLUSTER_RESIZE', 'CLUSTER_CHECK', 'CLUSTER_RECOVER', 'CLUSTER_REPLACE_NODES', 'CLUSTER_SCALE_OUT'],
  ...['CLUSTER_SCALE_IN', 'CLUSTER_ATTACH_POLICY', 'CLUSTER_DETACH_POLICY', 'CLUSTER_UPDATE_POLICY'],
  ...['CLUSTER_OPERATION', 'NODE_CREATE', 'NODE_DELETE', 'NODE_UPDATE', 'NODE_JOIN', 'NODE_LEAVE'],
  ...['NODE_CHECK', 'NODE_RECOVER', 'NODE_OPERATION'],
] as const

/** What this API has no word for shows as what it is a part of. */
const OTHERS: Partial<Readonly<Record<ActionName, string>>> = {
  NODE_STOP: 'NODE_UPDATE',
  NODE_START: 'NODE_UPDATE',
  NODE_PLACE_CODE: 'NODE_UPDATE',
  CLUSTER_CHANGE_VERSION: 'CLUSTER_UPDATE',
  POOL_DELETE: 'CLUSTER_DEL_NODES',
}

export function toActionName({ name }: Pick<Action, 'name'>): string {
  return OTHERS[name] ?? name
}

/** Which of our actions show under these names. */
export function fromActionNames(names: readonly string[]): string[] {
  const others = Object.entries(OTHERS).flatMap(([ours, theirs]) => (names.includes(theirs) ? [ours] : []))
  return [...names, ...others]
}

/** `CLUSTER_ATTACH_POLICY` is `attach_policy_…`: of these, this API leaves out what it is about. */
const SHORT = /^cluster_((attach|detach|update)_policy)$/

/** `cluster_create_0193e1a0`: what is done, and the beginning of the id of what it is done to. */
export function actionNameOf(action: Pick<Action, 'name' | 'nodeId' | 'clusterId' | 'cause'>): string {
  if (action.cause.startsWith(RECEIVER)) return `webhook_${action.cause.slice(RECEIVER.length).slice(0, 8)}`
  const verb = toActionName(action).toLowerCase().replace(SHORT, '$1')
  return `${verb}_${(action.nodeId ?? action.clusterId).slice(0, 8)}`
}

/** What an {@link actionNameOf} says: our names of the action, and the beginning of its target's id. */
export function parseActionName(
  name: string,
): { readonly names: string[]; readonly target: string } | undefined {
  const [, verb, target] = /^([a-z_]+)_([0-9a-f]{8})$/.exec(name) ?? []
  if (verb === undefined || target === undefined) return undefined
  const theirs = ACTION_NAMES.find((known) => known.toLowerCase().replace(SHORT, '$1') === verb)
  return theirs === undefined ? undefined : { names: fromActionNames([theirs]), target }
}

const RECEIVER = 'receiver:'

const OWN_BUSINESS = ['poolId', 'updateId', 'revisionId', 'wasAvailable']
const RESIZE_INPUTS = ['adjustment_type', 'number', 'min_size', 'max_size', 'min_step', 'strict']

/** What an action was asked with. Ids of what this API does not know are left out, a resize has all it can have. */
export function toInputs({ name, inputs }: Pick<Action, 'name' | 'inputs'>): JsonObject {
  const { adjustment, ...rest } = inputs
  const all = { ...rest, ...(isMap(adjustment) ? (adjustment as JsonObject) : {}) }
  const own = Object.fromEntries(Object.entries(all).filter(([key]) => !OWN_BUSINESS.includes(key)))
  const snake = toSnakeCase(own)
  const shown = isMap(snake) ? (snake as JsonObject) : {}
  if (name === 'CLUSTER_RECOVER' || name === 'NODE_RECOVER') {
    const { params, ...others } = shown
    return params === undefined ? shown : { ...others, operation_params: params }
  }
  if (name !== 'CLUSTER_RESIZE') return shown
  return { ...Object.fromEntries(RESIZE_INPUTS.map((input) => [input, null])), ...shown }
}
