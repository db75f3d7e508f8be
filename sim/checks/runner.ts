import type { NodeId } from '../../src/domain/ids.ts'
import type { Check, RuntimeCall, Scene } from './check.ts'

/**
 * Exactly one runner: in the store, in the world, and on each node. Nodes outlive: an engine that stops begins
 * nothing more.
 */
export function createRunnerCheck(scene: Scene): Check {
  const { ledger, fail } = scene
  /** What was started and not ended by a call; it may end by itself. */
  const living = new Map<NodeId, { readonly key: string | null; readonly endsAt: number | null }>()
  const terms = new Map<NodeId, number>()
  const calls = new Map<NodeId, Set<RuntimeCall>>()
  return {
    onCommit({ writer, changes, owners, was }) {
      if (writer.part === 'engine') {
        for (const [clusterId, owner] of owners) {
          // Gone in this very transaction.
          if (changes.clusters.get(clusterId) === null) continue
          if (owner !== writer.engineId) {
            fail('one runner', `${writer.machine} wrote about cluster ${clusterId}, which it does not run`)
          }
        }
      }
      for (const node of changes.nodes.values()) {
        if (!node) continue
        const running = [...ledger.openActions.values()].filter(
          (action) => action.nodeId === node.id && action.status === 'RUNNING',
        )
        const [first] = running
        if (running.length > 1) {
          fail('one runner', `${node.name} has ${running.map((action) => action.name).join(' and ')} running`)
        } else if ((first?.id ?? null) !== node.actionId) {
          fail('one runner', `${node.name} says it is held by ${node.actionId}, and ${first?.id} runs`)
        }
        const before = was.nodes.get(node.id)
        if (before && node.attempt < before.attempt)
          fail('one runner', `${node.name} counts its starts backwards`)
      }
    },
    onCall(call) {
      if (call.what === 'observe') return
      if (call.machine.stopping)
        fail('nodes outlive', `${call.what} was called by an engine that is stopping`)
      const known = calls.get(call.nodeId) ?? new Set()
      for (const other of known) {
        if (other.machine === call.machine && other.term === call.term && !other.signal.aborted) {
          fail('one runner', `${call.what} was called while ${other.what} was under way on ${call.nodeId}`)
        }
      }
      calls.set(call.nodeId, known.add(call))
    },
    onCallEnd(call) {
      calls.get(call.nodeId)?.delete(call)
    },
    onEffect({ nodeId, what, key, term, machine }) {
      if (what === 'started') {
        const other = living.get(nodeId)
        if (other && (other.endsAt ?? Number.POSITIVE_INFINITY) > scene.now()) {
          fail('one runner', `${key} was started beside ${other.key}`)
        }
        living.set(nodeId, { key, endsAt: scene.world.node(nodeId)?.thing?.endsAt ?? null })
      } else if (what === 'stopped' || what === 'died') living.delete(nodeId)
      if (term === null || !['started', 'stopped', 'removed', 'placed'].includes(what)) return
      const highest = terms.get(nodeId) ?? 0
      if (term < highest)
        fail('one runner', `${machine} ${what} ${nodeId} under term ${term}, after term ${highest}`)
      terms.set(nodeId, Math.max(term, highest))
    },
  }
}
