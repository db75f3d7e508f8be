import type { ProfileHead } from '../../control/views.ts'
import { DroverError, InvalidRequestError, InvalidSpecError } from '../../domain/errors.ts'
import type { JsonObject } from '../../domain/ids.ts'
import { type Answer, type Ask, accepted, type Table } from './ask.ts'
import { MalformedFault, RefusedFault, specText } from './errors.ts'
import { isMap, map, readFields, string } from './fields.ts'
import { fromNodeStatuses, NODE_STATUSES } from './translate.ts'

export const operationRoutes: Table = {
  '/clusters/:id/ops': { POST: { since: 4, run: operateOnCluster } },
  '/nodes/:id/ops': { POST: { since: 4, run: operateOnNode } },
}

async function operateOnNode(ask: Ask): Promise<Answer> {
  const { operation, data } = readOperation(ask.body)
  const { node, profile } = await ask.control.nodes.get(ask.caller, null, ask.params['id']!)
  const { action } = await explained(profile, operation, () =>
    ask.control.nodes.operate(ask.caller, null, node.id, { operation, params: data }),
  )
  return accepted(action.id)
}

async function operateOnCluster(ask: Ask): Promise<Answer> {
  const { operation, data } = readOperation(ask.body)
  const { cluster, pools } = await ask.control.clusters.get(ask.caller, ask.params['id']!)
  const { params = {}, filters = {} } = readFields(
    data,
    { params: { check: map }, filters: { check: map } } as const,
    ask.minor,
  )
  const filter = {
    name: { check: string },
    profile_id: { check: string },
    status: { check: string },
    role: { check: string },
  }
  const strange = Object.keys(filters).find((key) => !Object.hasOwn(filter, key))
  if (strange !== undefined) throw new RefusedFault(`Filter key '${strange}' is unsupported.`)
  const { name, profile_id: profileId, status, role } = readFields(filters, filter, ask.minor)
  const { action } = await explained(pools[0]?.profile ?? null, operation, () =>
    ask.control.clusters.operate(ask.caller, cluster.id, {
      operation,
      params,
      filters: {
        ...(name !== undefined && { name }),
        ...(profileId !== undefined && { profileId }),
        ...(status !== undefined && { status: toOurStatuses(status) }),
        ...(role !== undefined && { role }),
      },
    }),
  )
  return accepted(action.id)
}

function toOurStatuses(status: string): string[] {
  if (!NODE_STATUSES.some((known) => known === status))
    throw new MalformedFault(`Field value ${status} is invalid`)
  return fromNodeStatuses([status]).map((state) => state.status)
}

function readOperation(body: unknown): { readonly operation: string; readonly data: JsonObject } {
  const given = isMap(body) ? body : {}
  const [operation, ...others] = Object.keys(given)
  if (operation === undefined) throw new MalformedFault('No operation specified.')
  if (others.length > 0) throw new MalformedFault('Multiple operations specified.')
  return { operation, data: map(given[operation] ?? {}, operation) }
}

async function explained<Result>(
  profile: ProfileHead | null,
  operation: string,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof DroverError) || !(error instanceof InvalidRequestError)) throw error
    if (error.field === 'operation') {
      const type = `${profile?.type}-${profile?.version}`
      const message = `The requested operation '${operation}' is not supported by the profile type '${type}'.`
      throw new RefusedFault(message, { cause: error })
    }
    if (!(error.cause instanceof InvalidSpecError)) throw error
    if (!error.cause.choice) throw error
    throw new RefusedFault(`${specText(error.cause)}.`, { cause: error })
  }
}
