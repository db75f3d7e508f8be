import { type Static, Type } from 'typebox'
import type { ProfileType } from '../../control/views.ts'
import type { Profile } from '../../domain/profile.ts'
import { toJsonSchema } from '../../domain/property-schema.ts'
import { FreeObject, record, Time, toTime } from '../schema.ts'

export const ProfileResource = record(
  {
    id: Type.String(),
    name: Type.String(),
    type: Type.String({ description: 'Names the runtime that makes it real.' }),
    version: Type.String({ description: 'Of the type’s property schema.' }),
    properties: FreeObject,
    metadata: FreeObject,
    createdAt: Time,
  },
  {
    $id: 'Profile',
    description: 'An immutable typed spec of what a node is.',
    examples: [
      {
        id: '0193e1a0-6c1e-7000-8a3b-5f5e0c9d1b2a',
        name: 'web',
        type: 'process',
        version: '1.0',
        properties: { command: ['node', 'server.js'], port: true },
        metadata: {},
        createdAt: '2026-11-21T10:00:00.000Z',
      },
    ],
  },
)

export const ProfileTypeResource = record(
  {
    type: Type.String(),
    versions: Type.Array(Type.String(), { description: 'Newest last.' }),
    propertiesSchema: FreeObject,
    operations: Type.Array(
      record({ name: Type.String(), description: Type.String(), parametersSchema: FreeObject }),
      { description: 'What can be done to its running nodes.' },
    ),
  },
  {
    $id: 'ProfileType',
    description: 'A kind of profile, with the JSON Schema of its properties.',
    examples: [{ type: 'process', versions: ['1.0'], propertiesSchema: { type: 'object' }, operations: [] }],
  },
)

export const ValidProfileResource = record(
  { type: Type.String(), version: Type.String(), properties: FreeObject },
  {
    $id: 'ValidProfile',
    description: 'A profile as it would be kept, with its version filled in.',
    examples: [{ type: 'process', version: '1.0', properties: { command: ['node', 'server.js'] } }],
  },
)

export function presentProfileType(type: ProfileType): Static<typeof ProfileTypeResource> {
  const version = type.versions.at(-1) ?? ''
  return {
    type: type.type,
    versions: [...type.versions],
    propertiesSchema: type.propertiesSchema,
    operations: Object.entries(type.operations).map(([name, { description, parameters }]) => ({
      name,
      description,
      parametersSchema: toJsonSchema(parameters, version),
    })),
  }
}

export function presentProfile(profile: Profile): Static<typeof ProfileResource> {
  const { id, name, type, version, properties, metadata, createdAt } = profile
  return { id, name, type, version, properties, metadata, createdAt: toTime(createdAt) }
}
