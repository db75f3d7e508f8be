import type { Action } from '../../src/domain/action.ts'
import { isAvailable, zoneOf } from '../../src/domain/node.ts'
import type { Update } from '../../src/domain/update.ts'
import type { Commit } from '../ledger.ts'
import type { Check, Scene } from './check.ts'
import { stepsByUpdate } from './limits.ts'

/**
 * How an update goes through its pool: it stops at checkpoints until somebody lets it go on, keeps to one zone at a time,
 * leaves an ill pool alone, and commits only what has baked.
 */
export function createRolloutCheck(scene: Scene): Check {
  const { ledger, fail } = scene
  /** By node action: where its node was when it began. */
  const zones = new Map<string, string>()
  /** `update/node` whose last step failed: it counts as failed, also when it serves after all. */
  const failed = new Set<string>()
  return {
    onCommit(commit) {
      for (const { id, nodeId } of commit.begun) {
        const node = ledger.nodes.get(nodeId as string)
        if (node) zones.set(id, zoneOf(node))
      }
      for (const { updateId, nodeId, status } of commit.ended) {
        if (status === 'FAILED') failed.add(`${updateId}/${nodeId}`)
        else if (status === 'SUCCEEDED') failed.delete(`${updateId}/${nodeId}`)
      }
      for (const [id, update] of commit.changes.updates) {
        const before = commit.was.updates.get(id)
        if (!update || !before) continue
        if (update.checkpointsPassed > before.checkpointsPassed) checkPassed(before, update)
        if (update.status === 'Successful' && before.status !== 'Successful')
          checkBaked(before, update, commit)
      }
      for (const { update, begun } of stepsByUpdate(scene, commit)) {
        if (update.params.strategy === 'FORCE') continue
        const forward = begun.filter((action) => action.inputs['direction'] === 'forward')
        if (forward.length > 0) checkHeld(update, commit)
        if (update.params.order.by === 'zone') checkZone(update)
        if (forward.some((action) => action.inputs['wasAvailable'] === true)) checkIll(update, commit)
      }
    },
  }

  function checkPassed(before: Update, update: Update): void {
    const { hold, params } = before
    const said = update.control.continued.some(
      ({ checkpoint }) => checkpoint === before.checkpointsPassed + 1,
    )
    const { holdSeconds, afterHold } = params
    // By the clock of the engine, which may have jumped: it wrote down both times.
    const heldMs = hold === null ? 0 : (update.lastProgressAt ?? 0) - hold.since
    const isOver = holdSeconds !== null && afterHold === 'continue' && heldMs >= holdSeconds * 1000
    if (!said && !isOver) {
      fail(
        'held',
        `update ${update.id} went on after ${before.checkpointsPassed} checkpoints, and nobody said so`,
      )
    }
  }

  function checkHeld(update: Update, commit: Commit): void {
    const next = update.params.checkpoints[update.checkpointsPassed]
    if (update.hold) fail('held', `update ${update.id} holds and began a step forward`)
    if (next === undefined) return
    const selected = selectedOf(update)
    const limit =
      typeof next === 'number'
        ? next
        : Math.max(1, Math.ceil((selected.length * Number.parseInt(next, 10)) / 100))
    const moved = selected.filter((node) => {
      const action = node.actionId === null ? undefined : ledger.openActions.get(node.actionId)
      if (action) return action.updateId === update.id && action.inputs['direction'] === 'forward'
      const isOn = node.revisionId === update.toRevisionId && isAvailable(node) && node.drift === null
      return isOn && !failed.has(`${update.id}/${node.id}`)
    })
    if (moved.length > limit && !isResized(update, commit)) {
      fail(
        'held',
        `${moved.length} nodes moved before checkpoint ${update.checkpointsPassed + 1}, which is at ${limit}`,
      )
    }
  }

  function checkZone(update: Update): void {
    const moving = [...ledger.openActions.values()].filter(
      ({ updateId, nodeId, status, inputs }) =>
        updateId === update.id &&
        nodeId !== null &&
        status === 'RUNNING' &&
        inputs['direction'] === update.direction,
    )
    // Where the owner says meanwhile that a node is elsewhere, neither place counts.
    const isThere = ({ id, nodeId }: Action) => {
      const node = ledger.nodes.get(nodeId as string)
      return node !== undefined && zoneOf(node) === zones.get(id)
    }
    const together = new Set(moving.filter(isThere).map(({ id }) => zones.get(id)))
    if (together.size > 1) {
      fail('order', `update ${update.id} moves nodes of zones ${[...together].join(', ')} together`)
    }
  }

  function checkIll(update: Update, commit: Commit): void {
    const { maxUnhealthy } = update.params
    if (maxUnhealthy === null || isResized(update, commit)) return
    const nodes = ledger.nodesOf(update.poolId)
    const ill = nodes.filter((node) => {
      if (isAvailable(node)) return false
      const action = node.actionId === null ? undefined : ledger.openActions.get(node.actionId)
      // What another action began in the same transaction may have come after the step.
      if (action && commit.begun.includes(action)) return false
      return !(action?.updateId === update.id && action.inputs['direction'] === update.direction)
    })
    const limit =
      typeof maxUnhealthy === 'number'
        ? maxUnhealthy
        : Math.floor((nodes.length * Number.parseInt(maxUnhealthy, 10)) / 100)
    if (ill.length > limit) {
      fail(
        'budget',
        `${ill.length} nodes are unhealthy and ${limit} may be, and update ${update.id} took one that serves`,
      )
    }
  }

  function checkBaked(before: Update, update: Update, { at }: Commit): void {
    const needed = update.params.bakeSeconds * 1000
    const since = update.lastProgressAt ?? update.startedAt ?? before.createdAt
    // By the engine's own clock, which may be some seconds off.
    const bakedFor = (update.endedAt ?? at) - since
    if (bakedFor < needed)
      fail('gate', `update ${update.id} was committed ${bakedFor} ms after its last node, not ${needed}`)
  }

  function selectedOf({ poolId, selection }: Update) {
    return ledger.nodesOf(poolId).filter((node) => !selection || selection.includes(node.id))
  }

  /** Its percentages are of another size than when the step was decided. */
  function isResized({ poolId }: Update, commit: Commit): boolean {
    return [...commit.changes.nodes].some(
      ([id, node]) => (node?.poolId === poolId) !== (commit.was.nodes.get(id)?.poolId === poolId),
    )
  }
}
