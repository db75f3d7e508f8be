import type { NodeId } from '../../src/domain/ids.ts'
import { hasStray } from '../../src/domain/node.ts'
import { isSameStart } from '../../src/runtimes/runtime.ts'
import { livingOf } from '../../src/runtimes/scripted/world.ts'
import type { Commit } from '../ledger.ts'
import type { Check, RuntimeCall, Scene } from './check.ts'

/**
 * Exactly one runner: in the store, in the world, and on each node. Nodes outlive: an engine that stops begins
 * nothing more.
 */
export function createRunnerCheck(scene: Scene): Check {
  const { ledger, fail } = scene
  const terms = new Map<NodeId, number>()
  const calls = new Map<NodeId, Set<RuntimeCall>>()
  /** All that were made of a node, in their order, from the last one on that had an effect. */
  const made = new Map<NodeId, RuntimeCall[]>()
  /** What was started and not ended by a call, with when it ends by itself. */
  const started = new Map<NodeId, Map<string, number>>()

  /** Two things at most, of two starts, and only while a node surges or a surge was broken off. */
  const checkAlone = (nodeId: NodeId, key: string) => {
    const known = started.get(nodeId) ?? new Map<string, number>()
    const others = [...known].filter(([, endsAt]) => endsAt > scene.now()).map(([other]) => other)
    const node = ledger.nodes.get(nodeId)
    const maySurge = node !== undefined && hasStray(node)
    if (others.length > (maySurge ? 1 : 0) || others.some((other) => isSameStart(other, key)))
      fail('one runner', `${key} was started beside ${others.join(' and ')}`)
    const state = scene.world.node(nodeId)
    const thing = state && livingOf(state, scene.now()).find((one) => one.key === key)
    known.set(key, thing?.endsAt ?? Number.POSITIVE_INFINITY)
    started.set(nodeId, known)
  }

  /** What was given up, and is done late, does nothing any more once what followed it has reached the node. */
  const checkOrder = (call: RuntimeCall, did: string) => {
    const { nodeId } = call
    const all = made.get(nodeId) ?? []
    const at = all.indexOf(call)
    if (at < 0) fail('one runner', `${did} ${nodeId} by ${call.what}, after what followed it`)
    else made.set(nodeId, all.slice(at))
  }

  return {
    onCommit(commit) {
      const { writer, changes, owners, was } = commit
      if (writer.part === 'engine') {
        const given = clustersGivenTo({ ledger }, commit)
        for (const [clusterId, owner] of owners) {
          if (given.has(clusterId)) continue
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
      if (call.what === 'observe' || call.what === 'findDrift') return
      if (call.machine.stopping)
        fail('nodes outlive', `${call.what} was called by an engine that is stopping`)
      const known = calls.get(call.nodeId) ?? new Set()
      for (const other of known) {
        if (other.machine === call.machine && other.term === call.term && !other.signal.aborted) {
          fail('one runner', `${call.what} was called while ${other.what} was under way on ${call.nodeId}`)
        }
      }
      calls.set(call.nodeId, known.add(call))
      made.set(call.nodeId, [...(made.get(call.nodeId) ?? []), call])
    },
    onCallEnd(call) {
      calls.get(call.nodeId)?.delete(call)
    },
    onEffect({ nodeId, what, key, term, machine, call }) {
      if (call !== null && what !== 'refused') checkOrder(call, what)
      if (what === 'started' && key !== null) checkAlone(nodeId, key)
      if (what === 'stopped' || what === 'died') started.get(nodeId)?.delete(key ?? '')
      if (term === null || !['started', 'stopped', 'removed', 'placed'].includes(what)) return
      const highest = terms.get(nodeId) ?? 0
      if (term < highest)
        fail('one runner', `${machine} ${what} ${nodeId} under term ${term}, after term ${highest}`)
      terms.set(nodeId, Math.max(term, highest))
    },
  }
}

/**
 * Clusters that the owner of another one wrote about as it may: it handed nodes of its own over, or asked for them.
 */
function clustersGivenTo({ ledger }: Pick<Scene, 'ledger'>, { writer, changes, was }: Commit): Set<string> {
  const given = new Set<string>()
  // Who empties its cluster that is to go deletes it in the same transaction.
  const isOwn = (id = '') => (ledger.clusters.get(id) ?? was.clusters.get(id))?.engineId === writer.engineId
  const foreign = [...changes.nodes.values()].filter((node) => node !== null && !isOwn(node.clusterId))
  for (const node of foreign) {
    if (isOwn(was.nodes.get(node?.id ?? '')?.clusterId)) given.add(node?.clusterId as string)
  }
  for (const [id, action] of changes.actions) {
    if (action?.name === 'NODE_JOIN' && !was.actions.get(id) && isOwn(String(action.inputs['clusterId'])))
      given.add(action.clusterId)
  }
  // Not if it touched a node that was never its own.
  for (const node of foreign) {
    if (node && !isOwn(was.nodes.get(node.id)?.clusterId)) given.delete(node.clusterId)
  }
  return given
}
