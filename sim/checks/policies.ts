import type { Action } from '../../src/domain/action.ts'
import type { PolicyBinding } from '../../src/domain/policy.ts'
import type { Commit } from '../ledger.ts'
import type { Check, Scene } from './check.ts'

/**
 * One at a time: a cluster has one policy of a type that is not for scaling. Audit: what is attached, and whether it is
 * asked, is what the last action about it that succeeded says, and nothing else changes it.
 */
export function createPoliciesCheck({ ledger, fail }: Scene): Check {
  const typeOf = ({ policyId }: PolicyBinding) => ledger.policies.get(policyId)?.type ?? 'unknown'
  const checkTypes = (clusterId: string) => {
    const types = [...ledger.bindings.values()]
      .filter((binding) => binding.clusterId === clusterId)
      .map(typeOf)
      .filter((type) => type !== 'scaling')
    const twice = types.find((type, at) => types.indexOf(type) !== at)
    if (twice) fail('one at a time', `cluster ${clusterId} has two policies of type ${twice}`)
  }
  const checkChange = (commit: Commit, before: PolicyBinding | undefined, after: PolicyBinding | null) => {
    const binding = (after ?? before) as PolicyBinding
    if (commit.writer.part !== 'engine')
      fail('one runner', `${commit.writer.machine} wrote policy ${binding.policyId} outside of its engine`)
    // What it remembers is changed by the actions that it is told of.
    if (before && after && before.enabled === after.enabled) return
    if (commit.changes.clusters.get(binding.clusterId) === null) return
    const last = lastAbout(commit, binding)
    if (!last) fail('audit', `policy ${binding.policyId} changed, and no action about it succeeded`)
  }
  const checkOutcome = (commit: Commit, action: Action) => {
    const { policyId, enabled } = action.inputs
    const isAbout = (one: PolicyBinding) => one.clusterId === action.clusterId && one.policyId === policyId
    const found = [...ledger.bindings.values()].find(isAbout)
    const latest = lastAbout(commit, { clusterId: action.clusterId, policyId: policyId as string })
    if (latest?.id !== action.id || commit.changes.clusters.get(action.clusterId) === null) return
    const isThere = found !== undefined
    if (isThere !== (action.name !== 'CLUSTER_DETACH_POLICY'))
      fail('audit', `${action.name} succeeded, and policy ${policyId} is ${isThere ? 'there' : 'not there'}`)
    else if (action.name === 'CLUSTER_UPDATE_POLICY' && found?.enabled !== enabled)
      fail('audit', `${action.name} succeeded, and policy ${policyId} is not as it says`)
  }
  return {
    onCommit(commit) {
      for (const [id, after] of commit.changes.bindings) {
        const before = commit.was.bindings.get(id)
        if (before || after) checkChange(commit, before, after)
      }
      for (const action of commit.ended) if (isAboutPolicy(action)) checkOutcome(commit, action)
      const clusters = [...commit.changes.bindings.values()].map((binding) => binding?.clusterId)
      for (const id of new Set(clusters)) if (id !== undefined) checkTypes(id)
    },
  }
}

/** Of the actions about a policy of a cluster that succeeded in this commit, the one that was carried out last. */
function lastAbout(
  { ended }: Commit,
  { clusterId, policyId }: { readonly clusterId: string; readonly policyId: string },
): Action | undefined {
  return ended
    .filter(isAboutPolicy)
    .filter((action) => action.clusterId === clusterId && action.inputs['policyId'] === policyId)
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .at(-1)
}

function isAboutPolicy({ name, status }: Action): boolean {
  return name.endsWith('_POLICY') && status === 'SUCCEEDED'
}
