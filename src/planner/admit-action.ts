import type { Action, ActionName } from '../domain/action.ts'
import type { PoolId } from '../domain/ids.ts'
import type { Strategy } from '../domain/update.ts'

/** What is under way on a cluster, as far as it can hold up an action. */
export interface OpenWork {
  /** Actions that are running, oldest first, then those that waited longer than the one in question. */
  readonly ahead: readonly Pick<Action, 'id' | 'name' | 'poolId' | 'nodeId'>[]
  /** The strategy of the update in flight on each pool. */
  readonly updates: ReadonlyMap<PoolId, Strategy>
  /** The action that works on the node in question, if any. */
  readonly nodeHeldBy: Pick<Action, 'id' | 'name'> | null
}

export type Admission =
  | { readonly kind: 'start' }
  | { readonly kind: 'wait'; readonly because: string }
  | { readonly kind: 'cancel'; readonly because: string }

const CHANGES_MEMBERSHIP: readonly ActionName[] = [
  'CLUSTER_CREATE',
  'CLUSTER_RESIZE',
  'CLUSTER_SCALE_OUT',
  'CLUSTER_SCALE_IN',
  'CLUSTER_ADD_NODES',
  'CLUSTER_DEL_NODES',
  'CLUSTER_REPLACE_NODES',
  'POOL_DELETE',
]

/**
 * Decides whether an accepted action may begin. A node does one thing at a time, a pool changes its members one
 * action at a time, a deletion ends everything else, updates of a pool follow each other. A rolling update does not hold up a resize (new nodes join
 * it); FORCE does, because a node that appeared half way would serve beside another revision. No node gets a
 * revision of its own while an update is in flight on its pool, which would end saying what is not true any more.
 */
export function admitAction(
  action: Pick<Action, 'id' | 'name' | 'poolId' | 'nodeId'>,
  work: OpenWork,
): Admission {
  const deletion = work.ahead.find((other) => other.name === 'CLUSTER_DELETE')
  if (deletion) return { kind: 'cancel', because: `the cluster is being deleted by action ${deletion.id}` }
  if (action.name === 'CLUSTER_DELETE') return { kind: 'start' }
  if (action.nodeId !== null) {
    if (work.nodeHeldBy)
      return wait(`the node is held by ${work.nodeHeldBy.name} (action ${work.nodeHeldBy.id})`)
    if (action.name === 'NODE_UPDATE' && action.poolId !== null && work.updates.has(action.poolId)) {
      return { kind: 'cancel', because: 'an update is in flight on the pool, and says what its nodes run' }
    }
    return { kind: 'start' }
  }
  const samePool = work.ahead.filter((other) => other.nodeId === null && other.poolId === action.poolId)
  const poolDeletion = samePool.find((other) => other.name === 'POOL_DELETE')
  if (action.poolId !== null && poolDeletion) {
    return { kind: 'cancel', because: `the pool is being deleted by action ${poolDeletion.id}` }
  }
  if (action.name === 'POOL_DELETE') return { kind: 'start' }
  const membership = samePool.find((other) => CHANGES_MEMBERSHIP.includes(other.name))
  if (action.name === 'CLUSTER_UPDATE') {
    const other = samePool.find(({ name }) => name === 'CLUSTER_UPDATE')
    if (other) return wait(`another update has the pool (action ${other.id})`)
    return membership
      ? wait(`${membership.name} (action ${membership.id}) is changing the pool's nodes`)
      : { kind: 'start' }
  }
  if (!CHANGES_MEMBERSHIP.includes(action.name)) return { kind: 'start' }
  if (membership) return wait(`${membership.name} (action ${membership.id}) is changing the pool's nodes`)
  if (action.poolId !== null && work.updates.get(action.poolId) === 'FORCE') {
    return wait('a FORCE update is in flight on the pool: no node may appear or go before it has ended')
  }
  return { kind: 'start' }
}

function wait(because: string): Admission {
  return { kind: 'wait', because }
}
