import { type TSchema, Type } from 'typebox'
import { createSchemaCheck } from '../bundles/schema-check.ts'
import type { Action } from '../domain/action.ts'
import { InvalidRequestError } from '../domain/errors.ts'
import type { Json, JsonObject } from '../domain/ids.ts'
import type { ReceiverAction } from '../domain/receiver.ts'
import type { Caller, Control } from './control.ts'
import type { AddNodesInput, AdjustInput, ChooseNodesInput, StartUpdateInput } from './inputs.ts'

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
    inputs: { pool, count },
    ask: (verbs, caller, cluster, inputs) =>
      verbs.nodes.add(caller, cluster, { count: 1, ...(inputs as Partial<AddNodesInput>) }),
  },
  CLUSTER_DEL_NODES: {
    inputs: { nodes },
    ask: (verbs, caller, cluster, inputs) => verbs.nodes.remove(caller, cluster, chosen(inputs)),
  },
  CLUSTER_REPLACE_NODES: {
    inputs: { nodes },
    ask: (verbs, caller, cluster, inputs) => verbs.nodes.replace(caller, cluster, chosen(inputs)),
  },
  CLUSTER_CHECK: { inputs: {}, ask: ({ clusters }, caller, cluster) => clusters.check(caller, cluster) },
  CLUSTER_RECOVER: { inputs: {}, ask: ({ clusters }, caller, cluster) => clusters.recover(caller, cluster) },
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

function chosen(inputs: object): ChooseNodesInput {
  const { nodes = null } = inputs as { readonly nodes?: readonly string[] | null }
  if (nodes === null) throw new InvalidRequestError('inputs.nodes', 'say which nodes, by id or name')
  return { nodes }
}

function policyOf(inputs: object): string {
  const { policy = null } = inputs as { readonly policy?: string | null }
  if (policy === null) throw new InvalidRequestError('inputs.policy', 'say which, by id or name')
  return policy
}
