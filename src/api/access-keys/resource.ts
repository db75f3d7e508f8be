import { type Static, Type } from 'typebox'
import type { AccessKey } from '../../domain/access-key.ts'
import { ROLES } from '../../domain/principal.ts'
import { NullableString, OptionalTime, oneOf, record, ref, Time, toOptionalTime, toTime } from '../schema.ts'

const example = {
  id: 'AKIAEXAMPLEEXAMPLE22',
  name: 'kdb-scripts',
  projectId: '0193e1a0-6c1e-7001-9a3b-5f5e0c9d1b2a',
  role: 'operator',
  enabled: true,
  createdAt: '2026-11-21T10:00:00.000Z',
  createdBy: 'admin',
  updatedAt: '2026-11-21T10:00:00.000Z',
  lastUsedAt: null,
}

export const AccessKeyResource = record(
  {
    id: Type.String({ description: '20 capital letters and digits.' }),
    name: Type.String(),
    projectId: Type.String({ description: 'Where its holder works.' }),
    role: oneOf(ROLES, "Its holder's in that project."),
    enabled: Type.Boolean({ description: 'One that is not is refused like one that nobody has.' }),
    createdAt: Time,
    createdBy: Type.String({ description: 'The name of the principal that made it.' }),
    updatedAt: Time,
    lastUsedAt: Type.Unsafe<string | null>({
      ...OptionalTime,
      description: 'When it signed a request, give or take a few minutes.',
    }),
  },
  {
    $id: 'AccessKey',
    description: 'What a program signs its requests with, without its secret.',
    examples: [example],
  },
)

export const NewAccessKeyResource = record(
  {
    accessKey: ref(AccessKeyResource),
    secret: Type.Unsafe<string | null>({
      ...NullableString,
      description: 'Shown this once; null when an idempotent request is repeated.',
    }),
  },
  {
    $id: 'NewAccessKey',
    description: 'An access key that was just made, with its secret.',
    examples: [{ accessKey: example, secret: 'EXAMPLEexampleEXAMPLEexampleEXAMPLEexamp' }],
  },
)

export function presentAccessKey(key: AccessKey): Static<typeof AccessKeyResource> {
  const { createdAt, updatedAt, lastUsedAt } = key
  return {
    ...key,
    createdAt: toTime(createdAt),
    updatedAt: toTime(updatedAt),
    lastUsedAt: toOptionalTime(lastUsedAt),
  }
}
