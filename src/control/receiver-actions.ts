import { type TSchema, Type } from 'typebox'
import { createSchemaCheck } from '../bundles/schema-check.ts'
import type { Action } from '../domain/action.ts'
import { InvalidRequestError } from '../domain/errors.ts'
import type { Json, JsonObject } from '../domain/ids.ts'
import type { ReceiverAction } from '../domain/receiver.ts'
import type { Caller, Control } from './control.ts'
import type { AddNodesInput, AdjustInput, StartUpdateInput } from './inputs.ts'
import type { ClusterOperationInput, RecoverClusterInput } from './node-inputs.ts'
import { isObject } from './validate.ts'

/** Asks for an action by its name, as the verb of that action would be asked. */
export type AskByName = (
  caller: Caller,
  name: ReceiverAction,
  cluster: string,
  inputs: JsonObject,
) => Promise<{ readonly action: Action; readonly ignored: readonly string[] }>

type Verbs = Pick<Control, 'clusters' | 'clusterPolicies' | 'nodes' | 'updates'>

interface Work {
  readonly inputs: Readonly<Record<string, TSchema>>
  /** Other names of inputs. */
  readonly aliases?: Readonly<Record<string, string>>
  ask(verbs: Verbs, caller: Caller, cluster: string, inputs: object): Promise<{ readonly action: Action }>
}

const pool = Type.String()
const count = Type.Integer()
const nodes = Type.Array(Type.String(), { minItems: 1 })
const object = Type.Object({})
const policy = Type.String()
const flag = Type.Boolean()

const WORK: Readonly<Record<ReceiverAction, Work>> = {
  CLUSTER_SCALE_OUT: {
    inputs: { pool, count },
    ask: ({ clusters }, caller, cluster, inputs) =>
      clusters.scaleOut(caller, cluster, { ...inputs, atRunTime: true }),
  },
  CLUSTER_SCALE_IN: {
    inputs: { pool, count },
    ask: ({ clusters }, caller, cluster, inputs) =>
      clusters.scaleIn(caller, cluster, { ...inputs, atRunTime: true }),
  },
  CLUSTER_RESIZE: {
    inputs: {
      ...{ pool, desiredCapacity: count, minSize: count, maxSize: count, adjustmentType: Type.String() },
      ...{ number: Type.Number(), minStep: count, strict: flag },
    },
    ask: ({ clusters }, caller, cluster, inputs) => clusters.adjust(caller, cluster, adjustmentOf(inputs)),
  },
  CLUSTER_UPDATE: {
    inputs: {
      ...{ pool, profile: Type.String(), version: Type.String(), code: object, nodeTemplate: object },
      ...{ params: object, description: Type.String(), type: Type.String(), revision: Type.Integer() },
    },
    aliases: { profileId: 'profile', newProfileId: 'profile' },
    ask: ({ updates }, caller, cluster, inputs) => updates.start(caller, cluster, inputs as StartUpdateInput),
  },
  CLUSTER_ADD_NODES: {
    inputs: { pool, count, nodes },
    ask: (verbs, caller, cluster, inputs) => addNodes(verbs.nodes, caller, cluster, inputs),
  },
  CLUSTER_DEL_NODES: {
    inputs: { nodes, destroyAfterDeletion: flag },
    ask: (verbs, caller, cluster, inputs) => deleteNodes(verbs.nodes, caller, cluster, inputs),
  },
  CLUSTER_REPLACE_NODES: {
    inputs: { nodes: Type.Unknown() },
    ask: (verbs, caller, cluster, inputs) => replaceNodes(verbs.nodes, caller, cluster, inputs),
  },
  CLUSTER_CHECK: { inputs: {}, ask: ({ clusters }, caller, cluster) => clusters.check(caller, cluster) },
  CLUSTER_RECOVER: {
    inputs: { operation: Type.String(), params: object, check: flag, checkCapacity: flag },
    aliases: { operationParams: 'params' },
    ask: ({ clusters }, caller, cluster, inputs) =>
      clusters.recover(caller, cluster, inputs as RecoverClusterInput),
  },
  CLUSTER_OPERATION: {
    inputs: { operation: Type.String(), params: object, filters: object },
    ask: ({ clusters }, caller, cluster, inputs) => clusters.operate(caller, cluster, operationOf(inputs)),
  },
  CLUSTER_ATTACH_POLICY: {
    inputs: { policy, enabled: flag },
    aliases: { policyId: 'policy' },
    ask: ({ clusterPolicies }, caller, cluster, inputs) =>
      clusterPolicies.attach(caller, cluster, { ...inputs, policy: policyOf(inputs) }),
  },
  CLUSTER_DETACH_POLICY: {
    inputs: { policy },
    aliases: { policyId: 'policy' },
    ask: ({ clusterPolicies }, caller, cluster, inputs) =>
      clusterPolicies.detach(caller, cluster, policyOf(inputs)),
  },
  CLUSTER_UPDATE_POLICY: {
    inputs: { policy, enabled: flag },
    aliases: { policyId: 'policy' },
    ask: ({ clusterPolicies }, caller, cluster, inputs) =>
      clusterPolicies.update(caller, cluster, policyOf(inputs), { enabled: true, ...inputs }),
  },
  CLUSTER_DELETE: { inputs: {}, ask: ({ clusters }, caller, cluster) => clusters.delete(caller, cluster) },
}

/**
 * What a receiver's call becomes. Callers are alarms, scripts and other vendors' clients: inputs may be written
 * `like_this` or `likeThis`, numbers and booleans may come as text, null is as good as absent, and what the action has no use for
 * is ignored and said so.
 * @throws InvalidRequestError naming an input of the wrong kind; what the action's verb raises
 */
export function createReceiverAsk(verbs: Verbs): AskByName {
  return async (caller, name, cluster, given) => {
    const work = WORK[name]
    const { inputs, ignored } = toInputs(work, given)
    const { action } = await work.ask(verbs, caller, cluster, inputs)
    return { action, ignored }
  }
}

function toInputs(work: Work, given: JsonObject) {
  const inputs: Record<string, Json> = {}
  const ignored: string[] = []
  for (const [key, value] of Object.entries(given)) {
    const camel = key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
    const name = work.aliases?.[camel] ?? camel
    if (!Object.hasOwn(work.inputs, name)) ignored.push(key)
    else if (value !== null) inputs[name] = fromText(work.inputs[name] as TSchema, value)
  }
  const [first] = createSchemaCheck(schemaOf(work))(inputs)
  if (first !== undefined) {
    const space = first.indexOf(' ')
    throw new InvalidRequestError(`inputs.${first.slice(0, space)}`, first.slice(space + 1))
  }
  return { inputs, ignored }
}

const schemas = new Map<Work, TSchema>()

function schemaOf(work: Work): TSchema {
  const schema =
    schemas.get(work) ??
    Type.Object(
      Object.fromEntries(Object.entries(work.inputs).map(([name, one]) => [name, Type.Optional(one)])),
    )
  schemas.set(work, schema)
  return schema
}

/** What was written as text because the caller had nothing else. */
function fromText(schema: TSchema, value: Json): Json {
  if (typeof value !== 'string') return value
  if (schema === flag) return value === 'true' || (value === 'false' ? false : value)
  const { type } = schema as { readonly type?: string }
  if (type !== 'integer' && type !== 'number') return value
  return /^[+-]?\d{1,15}(\.\d+)?$/.test(value) ? Number(value) : value
}

/** A size of its own is the short form of an adjustment to exactly that. */
function adjustmentOf(inputs: object): AdjustInput {
  const { desiredCapacity, ...adjustment } = inputs as AdjustInput & { readonly desiredCapacity?: number }
  if (desiredCapacity === undefined) return adjustment
  if (adjustment.adjustmentType === undefined && adjustment.number === undefined) {
    return { ...adjustment, adjustmentType: 'EXACT_CAPACITY', number: desiredCapacity }
  }
  throw new InvalidRequestError('inputs.desiredCapacity', 'excludes adjustmentType and number')
}

/** Nodes that are named join as they are; without names new ones are made. */
function addNodes(verbs: Verbs['nodes'], caller: Caller, cluster: string, inputs: object) {
  const { nodes, count, ...rest } = inputs as AddNodesInput & { readonly nodes?: readonly string[] }
  if (nodes === undefined) return verbs.add(caller, cluster, { ...rest, count: count ?? 1 })
  if (count === undefined) return verbs.join(caller, cluster, { ...rest, nodes })
  throw new InvalidRequestError('inputs.count', 'excludes nodes: those that are named join')
}

/** Nodes go on without the cluster unless it is said that they are not to. */
function deleteNodes(verbs: Verbs['nodes'], caller: Caller, cluster: string, inputs: object) {
  const { nodes, destroyAfterDeletion = false } = inputs as {
    readonly nodes?: readonly string[]
    readonly destroyAfterDeletion?: boolean
  }
  if (nodes === undefined) throw new InvalidRequestError('inputs.nodes', 'say which nodes, by id or name')
  return destroyAfterDeletion
    ? verbs.remove(caller, cluster, { nodes })
    : verbs.leave(caller, cluster, { nodes })
}

/** A list: by new ones. A map: each by the node without a cluster beside it. */
function replaceNodes(verbs: Verbs['nodes'], caller: Caller, cluster: string, inputs: object) {
  const { nodes } = inputs as { readonly nodes?: unknown }
  const isList = Array.isArray(nodes)
  const names: readonly unknown[] = isList ? nodes : isObject(nodes) ? Object.values(nodes) : []
  if (names.length === 0 || names.some((name) => typeof name !== 'string')) {
    const rule = 'must be a list of nodes, or a map of nodes and those that take their places'
    throw new InvalidRequestError('inputs.nodes', rule)
  }
  if (isList) return verbs.replace(caller, cluster, { nodes: nodes as string[] })
  return verbs.replaceWith(caller, cluster, { nodes: nodes as Readonly<Record<string, string>> })
}

/** Filters are those of the API, by name, status, profile and role. */
function operationOf(inputs: object): ClusterOperationInput {
  const { operation, params, filters } = inputs as Partial<ClusterOperationInput>
  if (operation === undefined) throw new InvalidRequestError('inputs.operation', 'say which: reboot')
  const { name, profileId, status, role } = (filters ?? {}) as Readonly<Record<string, unknown>>
  const text = (field: string, value: unknown) => {
    if (value === undefined || typeof value === 'string') return value
    throw new InvalidRequestError(`inputs.filters.${field}`, 'must be text')
  }
  const wanted = {
    name: text('name', name),
    profileId: text('profileId', profileId),
    role: text('role', role),
    status: status === undefined ? undefined : [status].flat().map((one) => text('status', one) as string),
  }
  const given = Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined))
  return { operation, ...(params && { params }), filters: given }
}

function policyOf(inputs: object): string {
  const { policy = null } = inputs as { readonly policy?: string | null }
  if (policy === null) throw new InvalidRequestError('inputs.policy', 'say which, by id or name')
  return policy
}
