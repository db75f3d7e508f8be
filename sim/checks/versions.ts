import type { Commit } from '../ledger.ts'
import type { Check, Scene } from './check.ts'

/**
 * Commit point, for versions of clusters: up by the request itself, and one step; down in the one transaction in which all
 * updates that the change consists of succeed, and no such update succeeds in any other.
 */
export function createVersionsCheck({ ledger, fail }: Scene): Check {
  const changesIn = (commit: Commit, clusterId: string) =>
    [...commit.changes.actions.values()].filter(
      (action) => action?.name === 'CLUSTER_CHANGE_VERSION' && action.clusterId === clusterId,
    )

  const checkCluster = (commit: Commit, id: string) => {
    const now = commit.changes.clusters.get(id)?.cluster
    const before = commit.was.clusters.get(id)?.cluster
    if (!now || !before || now.platform?.version === before.platform?.version) return
    const [from, to] = [before.platform?.version, now.platform?.version]
    const change = changesIn(commit, id).find(
      (action) => action?.inputs['from'] === from && action?.inputs['to'] === to,
    )
    if (change?.status !== 'SUCCEEDED') {
      fail('commit point', `cluster ${now.name} went from version ${from} to ${to}, and nothing said so`)
      return
    }
    const isUp = change.inputs['type'] === 'Upgrade'
    if (isUp !== (commit.writer.part === 'control'))
      fail('commit point', `cluster ${now.name} went to version ${to} by the ${commit.writer.part}`)
    for (const update of ledger.openUpdates()) {
      const action = ledger.actions.get(update.actionId)
      if (action?.parentId === change.id)
        fail('commit point', `cluster ${now.name} went to version ${to}, and update ${update.id} is open`)
    }
  }

  return {
    onCommit(commit) {
      for (const id of commit.changes.clusters.keys()) checkCluster(commit, id)
      for (const [id, update] of commit.changes.updates) {
        if (update?.status !== 'Successful' || commit.was.updates.get(id)?.status === 'Successful') continue
        const parentId = ledger.actions.get(update.actionId)?.parentId
        const change = parentId ? ledger.actions.get(parentId) : undefined
        if (change?.name !== 'CLUSTER_CHANGE_VERSION') continue
        const version = ledger.clusters.get(update.clusterId)?.cluster.platform?.version
        if (version !== change.inputs['to'] || change.status !== 'SUCCEEDED')
          fail('commit point', `update ${id} succeeded, and its cluster stays on version ${version}`)
      }
    },
  }
}
