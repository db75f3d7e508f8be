import type { Node } from '../../src/domain/node.ts'
import type { Commit } from '../ledger.ts'
import type { Check, Scene } from './check.ts'

/**
 * Exactly one runner, for nodes that change their cluster: a node is in one cluster, and in a pool of it; it is handed
 * over in one transaction by whoever had it, when nothing is done to it; and it goes only by its deletion.
 */
export function createMovesCheck(scene: Scene): Check {
  const { ledger, fail } = scene
  return {
    onCommit(commit) {
      for (const [id, node] of commit.changes.nodes) {
        const before = commit.was.nodes.get(id)
        if (node) checkPlace(node)
        if (node && before && node.clusterId !== before.clusterId) checkMove(commit, before, node)
        else if (node && before && node.moves !== before.moves) checkFence(before, node)
        if (before && !node && !endedWell(commit, id, ['NODE_DELETE'])) {
          fail('rows agree', `${before.name} is gone without having been deleted`)
        }
      }
    },
  }

  function checkPlace(node: Node): void {
    const pool = ledger.pools.get(node.poolId)
    if (pool?.clusterId !== node.clusterId) {
      fail('rows agree', `${node.name} is in pool ${node.poolId}, which is not one of its cluster`)
    }
  }

  /** It grows by one for each call that was given up, and is never less: what was fenced off stays so. */
  function checkFence(before: Node, node: Node): void {
    if (node.moves < before.moves) fail('one runner', `the fence of ${node.name} went back to ${node.moves}`)
    else if (before.actionId === null)
      fail('one runner', `the fence of ${node.name} rose, and nothing was done to it`)
  }

  function checkMove(commit: Commit, before: Node, node: Node): void {
    if (!endedWell(commit, node.id, ['NODE_JOIN', 'NODE_LEAVE'])) {
      fail('one runner', `${node.name} changed its cluster without an action that says so`)
    }
    // A call that was given up counts as well, and the look that hands the node over may be the one that learns of it.
    const isGivenUp = commit.ended.some(
      (action) => action.nodeId === node.id && action.status !== 'SUCCEEDED',
    )
    if (node.moves !== before.moves + 1 && !(isGivenUp && node.moves === before.moves + 2)) {
      fail(
        'one runner',
        `${node.name} changed its cluster and counts ${node.moves} moves after ${before.moves}`,
      )
    }
    if (node.actionId !== null) fail('one runner', `${node.name} was handed over while it was held`)
    if (node.attempt !== before.attempt)
      fail('one runner', `${node.name} was handed over and started at once`)
  }
}

function endedWell({ ended }: Commit, nodeId: string, names: readonly string[]): boolean {
  return ended.some(
    (action) => action.nodeId === nodeId && action.status === 'SUCCEEDED' && names.includes(action.name),
  )
}
