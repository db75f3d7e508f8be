import type { Action } from '../../src/domain/action.ts'
import type { NodeId } from '../../src/domain/ids.ts'
import { isAvailable } from '../../src/domain/node.ts'
import type { Settings } from '../../src/runtimes/scripted/config.ts'
import { isLive, livingOf, type ScriptedNode } from '../../src/runtimes/scripted/world.ts'
import type { Commit } from '../ledger.ts'
import type { Check, Effect, Scene } from './check.ts'
import { limitOf, stepsByUpdate, surgeLimitOf } from './limits.ts'

/**
 * Budget, judged twice: by the rows (an update takes a node that serves only while fewer than `maxUnavailable` of
 * the pool do not) and by the world (so many nodes at most are down because an update ended what ran in them). A node whose
 * replacement starts beside it is not away, and no more of them are there than `maxSurge`.
 */
export function createBudgetCheck(scene: Scene): Check {
  const { ledger, fail } = scene
  /** By node action: the limit that held when it began. */
  const limits = new Map<string, number>()
  /** Nodes in which an update ended something that served, and which do not serve again yet. */
  const away = new Map<NodeId, Action>()

  const onCommit = (commit: Commit) => {
    for (const { update, begun } of stepsByUpdate(scene, commit)) {
      if (update.params.strategy !== 'ROLLING') continue
      const limit = limitOf(update, commit, scene)
      for (const action of begun) limits.set(action.id, limit)
      const surge = surgeLimitOf(update, commit, scene)
      const inFlight = [...ledger.openActions.values()].filter(
        (one) => one.updateId === update.id && one.nodeId !== null && one.status === 'RUNNING',
      )
      const surging = inFlight.filter(({ inputs }) => inputs['surge'] === true).length
      // Where none may be away, one that does not serve may still move.
      if (inFlight.length - surging > Math.max(1, limit))
        fail('budget', `${inFlight.length - surging} nodes in flight, ${limit} may be (update ${update.id})`)
      if (surging > surge) fail('budget', `${surging} nodes surge, ${surge} may (update ${update.id})`)
      const takesAway = ({ inputs }: Action) => inputs['wasAvailable'] === true && inputs['surge'] !== true
      if (!begun.some(takesAway)) continue
      const unavailable = ledger
        .nodesOf(update.poolId)
        .filter((node) => !isAvailable(node) && !isForeign(commit, node.id, update.id)).length
      if (unavailable > limit) {
        fail('budget', `${unavailable} nodes do not serve after a step, ${limit} may (update ${update.id})`)
      }
    }
  }

  /** Not this update's doing, and perhaps later in the same transaction than its step. */
  const isForeign = (commit: Commit, nodeId: string, updateId: string) =>
    (commit.changes.nodes.has(nodeId) && commit.was.nodes.get(nodeId) === undefined) ||
    commit.begun.some((action) => action.nodeId === nodeId && action.updateId !== updateId)

  const onEffect = ({ nodeId, what }: Effect) => {
    if (what === 'started' || what === 'removed') away.delete(nodeId)
    if (what !== 'stopped') return
    const node = ledger.nodes.get(nodeId)
    const action = node?.actionId ? ledger.openActions.get(node.actionId) : undefined
    const update = action?.updateId ? ledger.updates.get(action.updateId) : undefined
    if (!node || !action || update?.params.strategy !== 'ROLLING') return
    const seen = scene.world.node(nodeId)
    // A thing whose runtime lies about it was not known to serve.
    if (!seen || !isHonest(seen)) return
    // What took its place, or was to, serves.
    if (livingOf(seen, scene.now()).length > 0) return
    // Where none may be away, one that does not serve is moved all the same.
    if (limits.get(action.id) === 0 && action.inputs['wasAvailable'] !== true) return
    away.set(nodeId, action)
    const others = [...away].filter(
      // One that has left the pool is nobody's there any more.
      ([id, one]) =>
        one.updateId === update.id && ledger.nodes.get(id)?.poolId === update.poolId && !serves(id),
    )
    const limit = Math.max(...others.map(([, one]) => limits.get(one.id) ?? 1))
    if (others.length > limit) {
      fail('budget', `${others.length} nodes are down in the world, ${limit} may be (update ${update.id})`)
    }
  }

  const serves = (id: NodeId) => {
    const node = scene.world.node(id)
    return node?.thing != null && isLive(node.thing, scene.now()) && passes(node, scene.now())
  }
  return { onCommit, onEffect }
}

function isHonest(node: ScriptedNode): boolean {
  return (node.settings?.lies ?? 'none') === 'none'
}

function passes(node: ScriptedNode, now: number): boolean {
  if (node.thing?.health != null) return node.thing.health
  const { health } = node.settings as Settings
  const age = now - (node.thing?.startedAt ?? now)
  return health.passesAfterMs !== 'never' && age >= health.passesAfterMs
}
