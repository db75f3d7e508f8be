import { type Static, Type } from 'typebox'
import type { GroupSync, NodeSync } from '../control/views.ts'
import { DRIFT_KINDS, type SyncKind, type SyncStatus } from '../domain/drift.ts'
import { OptionalTime, oneOf, record, toOptionalTime } from './schema.ts'

const KINDS: readonly SyncKind[] = [...DRIFT_KINDS, 'revision']

export const SyncWord = oneOf(
  ['IN_SYNC', 'OUT_OF_SYNC'] satisfies SyncStatus[],
  'Whether what is there is what should be there.',
)

const SyncKindWord = oneOf(KINDS, 'What differs; see docs/drift.md.')

export const NodeSyncResource = record(
  {
    status: SyncWord,
    reasons: Type.Array(record({ kind: SyncKindWord, because: Type.String(), since: OptionalTime }), {
      description: 'Every way in which it differs.',
    }),
  },
  {
    $id: 'NodeSync',
    description: 'Whether a node is what its revision says, and why not.',
    examples: [
      {
        status: 'OUT_OF_SYNC',
        reasons: [
          { kind: 'files', because: 'server.js was changed on disk', since: '2026-11-21T10:00:00.000Z' },
        ],
      },
    ],
  },
)

export const GroupSyncResource = record(
  {
    status: SyncWord,
    outOfSync: Type.Integer({ description: 'Nodes that differ, each counted once.' }),
    reasons: Type.Array(record({ kind: SyncKindWord, nodes: Type.Integer(), because: Type.String() })),
  },
  {
    $id: 'GroupSync',
    description: 'Whether all nodes of a pool or a cluster are what they should be, and how many are not.',
    examples: [{ status: 'IN_SYNC', outOfSync: 0, reasons: [] }],
  },
)

export function presentNodeSync({ status, reasons }: NodeSync): Static<typeof NodeSyncResource> {
  return {
    status,
    reasons: reasons.map(({ kind, because, since }) => ({ kind, because, since: toOptionalTime(since) })),
  }
}

export function presentGroupSync({
  status,
  outOfSync,
  reasons,
}: GroupSync): Static<typeof GroupSyncResource> {
  return { status, outOfSync, reasons: [...reasons] }
}
