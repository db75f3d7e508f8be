import type { ActionName } from '../domain/action.ts'
import type { Cluster } from '../domain/cluster.ts'
import { DroverError, LimitExceededError } from '../domain/errors.ts'
import type { JsonObject } from '../domain/ids.ts'
import type { Policy } from '../domain/policy.ts'
import { loadOpenActionsNamed } from '../store/actions.ts'
import { loadAttachedPolicies } from '../store/policies.ts'
import type { Tx } from '../store/store.ts'
import type { Caller, ControlDeps } from './control.ts'
import { requireCluster, requireLiveCluster, requirePolicy } from './find.ts'
import { limitsOf } from './limits.ts'
import { look, performInProject, type Scope } from './perform.ts'
import type { AttachedPolicyView, ClusterPolicyVerbs } from './policy-verbs.ts'
import type { ClusterAction } from './views.ts'

export function createClusterPolicyVerbs(deps: ControlDeps): ClusterPolicyVerbs {
  return {
    attach: (caller, cluster, { policy, enabled = true }) =>
      ask(deps, caller, [cluster, policy, enabled], {
        verb: 'clusterPolicies.attach',
        name: 'CLUSTER_ATTACH_POLICY',
        inputs: { enabled },
        what: `attach${enabled ? '' : ', disabled,'}`,
        check: async ({ tx }, { id }) => {
          const { maxPoliciesPerCluster } = limitsOf(deps)
          const attached = await loadAttachedPolicies(tx, [id])
          if (attached.length < maxPoliciesPerCluster) return
          throw new LimitExceededError(
            `policy: the cluster has ${attached.length} policies, the most it may have`,
            { field: 'policy' },
          )
        },
      }),
    detach: (caller, cluster, policy) =>
      ask(deps, caller, [cluster, policy], {
        verb: 'clusterPolicies.detach',
        name: 'CLUSTER_DETACH_POLICY',
        inputs: {},
        what: 'detach',
        check: checkAttached,
      }),
    update: (caller, cluster, policy, { enabled }) =>
      ask(deps, caller, [cluster, policy, enabled], {
        verb: 'clusterPolicies.update',
        name: 'CLUSTER_UPDATE_POLICY',
        inputs: { enabled },
        what: enabled ? 'enable' : 'disable',
        check: checkAttached,
      }),
    list: (caller, ref, filter = {}) =>
      look(deps, caller, 'clusterPolicies.list', async (tx, project) => {
        const attached = await viewAttached(tx, await requireCluster(tx, project.id, ref))
        return attached.filter(
          ({ policy, binding }) =>
            (filter.enabled === undefined || filter.enabled === binding.enabled) &&
            (filter.name === undefined || filter.name === policy.name) &&
            (filter.type === undefined || filter.type === policy.type),
        )
      }),
    get: (caller, ref, policyRef) =>
      look(deps, caller, 'clusterPolicies.get', async (tx, project) => {
        const cluster = await requireCluster(tx, project.id, ref)
        const wanted = await requirePolicy(tx, project.id, policyRef)
        const attached = await viewAttached(tx, cluster)
        const found = attached.find(({ policy }) => policy.id === wanted.id)
        if (!found) throw notAttached(cluster, wanted)
        return found
      }),
  }
}

interface Request {
  readonly verb: string
  readonly name: ActionName
  /** What goes into the action beside the policy's id. */
  readonly inputs: JsonObject
  /** For the event: somebody asked to … a policy. */
  readonly what: string
  readonly check: (scope: Scope, cluster: Cluster, policy: Policy) => Promise<void>
}

async function ask(
  deps: ControlDeps,
  caller: Caller,
  input: readonly [cluster: string, policy: string, ...unknown[]],
  { verb, name, inputs, what, check }: Request,
): Promise<ClusterAction> {
  return await performInProject(deps, caller, {
    verb,
    input,
    work: async (scope) => {
      const cluster = await requireLiveCluster(scope.tx, scope.project.id, input[0])
      const policy = await requirePolicy(scope.tx, scope.project.id, input[1])
      await check(scope, cluster, policy)
      const action = await scope.act({
        name,
        clusterId: cluster.id,
        inputs: { policyId: policy.id, ...inputs },
      })
      scope.event({
        type: 'policy.changeRequested',
        clusterId: cluster.id,
        actionId: action.id,
        because: `${caller.principal.name} asked to ${what} policy "${policy.name}" on cluster "${cluster.name}"`,
        data: { policy: policy.name, type: policy.type },
      })
      return { cluster, action }
    },
  })
}

/** One that is about to be attached counts: what was asked for later happens later. */
async function checkAttached({ tx }: Scope, cluster: Cluster, policy: Policy): Promise<void> {
  const attached = await loadAttachedPolicies(tx, [cluster.id])
  if (attached.some((one) => one.policy.id === policy.id)) return
  const attaching = await loadOpenActionsNamed(tx, cluster.id, 'CLUSTER_ATTACH_POLICY')
  if (!attaching.some(({ inputs }) => inputs['policyId'] === policy.id)) throw notAttached(cluster, policy)
}

async function viewAttached(tx: Tx, cluster: Cluster): Promise<AttachedPolicyView[]> {
  const attached = await loadAttachedPolicies(tx, [cluster.id])
  return attached.map((one) => ({ ...one, cluster: cluster.name }))
}

function notAttached(cluster: Cluster, policy: Policy): DroverError {
  return new DroverError(
    'not_found',
    `policy "${policy.name}" is not attached to cluster "${cluster.name}"`,
    { field: 'policy' },
  )
}
