import { type Static, Type } from 'typebox'
import type { PoolView } from '../../control/views.ts'
import { tagsOf } from '../../domain/attributes.ts'
import type { NodePool } from '../../domain/cluster.ts'
import { UPDATE_STATUS_SUCCESSORS, type UpdateStatus } from '../../domain/update.ts'
import { NullableInteger, nullableRef, oneOf, record, ref, Tags, Time, toTime } from '../schema.ts'
import { GroupSyncResource, presentGroupSync } from '../sync.ts'
import { UpdateParamsInput } from '../updates/params.ts'

export const UpdateStatusWord = oneOf(Object.keys(UPDATE_STATUS_SUCCESSORS) as UpdateStatus[])

const fields = {
  id: Type.String(),
  clusterId: Type.String(),
  name: Type.String(),
  minSize: Type.Integer(),
  maxSize: Type.Unsafe<number | null>({ ...NullableInteger, description: 'Null: no upper bound.' }),
  desiredCapacity: Type.Integer(),
  updateDefaults: UpdateParamsInput,
  tags: Tags,
  createdAt: Time,
  updatedAt: Time,
  version: Type.Integer({ description: 'Counts changes to the settings; the ETag.' }),
}

/** Of the schema's example, for resources that contain a pool. */
export const poolExample = {
  id: '0193e1a0-6c1e-7002-9a3b-5f5e0c9d1b2a',
  clusterId: '0193e1a0-6c1e-7001-9a3b-5f5e0c9d1b2a',
  name: 'DefaultPool',
  minSize: 0,
  maxSize: null,
  desiredCapacity: 5,
  updateDefaults: { maxUnavailable: '20%' },
  tags: {},
  createdAt: '2026-11-21T10:00:00.000Z',
  updatedAt: '2026-11-21T10:00:00.000Z',
  version: 1,
}

/** Of the schema's example, for resources that contain a pool in detail. */
export const poolDetailExample = {
  ...poolExample,
  committedRevision: 3,
  nodes: { total: 5, available: 4, upToDate: 5 },
  sync: { status: 'IN_SYNC', outOfSync: 0, reasons: [] },
  updateInFlight: {
    id: '0193e1a0-6c1e-7003-9a3b-5f5e0c9d1b2a',
    status: 'InProgress',
    because: 'node web-2 restarts; 1 of 1 nodes may be unavailable',
  },
}

export const PoolResource = record(fields, {
  $id: 'Pool',
  description: 'A group of like nodes of a cluster.',
  examples: [poolExample],
})

export const UpdateInFlight = record(
  { id: Type.String(), status: UpdateStatusWord, because: Type.String() },
  {
    $id: 'UpdateInFlight',
    description: 'The update that holds a pool, in short.',
    examples: [poolDetailExample.updateInFlight],
  },
)

export const PoolDetailResource = record(
  {
    ...fields,
    committedRevision: Type.Integer({ description: 'Number of the revision that its nodes should run now.' }),
    nodes: record({
      total: Type.Integer({ description: 'That exist.' }),
      available: Type.Integer({ description: 'That serve.' }),
      upToDate: Type.Integer({ description: 'On which the committed revision was put last.' }),
    }),
    sync: ref(GroupSyncResource),
    updateInFlight: nullableRef(UpdateInFlight),
  },
  { $id: 'PoolDetail', description: 'A pool with what it is about now.', examples: [poolDetailExample] },
)

export function presentPool(pool: NodePool): Static<typeof PoolResource> {
  return {
    id: pool.id,
    clusterId: pool.clusterId,
    name: pool.name,
    minSize: pool.minSize,
    maxSize: pool.maxSize,
    desiredCapacity: pool.desiredCapacity,
    updateDefaults: pool.updateDefaults,
    tags: tagsOf(pool),
    createdAt: toTime(pool.createdAt),
    updatedAt: toTime(pool.updatedAt),
    version: pool.version,
  }
}

export function presentPoolDetail(view: PoolView): Static<typeof PoolDetailResource> {
  const { pool, committedRevision, nodes, updateInFlight: update } = view
  return {
    ...presentPool(pool),
    committedRevision,
    nodes: { total: nodes.total, available: nodes.available, upToDate: nodes.upToDate },
    sync: presentGroupSync(view.sync),
    updateInFlight: update && { id: update.id, status: update.status, because: update.because },
  }
}
