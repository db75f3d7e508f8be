import { type Static, type TSchema, Type } from 'typebox'
import type { ActionView } from '../../control/views.ts'
import {
  ACTION_STATUS_SUCCESSORS,
  type Action,
  type ActionControl,
  type ActionStatus,
} from '../../domain/action.ts'
import { isStandaloneClusterId } from '../../domain/cluster.ts'
import type { JsonObject } from '../../domain/ids.ts'
import {
  FreeObject,
  NullableInteger,
  NullableString,
  OptionalTime,
  oneOf,
  record,
  Time,
  toOptionalTime,
  toTime,
} from '../schema.ts'

export const ActionStatusWord = oneOf(Object.keys(ACTION_STATUS_SUCCESSORS) as ActionStatus[])

const said = { by: Type.String(), at: Time }
const orNull = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()])

const Control = Type.Union(
  [
    record({
      cancellation: orNull(record({ ...said, force: Type.Boolean() })),
      suspension: orNull(record(said)),
      completion: orNull(record(said)),
    }),
    Type.Null(),
  ],
  { description: 'What people asked of it since it was accepted; null when nothing was.' },
)

/** Of the schema's example, for resources that contain an action. */
export const actionExample = {
  id: '0193e1a0-6c1e-7000-8a3b-5f5e0c9d1b2a',
  clusterId: '0193e1a0-6c1e-7001-9a3b-5f5e0c9d1b2a',
  poolId: '0193e1a0-6c1e-7002-9a3b-5f5e0c9d1b2a',
  nodeId: null,
  parentId: null,
  updateId: null,
  name: 'CLUSTER_RESIZE',
  status: 'READY',
  statusReason: 'accepted',
  inputs: { poolId: '0193e1a0-6c1e-7002-9a3b-5f5e0c9d1b2a' },
  outputs: {},
  data: {},
  cause: 'request',
  timeoutSeconds: null,
  ownerId: null,
  control: null,
  dependsOn: [],
  dependedBy: [],
  createdBy: 'admin',
  createdAt: '2026-11-21T10:00:00.000Z',
  startedAt: null,
  endedAt: null,
}

export const ActionResource = record(
  {
    id: Type.String(),
    clusterId: Type.Unsafe<string | null>({
      ...NullableString,
      description: 'Null for what is asked of a node without a cluster.',
    }),
    poolId: NullableString,
    nodeId: Type.Unsafe<string | null>({ ...NullableString, description: 'Null for a cluster action.' }),
    parentId: Type.Unsafe<string | null>({
      ...NullableString,
      description: 'The cluster action that this node action serves.',
    }),
    updateId: NullableString,
    name: Type.String({ description: '`CLUSTER_RESIZE`, `NODE_UPDATE`, …' }),
    status: ActionStatusWord,
    statusReason: Type.String({ description: 'Why it has this status, for people.' }),
    inputs: FreeObject,
    outputs: FreeObject,
    data: Type.Unsafe<JsonObject>({ ...FreeObject, description: 'What policies said when it began.' }),
    cause: Type.String({
      description: '`request`, `derived` (another action needs it), `engine`, or `receiver:<id>`.',
    }),
    timeoutSeconds: Type.Unsafe<number | null>({
      ...NullableInteger,
      description: 'How long it may take once it has begun; null: as long as it takes.',
    }),
    ownerId: Type.Unsafe<string | null>({
      ...NullableString,
      description: 'The engine that runs it, or ran it last.',
    }),
    control: Control,
    dependsOn: Type.Array(Type.String(), { description: 'Its children that have not ended.' }),
    dependedBy: Type.Array(Type.String(), { description: 'The action that waits for it.' }),
    createdBy: Type.String({ description: 'Who asked: a principal, or `engine`.' }),
    createdAt: Time,
    startedAt: OptionalTime,
    endedAt: OptionalTime,
  },
  {
    $id: 'Action',
    description: 'Asynchronous work on a cluster or a node. It has ended once `endedAt` is set.',
    examples: [actionExample],
  },
)

export function presentAction(action: Action | ActionView): Static<typeof ActionResource> {
  return {
    id: action.id,
    ...(isStandaloneClusterId(action.clusterId)
      ? { clusterId: null, poolId: null }
      : { clusterId: action.clusterId, poolId: action.poolId }),
    nodeId: action.nodeId,
    parentId: action.parentId,
    updateId: action.updateId,
    name: action.name,
    status: action.status,
    statusReason: action.statusReason,
    inputs: action.inputs,
    outputs: action.outputs,
    data: action.data,
    cause: action.cause,
    timeoutSeconds: action.timeoutSeconds,
    ownerId: action.ownerId,
    control: action.control && presentControl(action.control),
    dependsOn: 'dependsOn' in action ? [...action.dependsOn] : [],
    dependedBy: 'dependedBy' in action ? [...action.dependedBy] : [],
    createdBy: action.createdBy,
    createdAt: toTime(action.createdAt),
    startedAt: toOptionalTime(action.startedAt),
    endedAt: toOptionalTime(action.endedAt),
  }
}

function presentControl({ cancellation, suspension, completion }: ActionControl) {
  const toSaid = ({ by, at }: { readonly by: string; readonly at: number }) => ({ by, at: toTime(at) })
  return {
    cancellation: cancellation && { ...toSaid(cancellation), force: cancellation.force },
    suspension: suspension && toSaid(suspension),
    completion: completion && toSaid(completion),
  }
}
