import type { NodePool } from '../domain/cluster.ts'
import type { SyncStatus } from '../domain/drift.ts'
import type { ClusterId, NodeId, PoolId, ProjectId, RevisionId } from '../domain/ids.ts'
import type { Node } from '../domain/node.ts'
import { findByReference } from './find-by-reference.ts'
import { inSync } from './node-sync.ts'
import { listPage, type Page, type PageRequest } from './page.ts'
import { createRowWriter } from './row-writer.ts'
import { nodeRows } from './rows.ts'
import type { NodeRow } from './schema.ts'
import type { Tx } from './store.ts'

const ROWS_PER_STATEMENT = 200

/** Inserts the nodes, or writes them over where they exist. */
export const putNodes = createRowWriter('nodes', nodeRows, [
  ...(['status', 'status_reason', 'health', 'revision_id', 'attempt', 'action_id'] as const),
  ...([
    'physical_id',
    'endpoint',
    'handle',
    'available_since',
    'first_ready_at',
    'data',
    'updated_at',
    'drift',
    'drift_reason',
    'drift_at',
    'moves',
  ] as const),
])

/** Writes over all that somebody else than a node's engine may change: its place, and what its owner says of it. */
export async function patchNode(tx: Tx, id: NodeId, patch: Partial<Node>): Promise<void> {
  await tx.updateTable('nodes').set(nodeRows.toColumns(patch)).where('id', '=', id).execute()
}

/** The nodes of a cluster that others than its engine wrote with a later request than that. */
export async function loadNodesWrittenSince(tx: Tx, clusterId: ClusterId, intent: number): Promise<Node[]> {
  const rows = await tx
    .selectFrom('nodes')
    .selectAll()
    .where('cluster_id', '=', clusterId)
    .where('written_at_intent', '>', intent)
    // Says which index to take: it has only these.
    .where('written_at_intent', '>', 0)
    .orderBy('pool_id')
    .orderBy('node_index')
    .execute()
  return rows.map(nodeRows.toNoun)
}

export async function deleteNodes(tx: Tx, ids: readonly NodeId[]): Promise<void> {
  for (let start = 0; start < ids.length; start += ROWS_PER_STATEMENT) {
    await tx
      .deleteFrom('nodes')
      .where('id', 'in', ids.slice(start, start + ROWS_PER_STATEMENT))
      .execute()
  }
}

/** All nodes of a cluster by pool and index: what an engine reads once, when it takes the cluster over. */
export async function loadNodes(tx: Tx, clusterId: ClusterId): Promise<Node[]> {
  const rows = await tx
    .selectFrom('nodes')
    .selectAll()
    .where('cluster_id', '=', clusterId)
    .orderBy('pool_id')
    .orderBy('node_index')
    .execute()
  return rows.map(nodeRows.toNoun)
}

/** As much of a node as a plan needs. */
export type NodeHead = Pick<
  Node,
  'id' | 'name' | 'index' | 'status' | 'health' | 'revisionId' | 'metadata' | 'data' | 'drift' | 'driftReason'
>

/** All nodes of a pool by index, without what only its engine needs. */
export async function loadNodeHeads(
  tx: Tx,
  { id, clusterId }: Pick<NodePool, 'id' | 'clusterId'>,
): Promise<NodeHead[]> {
  const rows = await tx
    .selectFrom('nodes')
    .select(['id', 'name', 'node_index', 'status', 'health', 'revision_id', 'metadata', 'data'])
    .select(['drift', 'drift_reason'])
    .where('cluster_id', '=', clusterId)
    .where('pool_id', '=', id)
    .orderBy('node_index')
    .execute()
  return rows.map((row) => ({
    id: row.id as NodeId,
    name: row.name,
    index: row.node_index,
    status: row.status as Node['status'],
    health: row.health as Node['health'],
    revisionId: row.revision_id as RevisionId | null,
    metadata: JSON.parse(row.metadata) as Node['metadata'],
    data: JSON.parse(row.data) as Node['data'],
    drift: row.drift as Node['drift'],
    driftReason: row.drift_reason,
  }))
}

export async function getNode(tx: Tx, id: string): Promise<Node | undefined> {
  const row = await tx.selectFrom('nodes').selectAll().where('id', '=', id).executeTakeFirst()
  return row && nodeRows.toNoun(row)
}

/** Where nodes are looked for: in a project, or in one cluster of it. */
export interface NodeScope {
  readonly projectId: ProjectId
  readonly clusterId?: ClusterId | undefined
}

/**
 * @param reference id, name, or the beginning of an id
 * @throws AmbiguousError
 */
export async function findNode(tx: Tx, scope: NodeScope, reference: string): Promise<Node | undefined> {
  const where = { project_id: scope.projectId, cluster_id: scope.clusterId }
  const row = await findByReference<NodeRow>(tx, { kind: 'node', table: 'nodes', where }, reference)
  return row && nodeRows.toNoun(row)
}

/** @param references ids or names; what is unknown is left out, and of a name that several have, all are there */
export async function findNodes(tx: Tx, scope: NodeScope, references: readonly string[]): Promise<Node[]> {
  const { projectId, clusterId } = scope
  const nodes: Node[] = []
  for (let start = 0; start < references.length; start += ROWS_PER_STATEMENT) {
    const some = references.slice(start, start + ROWS_PER_STATEMENT)
    const rows = await tx
      .selectFrom('nodes')
      .selectAll()
      .where('project_id', '=', projectId)
      .$if(clusterId !== undefined, (query) => query.where('cluster_id', '=', clusterId as string))
      .where((eb) => eb.or([eb('id', 'in', some), eb('name', 'in', some)]))
      .execute()
    nodes.push(...rows.map(nodeRows.toNoun))
  }
  return nodes
}

/** The nodes of each of these clusters, by index. At most 1000 clusters. */
export async function listNodeIds(
  tx: Tx,
  clusterIds: readonly ClusterId[],
): Promise<Map<ClusterId, NodeId[]>> {
  const found = new Map<ClusterId, NodeId[]>()
  if (clusterIds.length === 0) return found
  const rows = await tx
    .selectFrom('nodes')
    .select(['id', 'cluster_id'])
    .where('cluster_id', 'in', clusterIds)
    .orderBy('cluster_id')
    .orderBy('node_index')
    .execute()
  for (const { id, cluster_id } of rows) {
    const ids = found.get(cluster_id as ClusterId) ?? []
    ids.push(id as NodeId)
    found.set(cluster_id as ClusterId, ids)
  }
  return found
}

/** Whether a node of the cluster has that name. */
export async function isNodeNameTaken(
  tx: Tx,
  { projectId, clusterId }: Required<NodeScope>,
  name: string,
): Promise<boolean> {
  const row = await tx
    .selectFrom('nodes')
    .select('id')
    .where('project_id', '=', projectId)
    .where('name', '=', name)
    .where('cluster_id', '=', clusterId as string)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** At most 1000. */
export async function loadNodeNames(tx: Tx, ids: readonly NodeId[]): Promise<Map<NodeId, string>> {
  if (ids.length === 0) return new Map()
  const rows = await tx.selectFrom('nodes').select(['id', 'name']).where('id', 'in', ids).execute()
  return new Map(rows.map((row) => [row.id as NodeId, row.name]))
}

/** The revisions that a pool's nodes run. */
export async function listRunningRevisions(tx: Tx, poolId: PoolId): Promise<RevisionId[]> {
  const rows = await tx
    .selectFrom('nodes')
    .select('revision_id')
    .distinct()
    .where('pool_id', '=', poolId)
    .where('revision_id', 'is not', null)
    .execute()
  return rows.map((row) => row.revision_id as RevisionId)
}

/** Of all projects. */
export async function countNodesByStatus(
  tx: Tx,
): Promise<readonly { readonly status: string; readonly count: number }[]> {
  const rows = await tx
    .selectFrom('nodes')
    .select(['status', (eb) => eb.fn.countAll<number>().as('count')])
    .groupBy('status')
    .execute()
  return rows.map(({ status, count }) => ({ status, count: Number(count) }))
}

export interface NodeFilter {
  /** Absent: all projects. */
  readonly projectId?: ProjectId | readonly ProjectId[]
  readonly clusterId?: ClusterId | readonly ClusterId[]
  readonly poolId?: PoolId
  readonly ids?: readonly string[]
  readonly name?: string | readonly string[]
  readonly status?: readonly string[]
  readonly health?: readonly string[]
  /** Status and health together: one of these. */
  readonly states?: readonly { readonly status: string; readonly health?: readonly string[] }[]
  readonly revisionId?: string
  readonly sync?: SyncStatus
}

export async function listNodes(tx: Tx, filter: NodeFilter, page: PageRequest): Promise<Page<Node>> {
  return listPage<NodeRow, Node>(
    tx,
    {
      table: 'nodes',
      where: {
        project_id: filter.projectId,
        cluster_id: filter.clusterId,
        pool_id: filter.poolId,
        id: filter.ids,
        name: filter.name,
        status: filter.status,
        health: filter.health,
        revision_id: filter.revisionId,
      },
      conditions: filter.sync === undefined ? [] : [inSync(filter.sync)],
      anyOf: filter.states?.map(({ status, health }) => ({ status, health })),
      sortable: {
        index: 'node_index',
        name: 'name',
        status: 'status',
        createdAt: 'created_at',
        firstReadyAt: { expression: 'coalesce(first_ready_at, 0)' },
        updatedAt: 'updated_at',
      },
      defaultSort: 'index',
      toNoun: nodeRows.toNoun,
    },
    page,
  )
}
