import type { NodeId } from '../domain/ids.ts'
import type { MemberFacts, PolicyFacts } from './policy.ts'

/** Members `n1`, `n2`, … of which each is what `of` says, and otherwise available and older than the next. */
export function members(
  count: number,
  of: (index: number) => Partial<MemberFacts> = () => ({}),
): MemberFacts[] {
  return Array.from({ length: count }, (_, at) => ({
    id: `n${at + 1}` as NodeId,
    index: at + 1,
    status: 'Running',
    isAvailable: true,
    isTainted: false,
    createdAt: 1000 + at,
    revisionCreatedAt: 500,
    placement: {},
    ...of(at + 1),
  }))
}

/** Facts about a cluster of three that scales out by one, unless told otherwise. */
export function facts(differences: Partial<PolicyFacts> = {}): PolicyFacts {
  return {
    now: 1_000_000,
    seed: 1,
    action: { name: 'CLUSTER_SCALE_OUT', inputs: {} },
    bounds: { minSize: 0, maxSize: null },
    members: members(3),
    change: { count: 1, isCountGiven: false, nodes: null },
    policy: { id: 'p1', name: 'policy' },
    memory: { lastOperationAt: null, data: {} },
    decided: {},
    ...differences,
  }
}
