import type { Commit } from './ledger.ts'

/** One line of the trace: what a transaction changed, by whom. */
export function describeCommit({ writer, changes, was }: Commit): string {
  const parts: string[] = []
  for (const [id, action] of changes.actions) {
    if (action && action.status !== was.actions.get(id)?.status) {
      parts.push(`${action.name} ${action.id.slice(-6)} ${action.status} (${action.statusReason})`)
    }
  }
  for (const [id, update] of changes.updates) {
    if (update) parts.push(`update ${id.slice(-6)} ${update.status} ${update.direction} (${update.because})`)
  }
  for (const [id, node] of changes.nodes) {
    const name = node?.name ?? was.nodes.get(id)?.name
    parts.push(
      node ? `${name} ${node.status} ${node.health} r…${node.revisionId?.slice(-4)}` : `${name} gone`,
    )
  }
  for (const [id, row] of changes.clusters) {
    parts.push(
      row ? `${row.cluster.name} ${row.cluster.status} term ${row.term}` : `cluster ${id.slice(-6)} gone`,
    )
  }
  for (const [id, binding] of changes.bindings) {
    const word = binding === null ? 'gone' : binding.enabled ? 'enabled' : 'disabled'
    parts.push(`policy on a cluster ${id.slice(-6)} ${word}`)
  }
  for (const pool of changes.pools.values()) if (pool) parts.push(`${pool.name} of ${pool.desiredCapacity}`)
  return `${writer.part === 'engine' ? '#' : '='} ${writer.machine} ${parts.join('; ')}`
}
