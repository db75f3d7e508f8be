import type { NodeId } from '../domain/ids.ts'

/** How far the node actions of a running cluster action are. */
export interface Fanout {
  open: number
  failed: number
  /** Those that somebody cancelled. */
  cancelled: number
  /** In words; null when none has failed since this engine took the cluster over. */
  firstFailure: string | null
  /** What is still to begin; the rest of a large action follows as the first of it ends. */
  rest: MembershipWork
}

/** Nodes to be made in the action's pool, and nodes to be deleted. */
export interface MembershipWork {
  readonly make: number
  readonly remove: readonly NodeId[]
}

export const NO_WORK: MembershipWork = { make: 0, remove: [] }
