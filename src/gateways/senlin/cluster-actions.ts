import { type Answer, type Ask, accepted, type Table } from './ask.ts'
import { attach, detach, update } from './cluster-policies.ts'
import { MOST_NODES } from './clusters.ts'
import { MalformedFault, RefusedFault } from './errors.ts'
import { boolean, integer, isMap, map, number, oneOf, readFields, string } from './fields.ts'

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
  const action = Object.hasOwn(ACTIONS, key) ? ACTIONS[key] : undefined
  if (!action || (action.since ?? 0) > ask.minor)
    throw new MalformedFault(`Unrecognized action '${key}' specified`)
  const data = body[key]
  if (!isMap(data)) throw new MalformedFault('The data provided is not a map')
  return accepted(await action.run(ask, cluster, data))
}

async function scale(
  ask: Ask,
  cluster: string,
  data: unknown,
  verb: 'scaleOut' | 'scaleIn',
): Promise<string> {
  const { count } = readFields(data, { count: { check: integer(0) } } as const, ask.minor)
  if (count === 0) {
    await ask.control.clusters.get(ask.caller, cluster)
    throw new RefusedFault(`Count for ${verb === 'scaleOut' ? 'scale-out' : 'scale-in'} request cannot be 0.`)
  }
  const { action } = await ask.control.clusters[verb](ask.caller, cluster, {
    ...(count !== undefined && { count }),
  })
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
  const { action } = await ask.control.clusters.resize(ask.caller, cluster, {
    ...(given.number !== undefined && { desiredCapacity: given.number }),
    ...(given.min_size !== undefined && { minSize: given.min_size }),
    ...(given.max_size !== undefined && { maxSize: given.max_size < 0 ? null : given.max_size }),
  })
  return action.id
}

async function check(ask: Ask, cluster: string, data: unknown): Promise<string> {
  map(data, 'check')
  const { action } = await ask.control.clusters.check(ask.caller, cluster)
  return action.id
}

async function recover(ask: Ask, cluster: string, data: unknown): Promise<string> {
  map(data, 'recover')
  const { action } = await ask.control.clusters.recover(ask.caller, cluster)
  return action.id
}

async function completeLifecycle(ask: Ask, cluster: string, data: unknown): Promise<string> {
  const fields = { lifecycle_action_token: { check: string, required: true } } as const
  const { lifecycle_action_token: token } = readFields(data, fields, ask.minor)
  await ask.control.clusters.get(ask.caller, cluster)
  const action = await ask.control.actions.completeLifecycle(ask.caller, token)
  return action.id
}
