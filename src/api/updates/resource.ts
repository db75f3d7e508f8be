import { type Static, Type } from 'typebox'
import type { UpdateNodeView, UpdateView } from '../../control/views.ts'
import { DEFAULT_UPDATE_PARAMS, type Update } from '../../domain/update.ts'
import { HealthWord, NodeStatusWord } from '../nodes/resource.ts'
import { UpdateStatusWord } from '../pools/resource.ts'
import {
  NullableInteger,
  NullableString,
  OptionalTime,
  oneOf,
  record,
  ref,
  Time,
  toOptionalTime,
  toTime,
} from '../schema.ts'
import { UpdateParamsResource } from './params.ts'

const count = (description: string) => Type.Integer({ minimum: 0, description })

const Progress = record(
  {
    selected: count('Nodes it is about.'),
    updated: count('That run the candidate and passed their gate.'),
    failed: count('Whose step failed.'),
    inFlight: count('Being worked on now.'),
    pending: count('Not begun.'),
    unavailable: count('Nodes of the whole pool that do not serve now.'),
    highestUnavailable: count('The highest that number was.'),
    maxUnavailable: count('The limit, in nodes.'),
  },
  { description: '`updated + failed + inFlight + pending = selected`.' },
)

const Control = record(
  {
    paused: Type.Unsafe<{ by: string; at: string; reason: string } | null>({
      type: ['object', 'null'],
      properties: {
        by: { type: 'string' },
        at: { type: 'string', format: 'date-time' },
        reason: { type: 'string' },
      },
    }),
    cancellation: Type.Unsafe<{ by: string; at: string; mode: string; reason: string | null } | null>({
      type: ['object', 'null'],
      properties: {
        by: { type: 'string' },
        at: { type: 'string', format: 'date-time' },
        mode: { type: 'string', enum: ['roll-back', 'stop-here'] },
        reason: { type: ['string', 'null'] },
      },
    }),
    resumedAt: OptionalTime,
    continued: Type.Array(
      record({ by: Type.String(), at: Time, checkpoint: Type.Integer({ description: 'Counts from 1.' }) }),
      { description: 'Who said to go on at which checkpoint.' },
    ),
    supersededBy: Type.Unsafe<{ by: string; at: string; updateId: string } | null>({
      type: ['object', 'null'],
      properties: {
        by: { type: 'string' },
        at: { type: 'string', format: 'date-time' },
        updateId: { type: 'string', description: 'The update that took over from it.' },
      },
    }),
    supersedes: Type.Array(Type.String(), { description: 'The newest updates that it took over from.' }),
  },
  { description: 'What people asked of it while it ran.' },
)

/** Of the schema's example, for resources that contain an update. */
export const updateExample = {
  id: '0193e1a0-6c1e-7003-9a3b-5f5e0c9d1b2a',
  clusterId: '0193e1a0-6c1e-7001-9a3b-5f5e0c9d1b2a',
  cluster: 'web',
  poolId: '0193e1a0-6c1e-7002-9a3b-5f5e0c9d1b2a',
  pool: 'DefaultPool',
  actionId: '0193e1a0-6c1e-7004-9a3b-5f5e0c9d1b2a',
  type: 'Update',
  status: 'InProgress',
  because: 'node web-2 restarts; 1 of 1 nodes may be unavailable',
  params: { ...DEFAULT_UPDATE_PARAMS, checkpoints: [1, '50%'] },
  selection: null,
  fromRevision: 3,
  toRevision: 4,
  direction: 'forward',
  control: {
    paused: null,
    cancellation: null,
    resumedAt: null,
    continued: [],
    supersededBy: null,
    supersedes: [],
  },
  checkpointsPassed: 1,
  hold: null,
  progress: {
    selected: 5,
    updated: 1,
    failed: 0,
    inFlight: 1,
    pending: 3,
    unavailable: 1,
    highestUnavailable: 1,
    maxUnavailable: 1,
  },
  errors: [],
  errorsLeftOut: 0,
  description: null,
  createdBy: 'ci',
  createdAt: '2026-11-21T10:00:00.000Z',
  startedAt: '2026-11-21T10:00:00.100Z',
  lastProgressAt: '2026-11-21T10:00:04.000Z',
  endedAt: null,
}

export const UpdateResource = record(
  {
    id: Type.String(),
    clusterId: Type.String(),
    cluster: Type.String({ description: 'The cluster’s name.' }),
    poolId: Type.String(),
    pool: Type.String({ description: 'The pool’s name.' }),
    actionId: Type.String({ description: 'The action that carries it.' }),
    type: oneOf(['Update', 'Rollback', 'Repair']),
    status: UpdateStatusWord,
    because: Type.String({ description: 'What it does or waits for, and why.' }),
    params: ref(UpdateParamsResource),
    selection: Type.Unsafe<string[] | null>({
      type: ['array', 'null'],
      items: { type: 'string' },
      description: 'Ids of the chosen nodes; null means all of the pool.',
    }),
    fromRevision: Type.Unsafe<number | null>({
      ...NullableInteger,
      description: 'The committed revision when it began; null if it is not kept any more.',
    }),
    toRevision: NullableInteger,
    direction: oneOf(['forward', 'back'], '`back`: nodes return to `fromRevision`.'),
    control: Control,
    checkpointsPassed: count('How many of its checkpoints are behind it.'),
    hold: Type.Unsafe<{ checkpoint: number; since: string } | null>({
      type: ['object', 'null'],
      properties: {
        checkpoint: { type: 'integer', description: 'Counts from 1.' },
        since: { type: 'string', format: 'date-time' },
      },
      description: 'The checkpoint it holds at; null when it does not.',
    }),
    progress: Progress,
    errors: Type.Array(
      record({ code: Type.String(), message: Type.String(), nodeIds: Type.Array(Type.String()), at: Time }),
    ),
    errorsLeftOut: Type.Integer({ description: 'How many errors came after those.' }),
    description: NullableString,
    createdBy: Type.String(),
    createdAt: Time,
    startedAt: OptionalTime,
    lastProgressAt: OptionalTime,
    endedAt: OptionalTime,
  },
  {
    $id: 'Update',
    description: 'One attempt to move a pool’s nodes to a revision. It has ended once `endedAt` is set.',
    examples: [updateExample],
  },
)

export const UpdateNodeResource = record(
  {
    id: Type.String(),
    name: Type.String(),
    index: Type.Integer(),
    status: NodeStatusWord,
    health: HealthWord,
    state: oneOf(['Pending', 'InFlight', 'Updated', 'Failed', 'Skipped'], 'How far the update is with it.'),
    because: Type.String(),
    since: Time,
  },
  {
    $id: 'UpdateNode',
    description: 'A node as an update sees it.',
    examples: [
      {
        id: '0193e1a0-6c1e-7000-8a3b-5f5e0c9d1b2a',
        name: 'web-1',
        index: 1,
        status: 'Running',
        health: 'Healthy',
        state: 'Updated',
        because: 'runs revision 4 and is healthy',
        since: '2026-11-21T10:00:04.000Z',
      },
    ],
  },
)

export function presentUpdate(view: UpdateView): Static<typeof UpdateResource> {
  const { update, cluster, pool, fromRevision, toRevision } = view
  return {
    id: update.id,
    clusterId: update.clusterId,
    cluster,
    poolId: update.poolId,
    pool,
    actionId: update.actionId,
    type: update.type,
    status: update.status,
    because: update.because,
    params: { ...update.params },
    selection: update.selection && [...update.selection],
    fromRevision,
    toRevision,
    direction: update.direction,
    control: presentControl(update.control),
    checkpointsPassed: update.checkpointsPassed,
    hold: update.hold && { checkpoint: update.hold.checkpoint, since: toTime(update.hold.since) },
    progress: { ...update.progress },
    errors: update.errors.map(({ code, message, nodeIds, at }) => ({
      code,
      message,
      nodeIds: [...nodeIds],
      at: toTime(at),
    })),
    errorsLeftOut: update.errorsLeftOut,
    description: update.description,
    createdBy: update.createdBy,
    createdAt: toTime(update.createdAt),
    startedAt: toOptionalTime(update.startedAt),
    lastProgressAt: toOptionalTime(update.lastProgressAt),
    endedAt: toOptionalTime(update.endedAt),
  }
}

function presentControl(control: Update['control']): Static<typeof Control> {
  const { paused, cancellation, resumedAt, continued, supersededBy, supersedes } = control
  return {
    paused: paused && { by: paused.by, at: toTime(paused.at), reason: paused.reason },
    cancellation: cancellation && { ...cancellation, at: toTime(cancellation.at) },
    resumedAt: toOptionalTime(resumedAt),
    continued: continued.map(({ by, at, checkpoint }) => ({ by, at: toTime(at), checkpoint })),
    supersededBy: supersededBy && { ...supersededBy, at: toTime(supersededBy.at) },
    supersedes: [...supersedes],
  }
}

export function presentUpdateNode(view: UpdateNodeView): Static<typeof UpdateNodeResource> {
  const { id, name, index, status, health } = view.node
  return {
    id,
    name,
    index,
    status,
    health,
    state: view.state,
    because: view.because,
    since: toTime(view.since),
  }
}
