import type { AttachedPolicyView } from '../../control/policy-verbs.ts'
import { DroverError, NotFoundError } from '../../domain/errors.ts'
import type { JsonObject } from '../../domain/ids.ts'
import { type Answer, type Ask, ok, type Table } from './ask.ts'
import { Fault, RefusedFault } from './errors.ts'
import { boolean, readFields, string } from './fields.ts'
import { type ListRules, one, readFlag, readListQuery } from './list-query.ts'
import { fromPolicyType, toPolicyType } from './policy-names.ts'
import { named } from './refusals.ts'
import { toTime } from './time.ts'

export const clusterPolicyRoutes: Table = {
  '/clusters/:id/policies': { GET: { run: list } },
  '/clusters/:id/policies/:policy': { GET: { run: show } },
}

const LIST: ListRules = {
  filters: {
    enabled: { single: true },
    policy_name: { single: true },
    policy_type: { single: true },
  },
  sort: { enabled: 'enabled' },
  defaultSort: '',
  isPaged: false,
}

async function list(ask: Ask): Promise<Answer> {
  const { filters, sort } = readListQuery(ask, LIST)
  const enabled = readFlag(ask.query, 'enabled')
  const name = one(filters['policy_name'])
  const type = one(filters['policy_type'])
  const views = await ask.control.clusterPolicies.list(ask.caller, ask.params['id']!, {
    ...(enabled !== undefined && { enabled }),
    ...(name !== undefined && { name }),
    ...(type !== undefined && { type: fromPolicyType(type.replace(/-[\d.]+$/, '')) }),
  })
  const sign = sort.startsWith('-') ? -1 : 1
  const order = (view: AttachedPolicyView) => (sort === '' ? 0 : sign * Number(view.binding.enabled))
  return ok('cluster_policies', [...views].sort((a, b) => order(a) - order(b)).map(present))
}

async function show(ask: Ask): Promise<Answer> {
  const [cluster, policy] = [ask.params['id']!, ask.params['policy']!]
  try {
    return ok('cluster_policy', present(await ask.control.clusterPolicies.get(ask.caller, cluster, policy)))
  } catch (error) {
    if (!isNotAttached(error)) throw error
    const message = `The policy '${policy}' is not found attached to the specified cluster '${cluster}'.`
    throw new Fault(404, 'PolicyBindingNotFound', message, { cause: error })
  }
}

/** `policy_attach` of a cluster. @returns the action's id */
export async function attach(ask: Ask, cluster: string, data: unknown): Promise<string> {
  const { policy_id: policy, enabled = true } = readFields(data, BINDING, ask.minor)
  const { action } = await named(['policy'], () =>
    ask.control.clusterPolicies.attach(ask.caller, cluster, { policy, enabled }),
  )
  return action.id
}

/** `policy_update` of a cluster. @returns the action's id */
export async function update(ask: Ask, cluster: string, data: unknown): Promise<string> {
  const { policy_id: policy, enabled = true } = readFields(data, BINDING, ask.minor)
  const { action } = await attached(cluster, policy, () =>
    ask.control.clusterPolicies.update(ask.caller, cluster, policy, { enabled }),
  )
  return action.id
}

/** `policy_detach` of a cluster. @returns the action's id */
export async function detach(ask: Ask, cluster: string, data: unknown): Promise<string> {
  const { policy_id: policy } = readFields(data, { policy_id: BINDING.policy_id }, ask.minor)
  const { action } = await attached(cluster, policy, () =>
    ask.control.clusterPolicies.detach(ask.caller, cluster, policy),
  )
  return action.id
}

const BINDING = { policy_id: { check: string, required: true }, enabled: { check: boolean } } as const

async function attached<Result>(
  cluster: string,
  policy: string,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await named(['policy'], work)
  } catch (error) {
    if (!isNotAttached(error)) throw error
    const message = `The policy '${policy}' is not attached to the specified cluster '${cluster}'.`
    throw new RefusedFault(message, { cause: error })
  }
}

/** Both are there, but not together. */
function isNotAttached(error: unknown): boolean {
  return error instanceof DroverError && error.code === 'not_found' && !(error instanceof NotFoundError)
}

function present({ policy, binding, cluster }: AttachedPolicyView): JsonObject {
  return {
    id: binding.id,
    cluster_id: binding.clusterId,
    cluster_name: cluster,
    policy_id: policy.id,
    policy_name: policy.name,
    policy_type: `${toPolicyType(policy.type)}-${policy.version}`,
    enabled: binding.enabled,
    data: binding.data,
    last_op: toTime(binding.lastOperationAt),
    priority: binding.priority,
  }
}
