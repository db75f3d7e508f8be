import type { Update } from '../../src/domain/update.ts'
import type { Commit } from '../ledger.ts'
import type { Scene } from './check.ts'

/**
 * How many nodes may be away at once, worked out here and not by the planner. A pool that changes its size in the
 * same transaction is given the larger one.
 */
export function limitOf(update: Update, commit: Commit, { ledger }: Scene): number {
  const { maxUnavailable } = update.params
  if (typeof maxUnavailable === 'number') return maxUnavailable
  const share = Math.floor((sizeOf(update, commit, ledger) * Number.parseInt(maxUnavailable, 10)) / 100)
  return isSurging(update) ? share : Math.max(1, share)
}

/** How many nodes may have a replacement beside them at once, worked out here as well. */
export function surgeLimitOf(update: Update, commit: Commit, { ledger }: Scene): number {
  const { maxSurge } = update.params
  if (!isSurging(update)) return 0
  if (typeof maxSurge === 'number') return maxSurge
  return Math.ceil((sizeOf(update, commit, ledger) * Number.parseInt(maxSurge, 10)) / 100)
}

function isSurging({ params }: Update): boolean {
  return params.strategy === 'ROLLING' && Number.parseInt(`${params.maxSurge}`, 10) > 0
}

function sizeOf(update: Update, commit: Commit, ledger: Scene['ledger']): number {
  const now = ledger.nodesOf(update.poolId).length
  const gone = [...commit.changes.nodes].filter(
    ([id, node]) => node?.poolId !== update.poolId && commit.was.nodes.get(id)?.poolId === update.poolId,
  ).length
  return now + gone
}

/** How many failed nodes an update tolerates, worked out here and not by the planner. */
export function toleranceOf(update: Update, selected: number): number {
  const { maxFailures } = update.params
  if (typeof maxFailures === 'number') return maxFailures
  return Math.floor((selected * Number.parseInt(maxFailures, 10)) / 100)
}

/** Of the steps that a transaction began, those of each update. */
export function stepsByUpdate({ ledger }: Scene, commit: Commit) {
  const steps = Map.groupBy(
    commit.begun.filter((action) => action.updateId !== null),
    (action) => action.updateId as string,
  )
  return [...steps].flatMap(([id, begun]) => {
    const update = ledger.updates.get(id)
    return update ? [{ update, begun }] : []
  })
}
