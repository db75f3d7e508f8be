import { type Static, Type } from 'typebox'
import type { RevisionView } from '../../control/views.ts'
import type { JsonObject } from '../../domain/ids.ts'
import type { Revision, RevisionSpec } from '../../domain/revision.ts'
import { FreeObject, NullableString, record, ref, Time, toTime } from '../schema.ts'

const specExample = {
  profile: { id: '0193e1a0-6c1e-7000-8a3b-5f5e0c9d1b2a', name: 'web', type: 'process', version: '1.0' },
  code: {
    bundleId: '0193e1a0-6c1e-7001-9a3b-5f5e0c9d1b2a',
    bundle: 'quotes@1.4.0',
    digest: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    initializationScript: 'start.sh',
    commandLineArguments: [],
  },
  settings: { port: true },
  healthCheck: { type: 'alive' },
  nodeTemplate: {},
  version: null,
}

export const RevisionSpecResource = record(
  {
    profile: record({ id: Type.String(), name: Type.String(), type: Type.String(), version: Type.String() }),
    code: Type.Unsafe<JsonObject | null>({
      type: ['object', 'null'],
      additionalProperties: true,
      description: 'Bundle, digest, initialization script and command-line arguments.',
    }),
    settings: FreeObject,
    healthCheck: FreeObject,
    nodeTemplate: FreeObject,
    version: NullableString,
  },
  { $id: 'RevisionSpec', description: 'All that a node runs.', examples: [specExample] },
)

const fields = {
  id: Type.String(),
  poolId: Type.String(),
  number: Type.Integer({ description: 'Counts up in its pool, from 1.' }),
  spec: ref(RevisionSpecResource),
  description: NullableString,
  createdAt: Time,
  createdBy: Type.String(),
}

/** Of the schema's example, for resources that contain a revision. */
export const revisionExample = {
  id: '0193e1a0-6c1e-7002-9a3b-5f5e0c9d1b2a',
  poolId: '0193e1a0-6c1e-7003-9a3b-5f5e0c9d1b2a',
  number: 4,
  spec: specExample,
  description: null,
  createdAt: '2026-11-21T10:00:00.000Z',
  createdBy: 'ci',
}

export const RevisionResource = record(fields, {
  $id: 'Revision',
  description: 'An immutable snapshot of all that a node runs.',
  examples: [revisionExample],
})

export const ListedRevisionResource = record(
  { ...fields, committed: Type.Boolean({ description: 'It is what the pool’s nodes should run now.' }) },
  {
    $id: 'ListedRevision',
    description: 'A revision, and whether it is the committed one.',
    examples: [{ ...revisionExample, committed: true }],
  },
)

export function presentRevision(revision: Revision): Static<typeof RevisionResource> {
  return {
    id: revision.id,
    poolId: revision.poolId,
    number: revision.number,
    spec: presentSpec(revision.spec),
    description: revision.description,
    createdAt: toTime(revision.createdAt),
    createdBy: revision.createdBy,
  }
}

export function presentListedRevision({
  revision,
  committed,
}: RevisionView): Static<typeof ListedRevisionResource> {
  return { ...presentRevision(revision), committed }
}

export function presentSpec(spec: RevisionSpec): Static<typeof RevisionSpecResource> {
  const { profile, code, settings, healthCheck, nodeTemplate, version } = spec
  return {
    profile: { ...profile },
    // Interfaces have no index signature, though these are plain JSON.
    code: code as JsonObject | null,
    settings,
    healthCheck: healthCheck as unknown as JsonObject,
    nodeTemplate: nodeTemplate as JsonObject,
    version,
  }
}
