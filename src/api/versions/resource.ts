import { type Static, Type } from 'typebox'
import type { PlatformVersionView, VersionChangeView } from '../../control/version-verbs.ts'
import type { Support } from '../../domain/platform-version.ts'
import { ActionStatusWord } from '../actions/resource.ts'
import { OptionalTime, oneOf, record, ref, Time, toOptionalTime, toTime } from '../schema.ts'
import { presentUpdate, UpdateResource, updateExample } from '../updates/resource.ts'

const SUPPORT = { standard: true, extended: true, unsupported: true } satisfies Record<Support, true>

/** Of the schema's example. */
export const platformVersionExample = {
  version: '1.34',
  build: 'drover.1',
  patch: '1.34.0',
  isDefault: true,
  support: 'standard',
  releasedAt: '2025-10-02T00:00:00.000Z',
  standardSupportEndsAt: null,
  extendedSupportEndsAt: null,
  profile: 'process',
}

export const PlatformVersionResource = record(
  {
    version: Type.String(),
    build: Type.String({ description: 'What is told apart within a version.' }),
    patch: Type.String({ description: 'The full version.' }),
    isDefault: Type.Boolean(),
    support: oneOf(Object.keys(SUPPORT) as Support[]),
    releasedAt: Time,
    standardSupportEndsAt: OptionalTime,
    extendedSupportEndsAt: OptionalTime,
    profile: Type.String({ description: 'What its nodes are: the name of a profile, or its type.' }),
  },
  {
    $id: 'PlatformVersion',
    description: 'A version that clusters can be on, as the setting `platform.versions` has it.',
    examples: [platformVersionExample],
  },
)

export const VersionChangeResource = record(
  {
    id: Type.String({ description: 'Of the action that carries it.' }),
    clusterId: Type.String(),
    type: oneOf(['Upgrade', 'Rollback']),
    from: Type.String(),
    to: Type.String(),
    status: ActionStatusWord,
    because: Type.String({ description: 'What it does or waits for, and why.' }),
    cancelledBy: Type.Unsafe<string | null>({ type: ['string', 'null'] }),
    updates: Type.Array(ref(UpdateResource), { description: 'Of its pools; none for an upgrade.' }),
    createdBy: Type.String(),
    createdAt: Time,
    endedAt: OptionalTime,
  },
  {
    $id: 'VersionChange',
    description: 'A cluster’s move to another version. It has ended once `endedAt` is set.',
    examples: [
      {
        id: '0193e1a0-6c1e-7000-8a3b-5f5e0c9d1b2a',
        clusterId: '0193e1a0-6c1e-7001-9a3b-5f5e0c9d1b2a',
        type: 'Rollback',
        from: '1.34',
        to: '1.33',
        status: 'RUNNING',
        because: 'nodes move to 1.33: DefaultPool (1 node in flight of 1 allowed, 3 still to move)',
        cancelledBy: null,
        updates: [updateExample],
        createdBy: 'admin',
        createdAt: '2026-11-21T10:00:00.000Z',
        endedAt: null,
      },
    ],
  },
)

export function presentPlatformVersion(view: PlatformVersionView): Static<typeof PlatformVersionResource> {
  const { version, build, patch, isDefault, support, profile } = view
  return {
    ...{ version, build, patch, isDefault, support },
    releasedAt: toTime(view.releasedAt),
    standardSupportEndsAt: toOptionalTime(view.standardSupportEndsAt),
    extendedSupportEndsAt: toOptionalTime(view.extendedSupportEndsAt),
    profile: 'name' in profile ? profile.name : profile.type,
  }
}

export function presentVersionChange(view: VersionChangeView): Static<typeof VersionChangeResource> {
  const { action, type, from, to, updates } = view
  return {
    ...{ id: action.id, clusterId: action.clusterId, type, from, to, status: action.status },
    because: action.statusReason,
    cancelledBy: action.control?.cancellation?.by ?? null,
    updates: updates.map(presentUpdate),
    createdBy: action.createdBy,
    createdAt: toTime(action.createdAt),
    endedAt: toOptionalTime(action.endedAt),
  }
}
