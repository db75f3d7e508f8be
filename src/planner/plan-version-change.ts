import type { EpochMs } from '../domain/ids.ts'

/** Everything that decides the next step of a cluster's return to an earlier version. */
export interface VersionChangeSnapshot {
  readonly now: EpochMs
  readonly to: string
  /** When its nodes must be done; the last word on it is the planner's. */
  readonly deadlineAt: EpochMs
  readonly cancelledBy: string | null
  /** Who wants it to wait before it commits. */
  readonly suspendedBy: string | null
  /** What was decided when it was given up; null while it goes on. */
  readonly givenUp: GivenUp | null
  readonly pools: readonly PoolOnItsWay[]
}

export interface GivenUp {
  readonly outcome: 'Cancelled' | 'Failed'
  readonly because: string
}

/**
 * - `moving`: nodes are still to move, or in flight
 * - `ready`: every node is on the earlier version and passed its gate
 * - `returning`: nodes go back to the present version
 * - `over`: its update has ended, and its nodes are on the present version, or where somebody left them
 */
export interface PoolOnItsWay {
  readonly name: string
  readonly state: 'moving' | 'ready' | 'returning' | 'over'
  /** Whether its update was given up by itself because of failures, not because somebody asked. */
  readonly failed: boolean
  /** What its update says of itself. */
  readonly because: string
}

export type VersionDecision =
  | { readonly kind: 'wait'; readonly until?: EpochMs; readonly because: string }
  /** Every pool's update is cancelled: nodes converge on the present version, each pool under its own budget. */
  | ({ readonly kind: 'giveUp' } & GivenUp)
  /** All pools' revisions and the cluster's version change, together. */
  | { readonly kind: 'commit'; readonly because: string }
  | ({ readonly kind: 'end' } & GivenUp)

/**
 * Decides the next step of one return to an earlier version. Pure. Nodes move first, all pools at once and each by an
 * update of its own; the cluster's version follows last, and from that moment on nothing can be cancelled.
 *
 * What people asked for comes first, then failures, then the deadline, then progress: so a cancellation that was accepted
 * is never overtaken by the commit.
 */
export function planVersionChange(s: VersionChangeSnapshot): VersionDecision {
  if (s.givenUp) return converge(s, s.givenUp)
  if (s.cancelledBy !== null) {
    return { kind: 'giveUp', outcome: 'Cancelled', because: `cancelled by ${s.cancelledBy}` }
  }
  const lost = s.pools.find(({ state }) => state === 'returning' || state === 'over')
  if (lost) {
    const outcome = lost.failed ? 'Failed' : 'Cancelled'
    return { kind: 'giveUp', outcome, because: `pool ${lost.name}: ${lost.because}` }
  }
  if (s.suspendedBy !== null) return { kind: 'wait', because: `suspended by ${s.suspendedBy}` }
  const moving = s.pools.filter(({ state }) => state === 'moving')
  if (moving.length === 0) {
    return { kind: 'commit', because: `every node is on ${s.to}, and now the cluster is` }
  }
  if (s.now >= s.deadlineAt) {
    const because = `the nodes were not all on ${s.to} in time: ${describe(moving)}`
    return { kind: 'giveUp', outcome: 'Cancelled', because }
  }
  return { kind: 'wait', until: s.deadlineAt, because: `nodes move to ${s.to}: ${describe(moving)}` }
}

function converge(s: VersionChangeSnapshot, { outcome, because }: GivenUp): VersionDecision {
  // One that began to move before it was told, or that somebody resumed, is told again.
  if (s.pools.some(({ state }) => state === 'moving' || state === 'ready')) {
    return { kind: 'giveUp', outcome, because }
  }
  const returning = s.pools.filter(({ state }) => state === 'returning')
  if (returning.length === 0) {
    return { kind: 'end', outcome, because: `${because}; the cluster's version stays as it is` }
  }
  return { kind: 'wait', because: `${because}; nodes go back: ${describe(returning)}` }
}

function describe(pools: readonly PoolOnItsWay[]): string {
  const shown = pools.slice(0, 3).map(({ name, because }) => `${name} (${because})`)
  const others = pools.length > 3 ? ` and ${pools.length - 3} more` : ''
  return `${shown.join(', ')}${others}`
}
