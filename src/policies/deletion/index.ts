import { shuffle } from '../chance.ts'
import { chooseLeavers } from '../choose-leavers.ts'
import type { MemberFacts, PolicyFacts, PolicyType, Verdict } from '../policy.ts'
import { type DeletionSpec, parse, properties } from './spec.ts'

/**
 * Which nodes leave when a cluster shrinks, and how: destroyed or let go, after a time of grace, and with the
 * agreement of somebody outside.
 *
 * Whatever the criterion, nodes that are of no use go first: tainted, failed, not serving. Nodes that the caller
 * names are those that go. What placement policies decided about regions and zones is kept to.
 */
export const deletionPolicy: PolicyType<DeletionSpec> = {
  type: 'deletion',
  description: 'Which nodes leave a cluster that shrinks, and how.',
  versions: ['1.0', '1.1'],
  properties,
  priority: 400,
  isRepeatable: false,
  unsupportedProfileTypes: [],
  targets: { before: ['CLUSTER_SCALE_IN', 'CLUSTER_DEL_NODES', 'CLUSTER_RESIZE', 'NODE_DELETE'], after: [] },
  parse,
  ask,
}

function ask(spec: DeletionSpec, facts: PolicyFacts): Verdict {
  const { change, decided, members } = facts
  const count = Math.min(members.length, -(decided.count ?? change.count))
  if (count <= 0) return { kind: 'allow', because: 'no node leaves' }
  const { criteria, hook, destroyAfterDeletion, gracePeriod, reduceDesiredCapacity } = spec
  const here = new Set(members.map(({ id }) => id))
  const remove =
    change.nodes?.filter((id) => here.has(id)) ??
    chooseLeavers(inOrder(spec, members, facts.seed), count, decided.quotas ?? [])
  const how = [
    change.nodes ? `${remove.length} nodes leave as named` : `${remove.length} nodes leave, ${criteria}`,
    destroyAfterDeletion ? 'and are destroyed' : 'and go on outside of the cluster',
    ...(gracePeriod > 0 ? [`after ${gracePeriod} s`] : []),
    ...(hook ? [`once the ${hook.type} hook agrees`] : []),
  ]
  return {
    kind: 'narrow',
    decisions: {
      remove,
      deletion: { destroyAfterDeletion, gracePeriodSeconds: gracePeriod, reduceDesiredCapacity, hook },
    },
    because: how.join(' '),
  }
}

function inOrder({ criteria }: DeletionSpec, members: readonly MemberFacts[], seed: number): MemberFacts[] {
  switch (criteria) {
    case 'OLDEST_FIRST':
      return [...members].sort(byAge)
    case 'YOUNGEST_FIRST':
      return [...members].sort((a, b) => byAge(b, a))
    case 'OLDEST_PROFILE_FIRST': {
      const age = ({ revisionCreatedAt }: MemberFacts) => revisionCreatedAt ?? 0
      return [...members].sort((a, b) => age(a) - age(b) || byAge(a, b))
    }
    case 'RANDOM':
      return shuffle(members, seed)
  }
}

/** Older ones first; of those of one moment, the lower index. */
function byAge(a: MemberFacts, b: MemberFacts): number {
  return a.createdAt - b.createdAt || a.index - b.index
}
