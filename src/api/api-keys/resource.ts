import { type Static, Type } from 'typebox'
import { type ApiKey, ROLES } from '../../domain/principal.ts'
import { NullableString, OptionalTime, oneOf, record, ref, Time, toOptionalTime, toTime } from '../schema.ts'

export const RoleWord = oneOf(ROLES, 'Each role may do all that the one before it may.')

const example = {
  id: '0193e1a0-6c1e-7000-8a3b-5f5e0c9d1b2a',
  name: 'ci',
  grants: [{ projectId: '0193e1a0-6c1e-7001-9a3b-5f5e0c9d1b2a', role: 'operator' }],
  createdAt: '2026-11-21T10:00:00.000Z',
  createdBy: 'admin',
  expiresAt: null,
  revokedAt: null,
}

export const ApiKeyResource = record(
  {
    id: Type.String(),
    name: Type.String(),
    grants: Type.Array(
      record({ projectId: Type.String({ description: 'Or `*` for all projects.' }), role: RoleWord }),
    ),
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
    grants: key.grants.map(({ projectId, role }) => ({ projectId, role })),
    createdAt: toTime(key.createdAt),
    createdBy: key.createdBy,
    expiresAt: toOptionalTime(key.expiresAt),
    revokedAt: toOptionalTime(key.revokedAt),
  }
}
