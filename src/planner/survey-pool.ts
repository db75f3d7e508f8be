import type { RevisionId } from '../domain/ids.ts'
import { isAvailable, type Node, zoneOf } from '../domain/node.ts'
import type { Strategy } from '../domain/update.ts'
import { runs } from './plan-batches.ts'

/** Nodes of a pool that an update cannot tell from each other but by their turn. */
export interface NodeKind
  extends Pick<Node, 'status' | 'health' | 'revisionId' | 'drift' | 'metadata' | 'data'> {
  readonly count: number
}

export interface SurveyInput {
  /** All of the pool; the same kind may come more than once. */
  readonly kinds: readonly NodeKind[]
  /** Those that are chosen, of the same; null: all. */
  readonly chosen: readonly NodeKind[] | null
  /** Null for a revision that is yet to be made, which no node runs. */
  readonly toRevisionId: RevisionId | null
  /** In nodes; this or `maxSurge` is at least 1. */
  readonly maxUnavailable: number
  /** In nodes. */
  readonly maxSurge: number
  /** In nodes. Null: no limit of its own. */
  readonly maxUnhealthy: number | null
  readonly strategy: Strategy
}

/** How many nodes an update would have to do with, whatever their order. */
export interface PoolSurvey {
  readonly size: number
  /** They do not serve now, whether or not they move. */
  readonly away: number
  readonly moved: number
  /** Would have to move, and may not, for too many others do not serve. */
  readonly blocked: number
  readonly notChosen: number
  /** By name, without the nodes that are in none. */
  readonly zones: ReadonlyMap<string, ZoneSurvey>
}

export interface ZoneSurvey {
  readonly size: number
  readonly serving: number
  /** Of those that serve. */
  readonly moved: number
}

/**
 * Counts what {@link planBatches} would say of each node, at the cost of the kinds of nodes instead of the nodes. Nodes that do
 * not serve go first and come back, as far as they are chosen; what is left away then is away for good, and either stops
 * all the others or none.
 */
export function surveyPool(input: SurveyInput): PoolSurvey {
  const { kinds, toRevisionId } = input
  const chosen = input.chosen ?? kinds
  const isAway = (kind: NodeKind) => !isAvailable(kind)
  const mayMove = (kind: NodeKind) => isAvailable(kind) && !runs(kind, toRevisionId)
  const away = count(kinds, isAway)
  const broken = count(chosen, isAway)
  const others = count(chosen, mayMove)
  const isStuck = isBlocked(input, away - broken)
  return {
    size: count(kinds),
    away,
    moved: broken + (isStuck ? 0 : others),
    blocked: isStuck ? others : 0,
    notChosen: count(kinds) - count(chosen),
    zones: surveyZones(kinds, isStuck ? [] : chosen.filter(mayMove)),
  }
}

function isBlocked(
  { strategy, maxUnhealthy, maxUnavailable, maxSurge }: SurveyInput,
  awayForGood: number,
): boolean {
  if (strategy === 'FORCE') return false
  if (maxUnhealthy !== null && awayForGood > maxUnhealthy) return true
  return strategy === 'ROLLING' && maxSurge === 0 && awayForGood >= maxUnavailable
}

function surveyZones(kinds: readonly NodeKind[], moved: readonly NodeKind[]): Map<string, ZoneSurvey> {
  const movedIn = Map.groupBy(moved, zoneOf)
  const zones = Map.groupBy(kinds, zoneOf)
  zones.delete('')
  return new Map(
    [...zones].map(([zone, of]) => [
      zone,
      { size: count(of), serving: count(of, isAvailable), moved: count(movedIn.get(zone) ?? []) },
    ]),
  )
}

function count(kinds: readonly NodeKind[], which: (kind: NodeKind) => boolean = () => true): number {
  return kinds.reduce((sum, kind) => (which(kind) ? sum + kind.count : sum), 0)
}
