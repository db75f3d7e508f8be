import { DroverError } from '../../domain/errors.ts'
import { type Answer, type Ask, accepted, type Table } from './ask.ts'
import { attach, detach, update } from './cluster-policies.ts'
import { MOST_NODES } from './clusters.ts'
import { Fault, MalformedFault, RefusedFault } from './errors.ts'
import { boolean, integer, isMap, map, number, oneOf, readFields, string } from './fields.ts'
import { addNodes, delNodes, replaceNodes } from './membership.ts'
import { checkSince } from './microversion.ts'
import { readRecovery } from './recovery.ts'
import { sized, sizeText } from './sizes.ts'

export const clusterActionRoutes: Table = {
  '/clusters/:id/actions': { POST: { run: act } },
}

interface ClusterAction {
  /** The microversion that brought it. Default 0. */
  readonly since?: number
  /** @returns the id of the action that carries it out */
  run(ask: Ask, cluster: string, data: unknown): Promise<string>
}

/** By the one key of the body. */
const ACTIONS: Readonly<Record<string, ClusterAction>> = {
  add_nodes: { run: addNodes },
  del_nodes: { run: delNodes },
  replace_nodes: { since: 3, run: replaceNodes },
  scale_out: { run: (ask, cluster, data) => scale(ask, cluster, data, 'scaleOut') },
  scale_in: { run: (ask, cluster, data) => scale(ask, cluster, data, 'scaleIn') },
  resize: { run: resize },
  check: { run: check },
  recover: { run: recover },
  policy_attach: { run: attach },
  policy_detach: { run: detach },
  policy_update: { run: update },
  complete_lifecycle: { since: 9, run: completeLifecycle },
}

async function act(ask: Ask): Promise<Answer> {
  const cluster = ask.params['id']!
  const body = isMap(ask.body) ? ask.body : {}
  const [key, ...others] = Object.keys(body)
  if (key === undefined) throw new MalformedFault('No action specified')
  if (others.length > 0) throw new MalformedFault('Multiple actions specified')
  return accepted(await runClusterAction(ask, cluster, key, body[key]))
}

/**
 * @param key as bodies name the action: `scale_out`
 * @returns the id of the action that carries it out
 * @throws Fault if there is no such action, or not in the microversion
 */
export async function runClusterAction(
  ask: Ask,
  cluster: string,
  key: string,
  data: unknown,
): Promise<string> {
  const action = Object.hasOwn(ACTIONS, key) ? ACTIONS[key] : undefined
  if (!action) throw new MalformedFault(`Unrecognized action '${key}' specified`)
  checkSince(action.since, ask.minor)
  if (!isMap(data)) throw new MalformedFault('The data provided is not a map')
  return await action.run(ask, cluster, data)
}

const SCALING = { scaleOut: 'scale-out', scaleIn: 'scale-in' } as const

async function scale(
  ask: Ask,
  cluster: string,
  data: unknown,
  verb: 'scaleOut' | 'scaleIn',
): Promise<string> {
  const { count = null } = readFields(data, { count: { check: integer(0) } } as const, ask.minor)
  const { cluster: found, pools } = await ask.control.clusters.get(ask.caller, cluster)
  if (count === 0) throw new RefusedFault(`Count for ${SCALING[verb]} request cannot be 0.`)
  const size = pools.reduce((sum, { pool }) => sum + pool.desiredCapacity, 0) + (count ?? 0)
  if (verb === 'scaleOut' && size > MOST_NODES) {
    const most = { bound: 'most', limit: MOST_NODES, isGiven: false } as const
    throw new RefusedFault(sizeText({ what: 'capacity', value: size, relation: 'above', ...most }))
  }
  const name = verb === 'scaleOut' ? 'CLUSTER_SCALE_OUT' : 'CLUSTER_SCALE_IN'
  const { action } = await unlocked(name, found.id, () =>
    // What comes of it is worked out when the action runs, and a size that cannot be is the action's failure.
    ask.control.clusters[verb](ask.caller, found.id, { count, atRunTime: true, exclusive: true }),
  )
  return action.id
}

async function resize(ask: Ask, cluster: string, data: unknown): Promise<string> {
  const fields = {
    adjustment_type: { check: oneOf(['EXACT_CAPACITY', 'CHANGE_IN_CAPACITY', 'CHANGE_IN_PERCENTAGE']) },
    number: { check: number },
    min_size: { check: integer(0, MOST_NODES) },
    max_size: { check: integer(-1, MOST_NODES) },
    min_step: { check: integer(0) },
    strict: { check: boolean },
  } as const
  const given = readFields(data, fields, ask.minor)
  checkResize(given)
  const { cluster: found } = await ask.control.clusters.get(ask.caller, cluster)
  const { action } = await unlocked('CLUSTER_RESIZE', found.id, () =>
    sized(() =>
      ask.control.clusters.adjust(ask.caller, found.id, {
        adjustmentType: given.adjustment_type ?? null,
        number: given.number ?? null,
        minSize: given.min_size ?? null,
        maxSize: given.max_size ?? null,
        minStep: given.min_step ?? null,
        strict: given.strict ?? true,
        mostNodes: MOST_NODES,
        exclusive: true,
      }),
    ),
  )
  return action.id
}

interface Resize {
  readonly adjustment_type?: string
  readonly number?: number
  readonly min_size?: number
  readonly max_size?: number
  readonly min_step?: number
}

/** What is wrong with a resize by itself, whatever the cluster: told before the cluster is looked for. */
function checkResize({ adjustment_type: type, number: size, min_size: least, max_size: most }: Resize): void {
  if (type !== undefined && size === undefined) {
    throw new MalformedFault('Missing number value for size adjustment.')
  }
  if (type === undefined && size !== undefined) {
    throw new MalformedFault('Missing adjustment_type value for size adjustment.')
  }
  if (type === 'EXACT_CAPACITY' && size !== undefined && size < 0) {
    throw new RefusedFault(`The specified number (${size}) is less than 0, and so no size.`)
  }
  if (type !== undefined && type !== 'CHANGE_IN_PERCENTAGE' && !Number.isInteger(size)) {
    throw new RefusedFault(`The specified number (${size}) must be an integer for adjustment type '${type}'.`)
  }
  if (least !== undefined && most !== undefined && most >= 0 && least > most) {
    throw new MalformedFault(
      `The specified min_size (${least}) is greater than the specified max_size (${most}).`,
    )
  }
  if (type === undefined && least === undefined && most === undefined) {
    throw new MalformedFault('Not enough parameters to do resize action.')
  }
}

/** What another action keeps from being done. */
async function unlocked<Result>(name: string, cluster: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof DroverError) || error.code !== 'conflict') throw error
    const message = `${name} for cluster '${cluster}' cannot be completed because it is already locked.`
    throw new Fault(409, 'ResourceIsLocked', message, { cause: error })
  }
}

async function check(ask: Ask, cluster: string, data: unknown): Promise<string> {
  map(data, 'check')
  const { action } = await ask.control.clusters.check(ask.caller, cluster)
  return action.id
}

async function recover(ask: Ask, cluster: string, data: unknown): Promise<string> {
  const { cluster: found } = await ask.control.clusters.get(ask.caller, cluster)
  const recovery = readRecovery('cluster', data, ask.minor)
  const { action } = await ask.control.clusters.recover(ask.caller, found.id, recovery)
  return action.id
}

async function completeLifecycle(ask: Ask, cluster: string, data: unknown): Promise<string> {
  const fields = { lifecycle_action_token: { check: string, required: true } } as const
  const { lifecycle_action_token: token } = readFields(data, fields, ask.minor)
  await ask.control.clusters.get(ask.caller, cluster)
  const action = await ask.control.actions.completeLifecycle(ask.caller, token)
  return action.id
}
