import { type Static, Type } from 'typebox'
import type { TokenView } from '../../control/identity-views.ts'
import { ROLES } from '../../domain/principal.ts'
import { NullableString, oneOf, record, ref, Time, toTime } from '../schema.ts'

const example = {
  id: '0193e1a0-6c1e-7000-8a3b-5f5e0c9d1b2c',
  user: { id: '0193e1a0-6c1e-7000-8a3b-5f5e0c9d1b2a', name: 'ada' },
  project: { id: '0193e1a0-6c1e-7001-9a3b-5f5e0c9d1b2a', name: 'default' },
  role: 'operator',
  applicationCredentialId: null,
  methods: ['password'],
  issuedAt: '2026-11-21T10:00:00.000Z',
  expiresAt: '2026-11-21T11:00:00.000Z',
}

const IdAndName = record({ id: Type.String(), name: Type.String() })

export const TokenResource = record(
  {
    id: Type.String({ description: 'Not the token itself.' }),
    user: IdAndName,
    project: Type.Unsafe<Static<typeof IdAndName> | null>({
      anyOf: [IdAndName, { type: 'null' }],
      description: 'The one project that it is for; null for all that the user has a role in.',
    }),
    role: Type.Unsafe<(typeof ROLES)[number] | null>({
      anyOf: [oneOf(ROLES), { type: 'null' }],
      description: 'In that project.',
    }),
    applicationCredentialId: NullableString,
    methods: Type.Array(oneOf(['password', 'application_credential', 'token'])),
    issuedAt: Time,
    expiresAt: Time,
  },
  { $id: 'Token', description: "A user's login, without its secret.", examples: [example] },
)

export const NewTokenResource = record(
  {
    token: ref(TokenResource),
    secret: Type.String({
      description: 'The token itself, for `Authorization: Bearer` or `X-Auth-Token`. Shown this once.',
    }),
  },
  {
    $id: 'NewToken',
    description: "A user's login, with its secret.",
    examples: [{ token: example, secret: 'drover_token_EXAMPLEexampleEXAMPLEexampleEXAMPLEexample00' }],
  },
)

export function presentToken({ token, user, project, role }: TokenView): Static<typeof TokenResource> {
  return {
    id: token.id,
    user: { id: user.id, name: user.name },
    project: project && { id: project.id, name: project.name },
    role,
    applicationCredentialId: token.applicationCredentialId,
    methods: [...token.methods],
    issuedAt: toTime(token.issuedAt),
    expiresAt: toTime(token.expiresAt),
  }
}
