import { hasStray, isAvailable, isCodeUnknown, type Node } from '../../src/domain/node.ts'
import type { Update } from '../../src/domain/update.ts'
import type { Check, Scene } from './check.ts'

/**
 * In sync: a repair touches only nodes that differ, and one that nobody asked for only in clusters that want it, and no
 * node that somebody put on another revision.
 */
export function createDriftCheck({ ledger, fail }: Scene): Check {
  return {
    onCommit(commit) {
      for (const action of commit.begun) {
        const update = action.updateId === null ? undefined : ledger.updates.get(action.updateId)
        const before = action.nodeId === null ? undefined : commit.was.nodes.get(action.nodeId)
        if (update?.type !== 'Repair' || !before || action.name === 'NODE_START') continue
        // It fell ill in this very look: its row says only that it is worked on.
        const wasIll = action.inputs['wasAvailable'] === false
        if (!wasIll && isRight(before, update) && !isChangedWith(ledger.nodes.get(before.id), commit.was))
          fail('in sync', `a repair touches ${before.name}, which is what its revision says`)
      }
      for (const [id, update] of commit.changes.updates) {
        if (!update || commit.was.updates.get(id) || update.createdBy !== 'engine') continue
        const cluster = ledger.clusters.get(update.clusterId)
        if (cluster?.cluster.driftRepair !== 'automatic')
          fail('in sync', `update ${id} repairs drift in a cluster that does not want that`)
        for (const nodeId of update.selection ?? []) {
          const node = ledger.nodes.get(nodeId)
          if (node && node.revisionId !== update.toRevisionId && node.actionId === null)
            fail('in sync', `update ${id} was begun for ${node.name}, which is on another revision`)
        }
      }
    },
  }
}

function isRight(node: Node, { toRevisionId }: Update): boolean {
  const isKnown = !isCodeUnknown(node) && !hasStray(node)
  return node.revisionId === toRevisionId && isAvailable(node) && node.drift === null && isKnown
}

/** One look takes note of what it saw and acts on it: the row before does not say yet. */
function isChangedWith(
  node: Node | undefined,
  { nodes }: { readonly nodes: ReadonlyMap<string, Node | undefined> },
) {
  const before = node && nodes.get(node.id)
  return (
    node !== undefined && before !== undefined && (node.drift !== before.drift || node.health === 'Unhealthy')
  )
}
