import { type Static, Type } from 'typebox'
import type { NodeView } from '../../control/views.ts'
import type { Health } from '../../domain/health-check.ts'
import type { NodeStatus } from '../../domain/node.ts'
import {
  FreeObject,
  NullableInteger,
  NullableString,
  nullableRef,
  OptionalTime,
  oneOf,
  record,
  ref,
  Time,
  toOptionalTime,
  toTime,
} from '../schema.ts'
import { NodeSyncResource, presentNodeSync } from '../sync.ts'

const STATUSES = {
  Creating: true,
  Running: true,
  Updating: true,
  Stopped: true,
  Recovering: true,
  Deleting: true,
  Failed: true,
} satisfies Record<NodeStatus, true>

const HEALTHS = {
  Unknown: true,
  Starting: true,
  Healthy: true,
  NotReady: true,
  Unhealthy: true,
} satisfies Record<Health, true>

export const NodeStatusWord = oneOf(Object.keys(STATUSES) as NodeStatus[])
export const HealthWord = oneOf(
  Object.keys(HEALTHS) as Health[],
  '`NotReady`: it works, and says itself that it is not to get requests.',
)

export const EndpointResource = record(
  { host: Type.String(), port: Type.Integer() },
  { $id: 'Endpoint', description: 'Where a node serves.', examples: [{ host: '127.0.0.1', port: 20001 }] },
)

export const NodeResource = record(
  {
    id: Type.String(),
    clusterId: Type.Unsafe<string | null>({
      ...NullableString,
      description: 'Null, as all of its place, for a node without a cluster.',
    }),
    cluster: Type.Unsafe<string | null>({ ...NullableString, description: 'The cluster’s name.' }),
    poolId: Type.Unsafe<string | null>(NullableString),
    pool: Type.Unsafe<string | null>({ ...NullableString, description: 'The pool’s name.' }),
    name: Type.String(),
    index: Type.Unsafe<number | null>({
      ...NullableInteger,
      description: 'Counts up in its pool; never given twice.',
    }),
    role: Type.String({ description: 'What it is for, in its owner’s words.' }),
    tainted: Type.Boolean({ description: 'It goes before others when its pool shrinks.' }),
    status: NodeStatusWord,
    statusReason: Type.String({ description: 'Why it has this status, for people.' }),
    health: HealthWord,
    available: Type.Boolean({ description: 'It runs, is healthy, and nothing takes it away.' }),
    availableSince: OptionalTime,
    revision: Type.Unsafe<number | null>({
      ...NullableInteger,
      description: 'Number of the revision it runs; null before its first start.',
    }),
    sync: ref(NodeSyncResource),
    drifted: Type.Boolean({
      description: 'It runs another revision than the committed one, and no update is in flight on the pool.',
    }),
    actionId: Type.Unsafe<string | null>({ ...NullableString, description: 'What is being done to it now.' }),
    physicalId: Type.Unsafe<string | null>({
      ...NullableString,
      description: 'The runtime’s own name for it.',
    }),
    endpoint: nullableRef(EndpointResource),
    metadata: FreeObject,
    createdAt: Time,
    createdBy: Type.String(),
    firstReadyAt: OptionalTime,
    updatedAt: Time,
  },
  {
    $id: 'Node',
    description: 'One running thing. Id, name and index outlive what runs in it.',
    examples: [
      {
        id: '0193e1a0-6c1e-7000-8a3b-5f5e0c9d1b2a',
        clusterId: '0193e1a0-6c1e-7001-9a3b-5f5e0c9d1b2a',
        cluster: 'web',
        poolId: '0193e1a0-6c1e-7002-9a3b-5f5e0c9d1b2a',
        pool: 'DefaultPool',
        name: 'web-1',
        index: 1,
        role: '',
        tainted: false,
        status: 'Running',
        statusReason: 'runs as pid 4711',
        health: 'Healthy',
        available: true,
        availableSince: '2026-11-21T10:00:00.000Z',
        revision: 3,
        sync: { status: 'IN_SYNC', reasons: [] },
        drifted: false,
        actionId: null,
        physicalId: '4711',
        endpoint: { host: '127.0.0.1', port: 20001 },
        metadata: {},
        createdAt: '2026-11-21T10:00:00.000Z',
        createdBy: 'ann',
        firstReadyAt: '2026-11-21T10:00:00.000Z',
        updatedAt: '2026-11-21T10:00:00.000Z',
      },
    ],
  },
)

export function presentNode(view: NodeView): Static<typeof NodeResource> {
  const { node, cluster, pool, revision, drifted, available } = view
  const isMember = cluster !== null
  return {
    id: node.id,
    clusterId: isMember ? node.clusterId : null,
    cluster,
    poolId: isMember ? node.poolId : null,
    pool,
    name: node.name,
    index: isMember ? node.index : null,
    role: node.role,
    tainted: node.tainted,
    status: node.status,
    statusReason: node.statusReason,
    health: node.health,
    available,
    availableSince: toOptionalTime(node.availableSince),
    revision,
    sync: presentNodeSync(view.sync),
    drifted,
    actionId: node.actionId,
    physicalId: node.physicalId,
    endpoint: node.endpoint && { host: node.endpoint.host, port: node.endpoint.port },
    metadata: node.metadata,
    createdAt: toTime(node.createdAt),
    createdBy: node.createdBy,
    firstReadyAt: toOptionalTime(node.firstReadyAt),
    updatedAt: toTime(node.updatedAt),
  }
}
