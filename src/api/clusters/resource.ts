import { type Static, Type } from 'typebox'
import type { ClusterView } from '../../control/views.ts'
import { tagsOf } from '../../domain/attributes.ts'
import type { Cluster, ClusterStatus } from '../../domain/cluster.ts'
import type { DriftRepair } from '../../domain/drift.ts'
import { PoolDetailResource, poolDetailExample, presentPoolDetail } from '../pools/resource.ts'
import {
  FreeObject,
  NullableString,
  OptionalTime,
  oneOf,
  record,
  ref,
  Tags,
  Time,
  toOptionalTime,
  toTime,
} from '../schema.ts'
import { GroupSyncResource, presentGroupSync } from '../sync.ts'

const STATUSES = {
  Creating: true,
  Active: true,
  Warning: true,
  Critical: true,
  Updating: true,
  Resizing: true,
  Recovering: true,
  Checking: true,
  Deleting: true,
  Failed: true,
} satisfies Record<ClusterStatus, true>

export const ClusterStatusWord = oneOf(Object.keys(STATUSES) as ClusterStatus[])

export const DriftRepairWord = oneOf(
  ['manual', 'automatic'] satisfies DriftRepair[],
  'Whether nodes whose real state differs from their revision are repaired without being asked.',
)

const Platform = Type.Union(
  [
    record({
      version: Type.String(),
      upgradedFrom: Type.Unsafe<string | null>({
        ...NullableString,
        description: 'The version that it can go back to, for some time.',
      }),
      upgradedAt: OptionalTime,
    }),
    Type.Null(),
  ],
  { description: 'The version that it is on; null when it follows no catalogue of versions.' },
)

const fields = {
  id: Type.String(),
  environmentId: Type.Unsafe<string | null>({
    ...NullableString,
    description: 'The environment it is in; null for none.',
  }),
  name: Type.String(),
  status: ClusterStatusWord,
  statusReason: Type.String({ description: 'Why it has this status, for people.' }),
  metadata: FreeObject,
  tags: Tags,
  platform: Platform,
  driftRepair: DriftRepairWord,
  createdAt: Time,
  updatedAt: Time,
  version: Type.Integer({ description: 'Counts changes to the settings; the ETag.' }),
}

/** Of the schema's example, for resources that contain a cluster. */
export const clusterExample = {
  id: '0193e1a0-6c1e-7001-9a3b-5f5e0c9d1b2a',
  environmentId: null,
  name: 'web',
  status: 'Active',
  statusReason: 'all 5 nodes are available',
  metadata: { team: 'quotes' },
  tags: {},
  platform: null,
  driftRepair: 'manual',
  createdAt: '2026-11-21T10:00:00.000Z',
  updatedAt: '2026-11-21T10:00:00.000Z',
  version: 1,
}

export const ClusterResource = record(fields, {
  $id: 'Cluster',
  description: 'Nodes that are managed together, in one or more pools.',
  examples: [clusterExample],
})

export const ClusterDetailResource = record(
  {
    ...fields,
    environment: Type.Unsafe<string | null>({
      ...NullableString,
      description: 'Name of the environment it is in.',
    }),
    sync: ref(GroupSyncResource),
    pools: Type.Array(ref(PoolDetailResource), { description: 'By name.' }),
  },
  {
    $id: 'ClusterDetail',
    description: 'A cluster with its pools.',
    examples: [
      {
        ...clusterExample,
        environment: null,
        sync: { status: 'IN_SYNC', outOfSync: 0, reasons: [] },
        pools: [poolDetailExample],
      },
    ],
  },
)

export function presentCluster(cluster: Cluster): Static<typeof ClusterResource> {
  return {
    id: cluster.id,
    environmentId: cluster.environmentId,
    name: cluster.name,
    status: cluster.status,
    statusReason: cluster.statusReason,
    metadata: cluster.metadata,
    tags: tagsOf(cluster),
    platform: cluster.platform && {
      ...cluster.platform,
      upgradedAt: toOptionalTime(cluster.platform.upgradedAt),
    },
    driftRepair: cluster.driftRepair,
    createdAt: toTime(cluster.createdAt),
    updatedAt: toTime(cluster.updatedAt),
    version: cluster.version,
  }
}

export function presentClusterDetail(view: ClusterView): Static<typeof ClusterDetailResource> {
  const { cluster, environment, sync, pools } = view
  return {
    ...presentCluster(cluster),
    environment,
    sync: presentGroupSync(sync),
    pools: pools.map(presentPoolDetail),
  }
}
