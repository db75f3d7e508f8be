import { type Static, Type } from 'typebox'
import { tagsOf } from '../../domain/attributes.ts'
import type { Environment } from '../../domain/environment.ts'
import { NullableString, record, Tags, Time, toTime } from '../schema.ts'

const example = {
  id: '0193e1a0-6c1e-7004-9a3b-5f5e0c9d1b2a',
  name: 'staging',
  description: 'before production',
  tags: {},
  createdAt: '2026-11-21T10:00:00.000Z',
  updatedAt: '2026-11-21T10:00:00.000Z',
  version: 1,
}

export const EnvironmentResource = record(
  {
    id: Type.String(),
    name: Type.String(),
    description: NullableString,
    tags: Tags,
    createdAt: Time,
    updatedAt: Time,
    version: Type.Integer({ description: 'Counts changes; the ETag.' }),
  },
  {
    $id: 'Environment',
    description: 'A named space for clusters inside a project.',
    examples: [example],
  },
)

export function presentEnvironment(environment: Environment): Static<typeof EnvironmentResource> {
  return {
    id: environment.id,
    name: environment.name,
    description: environment.description,
    tags: tagsOf(environment),
    createdAt: toTime(environment.createdAt),
    updatedAt: toTime(environment.updatedAt),
    version: environment.version,
  }
}
