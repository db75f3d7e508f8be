import type { Update } from '../../src/domain/update.ts'
import { isLive } from '../../src/runtimes/scripted/world.ts'
import type { Check, Scene } from './check.ts'

/** Order: under FORCE, every selected node was down, or could not be stopped, before any starts on the target. */
export function createForceCheck(scene: Scene): Check {
  const { ledger, world, fail } = scene
  /** By update and direction: the nodes that were seen down, or whose stop failed, since it began. */
  const settled = new Map<string, Set<string>>()
  const settledOf = (update: Update) => {
    const key = `${update.id}/${update.direction}`
    const known = settled.get(key) ?? new Set<string>()
    settled.set(key, known)
    return known
  }
  const isDown = (id: string) => {
    const thing = world.node(id as never)?.thing
    return thing == null || !isLive(thing, scene.now())
  }
  const noteDown = (update: Update) => {
    const known = settledOf(update)
    for (const node of ledger.nodesOf(update.poolId)) if (isDown(node.id)) known.add(node.id)
  }

  return {
    onCommit(commit) {
      for (const action of commit.ended) {
        const update = action.updateId ? ledger.updates.get(action.updateId) : undefined
        if (update && action.nodeId && action.status === 'FAILED') settledOf(update).add(action.nodeId)
      }
      for (const update of ledger.inFlight()) if (update.params.strategy === 'FORCE') noteDown(update)
    },
    onEffect({ nodeId, what }) {
      const node = ledger.nodes.get(nodeId)
      if (!node) return
      const update = ledger
        .inFlight()
        .find((one) => one.poolId === node.poolId && one.params.strategy === 'FORCE')
      if (!update) return
      if (what === 'stopped' || what === 'died') {
        noteDown(update)
        return
      }
      const action = node.actionId ? ledger.openActions.get(node.actionId) : undefined
      if (what !== 'started' || action?.name !== 'NODE_START' || action.updateId !== update.id) return
      if (action.inputs['direction'] !== update.direction) return
      noteDown(update)
      const target = update.direction === 'forward' ? update.toRevisionId : update.fromRevisionId
      const known = settledOf(update)
      const early = ledger.nodesOf(node.poolId).filter((other) => {
        if (other.id === nodeId || known.has(other.id)) return false
        if (update.selection && !update.selection.includes(other.id)) return false
        return !ledger.areAlike(world.node(other.id)?.placedRevision, target)
      })
      if (early.length > 0) {
        fail('order', `${node.name} started while ${early.map((one) => one.name).join(', ')} had not stopped`)
      }
    },
  }
}
