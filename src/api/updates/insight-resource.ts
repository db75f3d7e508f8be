import { type Static, Type } from 'typebox'
import type { UpdateExplanation, UpdateHistory } from '../../control/views.ts'
import {
  NullableInteger,
  NullableString,
  OptionalTime,
  record,
  Time,
  toOptionalTime,
  toTime,
} from '../schema.ts'

export const UpdateExplanationResource = record(
  {
    status: Type.String(),
    summary: Type.String({ description: 'One sentence.' }),
    waitsFor: Type.Array(
      record({ node: NullableString, nodeId: NullableString, what: Type.String(), since: OptionalTime }),
      { description: 'What it waits for, the longest first.' },
    ),
    moves: Type.Array(Type.String(), { description: 'What would move it, or what a person can do.' }),
    log: Type.Unsafe<{ node: string; lines: string[] } | null>({
      type: ['object', 'null'],
      description: 'The last that the node it waits for longest has printed.',
      properties: { node: { type: 'string' }, lines: { type: 'array', items: { type: 'string' } } },
    }),
  },
  {
    $id: 'UpdateExplanation',
    description: 'Why an update is where it is.',
    examples: [
      {
        status: 'InProgress',
        summary: 'It is InProgress: 1 node in flight of 1 allowed, 4 still to move.',
        waitsFor: [
          {
            node: 'web-2',
            nodeId: '0193e1a0-6c1e-7002-9a3b-5f5e0c9d1b2a',
            what: 'web-2 to be replaced and healthy: moves to revision 4',
            since: '2026-11-21T10:00:00.000Z',
          },
        ],
        moves: ['web-2 gets through its step; in 4 min at the latest its step counts as failed'],
        log: { node: 'web-2', lines: ['listening on 20002'] },
      },
    ],
  },
)

export const UpdateHistoryResource = record(
  {
    entries: Type.Array(
      record({
        at: Time,
        type: Type.String(),
        level: Type.String(),
        by: Type.String({ description: 'Who asked, or `engine`.' }),
        because: Type.String(),
      }),
      { description: 'What people asked and what it decided, oldest first; the newest thousand.' },
    ),
    steps: record(
      {
        count: Type.Integer({ minimum: 0 }),
        averageMs: NullableInteger,
        shortestMs: NullableInteger,
        longestMs: NullableInteger,
      },
      { description: 'How long the steps took that ended well.' },
    ),
  },
  {
    $id: 'UpdateHistory',
    description: 'What happened to an update.',
    examples: [
      {
        entries: [
          {
            at: '2026-11-21T10:00:00.000Z',
            type: 'update.accepted',
            level: 'info',
            by: 'ada',
            because: 'ada started an update of "web"',
          },
        ],
        steps: { count: 6, averageMs: 1200, shortestMs: 1100, longestMs: 1400 },
      },
    ],
  },
)

export function presentExplanation(view: UpdateExplanation): Static<typeof UpdateExplanationResource> {
  return {
    status: view.update.status,
    summary: view.summary,
    waitsFor: view.waitsFor.map(({ node, nodeId, what, since }) => ({
      node,
      nodeId,
      what,
      since: toOptionalTime(since),
    })),
    moves: [...view.moves],
    log: view.log && { node: view.log.node, lines: [...view.log.lines] },
  }
}

export function presentHistory({ entries, steps }: UpdateHistory): Static<typeof UpdateHistoryResource> {
  return {
    entries: entries.map(({ at, type, level, principal, because }) => ({
      at: toTime(at),
      type,
      level,
      by: principal,
      because,
    })),
    steps: { ...steps },
  }
}
