import type { NodePool } from '../../src/domain/cluster.ts'
import { hasStray, isAvailable, isCodeUnknown, type Node } from '../../src/domain/node.ts'
import { isEnded, UPDATE_STATUS_SUCCESSORS, type Update, type UpdateStatus } from '../../src/domain/update.ts'
import type { Commit } from '../ledger.ts'
import type { Check, Scene } from './check.ts'
import { stepsByUpdate, toleranceOf } from './limits.ts'

interface LastStep {
  readonly direction: unknown
  readonly failed: boolean
  readonly at: number
}

/** One at a time, commit point, cancel converges, failure is bounded: the life of an update. */
export function createUpdatesCheck(scene: Scene): Check {
  const { ledger, fail } = scene
  /** By update, how the last step of each node ended. */
  const steps = new Map<string, Map<string, LastStep>>()

  const onCommit = (commit: Commit) => {
    for (const action of commit.ended) {
      if (action.updateId === null || action.nodeId === null || action.status === 'CANCELLED') continue
      const failed = action.status === 'FAILED'
      const known = steps.get(action.updateId) ?? new Map<string, LastStep>()
      known.set(action.nodeId, {
        direction: action.inputs['direction'],
        failed,
        at: action.endedAt as number,
      })
      steps.set(action.updateId, known)
    }
    checkOneAtATime()
    checkCommittedRevisions(commit)
    for (const [id, update] of commit.changes.updates) {
      const before = commit.was.updates.get(id)
      if (!update) continue
      checkStatus(before, update)
      if (before?.status === 'Queued' && !isEnded(update.status) && update.status !== 'Queued')
        checkTurn(update)
      if (isEnded(update.status) && !isEnded(before?.status ?? 'Pending')) checkEnd(update, commit)
    }
    checkSteps(commit)
  }

  const checkOneAtATime = () => {
    const byPool = Map.groupBy(ledger.inFlight(), (update) => update.poolId)
    for (const [poolId, updates] of byPool) {
      if (updates.length > 1) fail('one at a time', `pool ${poolId} has ${updates.length} updates in flight`)
    }
  }

  /** Its turn came: those that waited for longer are gone, and it comes from what is committed. */
  const checkTurn = (update: Update) => {
    const earlier = ledger
      .openUpdates()
      .find(
        (one) => one.poolId === update.poolId && one.status === 'Queued' && one.actionId < update.actionId,
      )
    if (earlier) fail('one at a time', `update ${update.id} began, and ${earlier.id} waits for longer`)
    if (update.fromRevisionId !== ledger.pools.get(update.poolId)?.committedRevisionId) {
      fail('commit point', `update ${update.id} began from ${update.fromRevisionId}, which is not committed`)
    }
  }

  const checkStatus = (before: Update | undefined, update: Update) => {
    const from = before?.status ?? (update.status === 'Queued' ? 'Queued' : 'Pending')
    const allowed: readonly UpdateStatus[] = UPDATE_STATUS_SUCCESSORS[from]
    // One look may resume it and end it.
    const through = allowed.flatMap((next): readonly UpdateStatus[] => UPDATE_STATUS_SUCCESSORS[next])
    if (
      from !== update.status &&
      !allowed.includes(update.status) &&
      (isEnded(from) || !through.includes(update.status))
    ) {
      fail('it ends', `update ${update.id} went from ${from} to ${update.status}`)
    }
    if (before && isEnded(from) && JSON.stringify(before) !== JSON.stringify(update)) {
      fail('commit point', `update ${update.id} was changed after it had ended ${from}`)
    }
  }

  /** Somebody said what new nodes are to run, while no update has the pool; or an empty one followed its cluster's version. */
  const isSaid = ({ changes }: Commit, pool: NodePool) => {
    const isHeld = ledger.inFlight().some((update) => update.poolId === pool.id)
    const isTold = changes.events.some(
      ({ type, clusterId, data }) =>
        clusterId === pool.clusterId &&
        ((type === 'pool.changed' && data['pool'] === pool.name) ||
          (type === 'cluster.versionChanged' &&
            pool.desiredCapacity === 0 &&
            ledger.nodesOf(pool.id).length === 0)),
    )
    return isTold && !isHeld
  }

  const checkCommittedRevisions = (commit: Commit) => {
    const { changes, was, writer } = commit
    for (const [id, pool] of changes.pools) {
      const before = was.pools.get(id)
      if (!pool || !before || before.committedRevisionId === pool.committedRevisionId) continue
      if (writer.part === 'control' && isSaid(commit, pool)) continue
      const ended = [...changes.updates.values()].filter(
        (update) => update?.poolId === id && update.status === 'Successful',
      )
      if (
        writer.part === 'control' ||
        !ended.some((update) => update?.toRevisionId === pool.committedRevisionId)
      ) {
        fail('commit point', `pool ${pool.name} got another committed revision without an update's success`)
      }
    }
  }

  const checkEnd = (update: Update, commit: Commit) => {
    const { cancellation, supersededBy } = update.control
    if (supersededBy && update.status !== 'Cancelled') {
      fail('one at a time', `update ${update.id} was superseded and ended ${update.status}`)
    }
    const pool = ledger.pools.get(update.poolId)
    if (cancellation && update.status !== 'Cancelled') {
      fail('cancel converges', `update ${update.id} was cancelled and ended ${update.status}`)
    }
    const selected = ledger
      .nodesOf(update.poolId)
      .filter((node) => !update.selection || update.selection.includes(node.id))
      .filter((node) => !isLater(commit, node, update))
    if (update.status === 'Successful') {
      // One that was queued behind it may have begun, and ended, in the same transaction.
      const isFollowed = [...commit.changes.updates.values()].some(
        (one) =>
          one?.status === 'Successful' && one.fromRevisionId === update.toRevisionId && one.id !== update.id,
      )
      if (pool?.committedRevisionId !== update.toRevisionId && !isFollowed) {
        fail('commit point', `update ${update.id} succeeded and its revision is not the committed one`)
      }
      const bad = selected.filter((node) => node.revisionId !== update.toRevisionId || !isAvailable(node))
      const leavers = [...commit.was.nodes].filter(
        ([id, node]) => node?.poolId === update.poolId && ledger.nodes.get(id)?.poolId !== update.poolId,
      )
      const size = selectedOf(update) + leavers.length
      const mayBe = fallenMayBe(update, size) + toleranceOf(update, size)
      if (bad.length > mayBe) {
        const names = bad.map((node) => node.name).join(', ')
        fail('commit point', `update ${update.id} succeeded, but not on ${names}`)
      }
    }
    const isSuperseded = update.control.supersededBy !== null
    const rolledBack = update.status !== 'Successful' && update.direction === 'back' && !isSuperseded
    if (rolledBack && !update.because.startsWith('ended by') && cancellation?.mode !== 'stop-here') {
      const touched = steps.get(update.id)
      const left = selected.filter(
        (node) => touched?.has(node.id) && node.revisionId !== update.fromRevisionId,
      )
      if (left.length > 0) {
        fail(
          'cancel converges',
          `update ${update.id} went back, but not ${left.map((node) => node.name).join(', ')}`,
        )
      }
    }
  }

  const checkSteps = (commit: Commit) => {
    for (const { update, begun } of stepsByUpdate(scene, commit)) {
      const { cancellation, paused } = update.control
      const [step] = begun
      const direction = step?.inputs['direction']
      if (paused) fail('failure is bounded', `update ${update.id} is paused and began ${step?.name}`)
      if (update.control.supersededBy) {
        fail('one at a time', `update ${update.id} is superseded and began ${step?.name}`)
      }
      if (direction === 'forward' && cancellation) {
        fail('cancel converges', `update ${update.id} is cancelled and began ${step?.name} forward`)
      }
      if (direction === 'back' && cancellation?.mode === 'stop-here') {
        fail('cancel converges', `update ${update.id} was to stop here and began ${step?.name}`)
      }
      const failed = countFailed(update, direction)
      const tolerated = direction === 'back' ? 0 : toleranceOf(update, selectedOf(update))
      if (failed > tolerated && (direction === 'back' || update.params.onFailure !== 'continue')) {
        fail('failure is bounded', `${failed} nodes failed, ${tolerated} may, and ${step?.name} began`)
      }
      if (direction === 'back')
        for (const action of begun) checkBackStep(commit, update, action.nodeId as string)
    }
  }

  const checkBackStep = (commit: Commit, update: Update, nodeId: string) => {
    const node = commit.was.nodes.get(nodeId)
    if (
      node &&
      node.revisionId === update.fromRevisionId &&
      node.status !== 'Stopped' &&
      node.actionId === null &&
      // What was broken off may have put the other code under it.
      !isCodeUnknown(node) &&
      // What was broken off may have left something beside it.
      !hasStray(node)
    ) {
      if (!steps.get(update.id)?.has(nodeId)) {
        fail('cancel converges', `going back touched ${node.name}, which is on the committed revision`)
      }
    }
  }

  const selectedOf = ({ poolId, selection }: Update) =>
    ledger.nodesOf(poolId).filter((node) => !selection || selection.includes(node.id)).length

  const countFailed = (update: Update, direction: unknown) => {
    const since = update.control.resumedAt ?? 0
    let failed = 0
    for (const [nodeId, step] of steps.get(update.id) ?? []) {
      if (step.failed && step.direction === direction && step.at > since && ledger.nodes.has(nodeId))
        failed += 1
    }
    return failed
  }
  return { onCommit }
}

/** Updated nodes that may have become unhealthy, beside those that failed. */
function fallenMayBe({ params }: Update, selected: number): number {
  const { maxUnhealthyUpdated } = params
  if (maxUnhealthyUpdated === null) return 0
  if (typeof maxUnhealthyUpdated === 'number') return maxUnhealthyUpdated
  return Math.floor((selected * Number.parseInt(maxUnhealthyUpdated, 10)) / 100)
}

/** What the same transaction did to a node after the update had ended. */
function isLater(commit: Commit, node: Node, update: Update): boolean {
  if (commit.changes.nodes.has(node.id) && commit.was.nodes.get(node.id) === undefined) return true
  return commit.begun.some((action) => action.nodeId === node.id && action.updateId !== update.id)
}
