import { type Static, Type } from 'typebox'
import type { Bundle } from '../../domain/bundle.ts'
import type { JsonObject } from '../../domain/ids.ts'
import { FreeObject, NullableString, record, Time, toTime } from '../schema.ts'

export const BundleResource = record(
  {
    id: Type.String(),
    name: Type.String(),
    version: Type.String(),
    digest: Type.String({ description: 'SHA-256 of the zip, lower-case hexadecimal.' }),
    sizeBytes: Type.Integer({ description: 'Of the zip.' }),
    entryCount: Type.Integer(),
    unpackedBytes: Type.Integer(),
    manifest: Type.Unsafe<JsonObject | null>({
      type: ['object', 'null'],
      additionalProperties: true,
      description: 'What its `drover.yaml` says.',
    }),
    source: FreeObject,
    description: NullableString,
    createdAt: Time,
    createdBy: Type.String(),
  },
  {
    $id: 'Bundle',
    description: 'An immutable zip of code. It is referred to by id or as `name@version`.',
    examples: [
      {
        id: '0193e1a0-6c1e-7000-8a3b-5f5e0c9d1b2a',
        name: 'quotes',
        version: '1.4.0',
        digest: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
        sizeBytes: 20480,
        entryCount: 12,
        unpackedBytes: 65536,
        manifest: { name: 'quotes', version: '1.4.0', initializationScript: 'start.sh' },
        source: { kind: 'upload' },
        description: null,
        createdAt: '2026-11-21T10:00:00.000Z',
        createdBy: 'ci',
      },
    ],
  },
)

export function presentBundle(bundle: Bundle): Static<typeof BundleResource> {
  return {
    id: bundle.id,
    name: bundle.name,
    version: bundle.version,
    digest: bundle.digest,
    sizeBytes: bundle.sizeBytes,
    entryCount: bundle.entryCount,
    unpackedBytes: bundle.unpackedBytes,
    manifest: bundle.manifest as JsonObject | null,
    source: bundle.source,
    description: bundle.description,
    createdAt: toTime(bundle.createdAt),
    createdBy: bundle.createdBy,
  }
}

/** Where a bundle is, for the header of its answer. */
export function locationOf(project: string, { name, version }: Bundle): string {
  return `/api/v1/projects/${project}/bundles/${encodeURIComponent(`${name}@${version}`)}`
}
