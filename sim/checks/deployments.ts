import { DEFAULT_POOL } from '../../src/domain/cluster.ts'
import type { Deployment } from '../../src/domain/deployment.ts'
import { type DeploymentUpdateRecord, loadLastUpdates } from '../../src/store/deployment-updates.ts'
import { listDeployments } from '../../src/store/deployments.ts'
import { findProject } from '../../src/store/projects.ts'
import type { Tx } from '../../src/store/store.ts'
import type { Ledger } from '../ledger.ts'

/**
 * Looks at what became of deployments when all has ended: their updates have, too; a deployment has the cluster of its
 * name exactly as long as its last update that succeeded has not taken it away; and what that update put there is what
 * the cluster is committed to, unless another update has moved it since.
 * @returns what is not so, in words
 */
export async function explainDeployments(tx: Tx, ledger: Ledger): Promise<string | undefined> {
  const projectId = (await findProject(tx, 'default'))!.id
  const { items } = await listDeployments(tx, { projectId }, { limit: 100 })
  const updates = await loadLastUpdates(
    tx,
    items.map(({ id }) => id),
  )
  for (const deployment of items) {
    const { last, deployed } = updates.get(deployment.id)!
    const wrong = explainCluster(ledger, deployment, deployed) ?? explainLast(ledger, deployment, last)
    if (wrong !== undefined) return `deployment ${deployment.name}: ${wrong}`
  }
  return undefined
}

function explainCluster(
  ledger: Ledger,
  { name, clusterId }: Deployment,
  deployed: DeploymentUpdateRecord | null,
): string | undefined {
  const named = [...ledger.clusters.values()].find(({ cluster }) => cluster.name === name)
  if (named?.cluster.id !== (clusterId ?? undefined)) {
    return `its cluster is ${clusterId}, and the one of its name is ${named?.cluster.id}`
  }
  if (clusterId === null && deployed?.enabled) return `update ${deployed.id} succeeded, and it has no cluster`
  return undefined
}

function explainLast(
  ledger: Ledger,
  { clusterId }: Deployment,
  last: DeploymentUpdateRecord | null,
): string | undefined {
  if (last?.status === 'Running') return `update ${last.id} still runs`
  if (last?.status !== 'Successful' || clusterId === null) return undefined
  if (last.kind === 'Remove') return `update ${last.id} has removed cluster ${clusterId}, which is there`
  if (last.kind === 'Nothing') return undefined
  const pool = [...ledger.pools.values()].find(
    (one) => one.clusterId === clusterId && one.name === DEFAULT_POOL,
  )
  const own = last.updateId === null ? undefined : ledger.updates.get(last.updateId)
  const since = own?.endedAt ?? 0
  const isMoved = [...ledger.updates.values()].some(
    (update) =>
      update.poolId === pool?.id &&
      update.id !== own?.id &&
      update.status === 'Successful' &&
      (update.endedAt ?? 0) >= since,
  )
  if (isMoved || pool?.committedRevisionId === last.revisionId) return undefined
  return `update ${last.id} succeeded with revision ${last.revisionId}, and ${pool?.committedRevisionId} is committed`
}
