import { type Static, Type } from 'typebox'
import type { ApiKey } from '../../domain/principal.ts'
import { GrantResource, Groups, presentGrants } from '../grants.ts'
import { NullableString, OptionalTime, record, ref, Time, toOptionalTime, toTime } from '../schema.ts'

const example = {
  id: '0193e1a0-6c1e-7000-8a3b-5f5e0c9d1b2a',
  name: 'ci',
  grants: [{ projectId: '0193e1a0-6c1e-7001-9a3b-5f5e0c9d1b2a', role: 'operator' }],
  groups: ['deployers'],
  createdAt: '2026-11-21T10:00:00.000Z',
  createdBy: 'admin',
  expiresAt: null,
  revokedAt: null,
}

export const ApiKeyResource = record(
  {
    id: Type.String(),
    name: Type.String(),
    grants: Type.Array(GrantResource),
    groups: Groups,
    createdAt: Time,
    createdBy: Type.String({ description: 'The name of the principal that made it.' }),
    expiresAt: OptionalTime,
    revokedAt: OptionalTime,
  },
  { $id: 'ApiKey', description: 'A credential, without its secret.', examples: [example] },
)

export const NewApiKeyResource = record(
  {
    key: ref(ApiKeyResource),
    secret: Type.Unsafe<string | null>({
      ...NullableString,
      description:
        'The whole key, for the `Authorization` header. Shown this once; null when an idempotent request is repeated.',
    }),
  },
  {
    $id: 'NewApiKey',
    description: 'A credential that was just made, with its secret.',
    examples: [
      {
        key: example,
        secret: 'drover_0193e1a06c1e70008a3b5f5e0c9d1b2a_EXAMPLEexampleEXAMPLEexampleEXAMPLEexample0',
      },
    ],
  },
)

export function presentApiKey(key: ApiKey): Static<typeof ApiKeyResource> {
  return {
    id: key.id,
    name: key.name,
    grants: presentGrants(key.grants),
    groups: [...key.groups],
    createdAt: toTime(key.createdAt),
    createdBy: key.createdBy,
    expiresAt: toOptionalTime(key.expiresAt),
    revokedAt: toOptionalTime(key.revokedAt),
  }
}
