import { type Static, Type } from 'typebox'
import { ACTION_STATUS_SUCCESSORS, type Action, type ActionStatus } from '../../domain/action.ts'
import {
  FreeObject,
  NullableString,
  OptionalTime,
  oneOf,
  record,
  Time,
  toOptionalTime,
  toTime,
} from '../schema.ts'

export const ActionStatusWord = oneOf(Object.keys(ACTION_STATUS_SUCCESSORS) as ActionStatus[])

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
  createdBy: 'admin',
  createdAt: '2026-11-21T10:00:00.000Z',
  startedAt: null,
  endedAt: null,
}

export const ActionResource = record(
  {
    id: Type.String(),
    clusterId: Type.String(),
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

export function presentAction(action: Action): Static<typeof ActionResource> {
  return {
    id: action.id,
    clusterId: action.clusterId,
    poolId: action.poolId,
    nodeId: action.nodeId,
    parentId: action.parentId,
    updateId: action.updateId,
    name: action.name,
    status: action.status,
    statusReason: action.statusReason,
    inputs: action.inputs,
    outputs: action.outputs,
    createdBy: action.createdBy,
    createdAt: toTime(action.createdAt),
    startedAt: toOptionalTime(action.startedAt),
    endedAt: toOptionalTime(action.endedAt),
  }
}
