import type { Action } from './action.ts'
import { standaloneClusterId } from './cluster.ts'
import type { ClusterId, NodeId } from './ids.ts'

/** A node that goes, and the one without a cluster that comes in its place. */
interface Pair {
  readonly old: NodeId
  readonly new: NodeId
}

/** The pairs that an action exchanges; none for any other. */
export function pairsOf({ inputs }: Pick<Action, 'inputs'>): readonly Pair[] {
  return (inputs['pairs'] as unknown as readonly Pair[] | undefined) ?? []
}

/** The nodes without a cluster that an action brings into its pool. */
export function joiningNodes(action: Pick<Action, 'inputs'>): readonly NodeId[] {
  const joining = action.inputs['joining'] as readonly NodeId[] | undefined
  return joining ?? pairsOf(action).map((pair) => pair.new)
}

/**
 * The clusters whose engines follow what is asked of an action: its own, and where it brings in nodes without a cluster
 * also the one that holds them, since these are handed over there. In the order in which they are to be held.
 */
export function followersOf(
  action: Pick<Action, 'inputs' | 'clusterId' | 'projectId'>,
): readonly ClusterId[] {
  const { clusterId, projectId } = action
  return joiningNodes(action).length > 0 ? [clusterId, standaloneClusterId(projectId)] : [clusterId]
}
