import type { EpochMs } from '../domain/ids.ts'

/** Everything that decides whether a node that does not work is recovered now. */
export interface RecoveryFacts {
  readonly now: EpochMs
  readonly intervalSeconds: number
  readonly nodeUpdateTimeoutSeconds: number
  /** When something was last done to the node on purpose. */
  readonly changedAt: EpochMs
  /** Why nobody looks after health at this moment; null if somebody does. */
  readonly suspendedBy: string | null
  readonly history: RecoveryHistory
}

/** What was tried for a node since it last worked for some time. Kept with the node. */
export interface RecoveryHistory {
  readonly tries: number
  readonly lastTriedAt: EpochMs | null
  /** It was told that nobody tries any more. */
  readonly isGivenUp: boolean
}

export const NO_RECOVERIES: RecoveryHistory = { tries: 0, lastTriedAt: null, isGivenUp: false }

export type RecoveryPlan =
  | { readonly kind: 'recover'; readonly history: RecoveryHistory; readonly because: string }
  | { readonly kind: 'wait'; readonly until: EpochMs; readonly because: string }
  | { readonly kind: 'giveUp'; readonly history: RecoveryHistory; readonly because: string }
  | { readonly kind: 'nothing' }

const MOST_TRIES = 8
const LONGEST_PAUSE_MS = 3600_000
/** A node that worked for so long since it was recovered last begins anew, at least. */
const CALM_MS = 600_000

/**
 * Decides whether a node that failed is recovered. Pure.
 *
 * It is left alone for `nodeUpdateTimeoutSeconds` after a change, and while an action takes nodes away on purpose. The first
 * try follows at once; each later one waits twice as long as the one before it, from one interval to an hour, so that a
 * node that never comes up costs little; after eight tries it is left to a person. One that worked for ten minutes, or ten
 * intervals, in between begins anew.
 */
export function planRecovery(facts: RecoveryFacts): RecoveryPlan {
  const { now, intervalSeconds, changedAt, suspendedBy } = facts
  const intervalMs = intervalSeconds * 1000
  const history = isCalm(facts) ? NO_RECOVERIES : facts.history
  if (history.isGivenUp) return { kind: 'nothing' }
  if (suspendedBy !== null) return { kind: 'wait', until: now + intervalMs, because: suspendedBy }
  const settled = changedAt + facts.nodeUpdateTimeoutSeconds * 1000
  if (now < settled) return { kind: 'wait', until: settled, because: 'it was changed a short time ago' }
  if (history.tries >= MOST_TRIES) {
    const because = `${history.tries} recoveries in a row did not help: somebody has to look`
    return { kind: 'giveUp', history: { ...history, isGivenUp: true }, because }
  }
  const pauseMs = Math.min(LONGEST_PAUSE_MS, intervalMs * 2 ** (history.tries - 1))
  const next = history.lastTriedAt === null ? now : history.lastTriedAt + pauseMs
  if (now < next) return { kind: 'wait', until: next, because: `it was tried ${history.tries} times` }
  const tries = history.tries + 1
  const because = tries === 1 ? 'first try' : `try ${tries} of ${MOST_TRIES}`
  return { kind: 'recover', history: { tries, lastTriedAt: now, isGivenUp: false }, because }
}

function isCalm({ now, intervalSeconds, history }: RecoveryFacts): boolean {
  const { lastTriedAt, tries } = history
  if (lastTriedAt === null) return false
  const calmMs = Math.max(CALM_MS, intervalSeconds * 10_000)
  // While it goes on failing, the pauses themselves may be as long.
  return (
    !history.isGivenUp &&
    now - lastTriedAt > calmMs + Math.min(LONGEST_PAUSE_MS, intervalSeconds * 1000 * 2 ** tries)
  )
}
