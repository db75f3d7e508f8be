import type { ClusterId, PolicyBindingId, PolicyId, ProjectId } from '../domain/ids.ts'
import type { AttachedPolicy, Policy, PolicyBinding } from '../domain/policy.ts'
import { findByReference } from './find-by-reference.ts'
import { listPage, type Page, type PageRequest } from './page.ts'
import { policyBindingRows, policyRows } from './rows.ts'
import type { PolicyRow } from './schema.ts'
import { openRow, sealRow } from './sealed-columns.ts'
import type { Tx } from './store.ts'

export async function insertPolicy(tx: Tx, policy: Policy): Promise<void> {
  await tx
    .insertInto('policies')
    .values(sealRow(tx, 'policies', policyRows.toRow(policy)))
    .execute()
}

/**
 * @param reference id, name, or the beginning of an id
 * @throws AmbiguousError
 */
export async function findPolicy(
  tx: Tx,
  projectId: ProjectId,
  reference: string,
): Promise<Policy | undefined> {
  const where = { project_id: projectId }
  const row = await findByReference<PolicyRow>(tx, { kind: 'policy', table: 'policies', where }, reference)
  return row && toPolicy(tx)(row)
}

/** Whether a policy of the project has that name. */
export async function isPolicyNameTaken(tx: Tx, projectId: ProjectId, name: string): Promise<boolean> {
  const row = await tx
    .selectFrom('policies')
    .select('id')
    .where('project_id', '=', projectId)
    .where('name', '=', name)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

export async function listPolicies(
  tx: Tx,
  filter: {
    /** Absent: all projects. */
    readonly projectId?: ProjectId | readonly ProjectId[]
    readonly name?: string | readonly string[]
    readonly type?: string | readonly string[]
  },
  page: PageRequest,
): Promise<Page<Policy>> {
  return listPage<PolicyRow, Policy>(
    tx,
    {
      table: 'policies',
      where: { project_id: filter.projectId, name: filter.name, type: filter.type },
      sortable: {
        name: 'name',
        type: 'type',
        createdAt: 'created_at',
        updatedAt: { expression: 'coalesce(updated_at, 0)' },
      },
      defaultSort: 'name',
      toNoun: toPolicy(tx),
    },
    page,
  )
}

export async function patchPolicy(
  tx: Tx,
  id: PolicyId,
  patch: Partial<Omit<Policy, 'properties'>>,
): Promise<void> {
  await tx.updateTable('policies').set(policyRows.toColumns(patch)).where('id', '=', id).execute()
}

/** It must not be attached to any cluster. */
export async function deletePolicy(tx: Tx, id: PolicyId): Promise<void> {
  await tx.deleteFrom('policies').where('id', '=', id).execute()
}

/** The clusters that a policy is attached to. At most ten. */
export async function findPolicyUsers(tx: Tx, id: PolicyId): Promise<string[]> {
  const rows = await tx
    .selectFrom('policy_bindings')
    .innerJoin('clusters', 'clusters.id', 'policy_bindings.cluster_id')
    .select('clusters.name as cluster')
    .where('policy_bindings.policy_id', '=', id)
    .orderBy('clusters.name')
    .limit(10)
    .execute()
  return rows.map((row) => `cluster "${row.cluster}"`)
}

/** At most 1000. */
export async function loadPolicies(tx: Tx, ids: readonly PolicyId[]): Promise<Policy[]> {
  if (ids.length === 0) return []
  const rows = await tx.selectFrom('policies').selectAll().where('id', 'in', ids).execute()
  return rows.map(toPolicy(tx))
}

/** The policies of some clusters, in the order in which they are asked. A cluster has few; at most 1000 clusters. */
export async function loadAttachedPolicies(
  tx: Tx,
  clusterIds: readonly ClusterId[],
): Promise<AttachedPolicy[]> {
  if (clusterIds.length === 0) return []
  const rows = await tx
    .selectFrom('policy_bindings')
    .selectAll()
    .where('cluster_id', 'in', clusterIds)
    .orderBy('priority')
    .orderBy('id')
    .execute()
  const bindings = rows.map(policyBindingRows.toNoun)
  const policies = await loadPolicies(tx, [...new Set(bindings.map(({ policyId }) => policyId))])
  const byId = new Map(policies.map((policy) => [policy.id, policy]))
  return bindings.map((binding) => ({ binding, policy: byId.get(binding.policyId) as Policy }))
}

/** The policies of each of these clusters, in the order in which they are asked. At most 1000 clusters. */
export async function listPolicyIds(
  tx: Tx,
  clusterIds: readonly ClusterId[],
): Promise<Map<ClusterId, PolicyId[]>> {
  if (clusterIds.length === 0) return new Map()
  const rows = await tx
    .selectFrom('policy_bindings')
    .select(['cluster_id', 'policy_id'])
    .where('cluster_id', 'in', clusterIds)
    .orderBy('priority')
    .orderBy('id')
    .execute()
  const groups = Map.groupBy(rows, (row) => row.cluster_id as ClusterId)
  return new Map([...groups].map(([id, group]) => [id, group.map((row) => row.policy_id as PolicyId)]))
}

/** Adds a binding, or writes over the one with that id. */
export async function putBinding(tx: Tx, binding: PolicyBinding): Promise<void> {
  const { id, ...row } = policyBindingRows.toRow(binding)
  await tx
    .insertInto('policy_bindings')
    .values({ id, ...row })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
    .execute()
}

export async function deleteBindings(tx: Tx, ids: readonly PolicyBindingId[]): Promise<void> {
  await tx.deleteFrom('policy_bindings').where('id', 'in', ids).execute()
}

function toPolicy(tx: Tx): (row: PolicyRow) => Policy {
  return (row) => policyRows.toNoun(openRow(tx, 'policies', row))
}
