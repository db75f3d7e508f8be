import { type Static, Type } from 'typebox'
import { ROLES } from '../../domain/principal.ts'
import type { ApplicationCredential, User } from '../../domain/user.ts'
import { GrantResource, Groups, presentGrants } from '../grants.ts'
import { NullableString, OptionalTime, oneOf, record, ref, Time, toOptionalTime, toTime } from '../schema.ts'

const example = {
  id: '0193e1a0-6c1e-7000-8a3b-5f5e0c9d1b2a',
  name: 'ada',
  description: null,
  grants: [{ projectId: '0193e1a0-6c1e-7001-9a3b-5f5e0c9d1b2a', role: 'operator' }],
  groups: ['qa'],
  enabled: true,
  createdAt: '2026-11-21T10:00:00.000Z',
  createdBy: 'admin',
  updatedAt: '2026-11-21T10:00:00.000Z',
  passwordChangedAt: '2026-11-21T10:00:00.000Z',
}

export const UserResource = record(
  {
    id: Type.String(),
    name: Type.String(),
    description: NullableString,
    grants: Type.Array(GrantResource),
    groups: Groups,
    enabled: Type.Boolean({ description: 'One who is not cannot log in.' }),
    createdAt: Time,
    createdBy: Type.String({ description: 'The name of the principal that made it.' }),
    updatedAt: Time,
    passwordChangedAt: Time,
  },
  { $id: 'User', description: 'Somebody who logs in with a name and a password.', examples: [example] },
)

export const NewUserResource = record(
  {
    user: ref(UserResource),
    password: Type.Unsafe<string | null>({
      ...NullableString,
      description: 'One that was made because none was given. Shown this once.',
    }),
  },
  {
    $id: 'NewUser',
    description: 'A user that was just made.',
    examples: [{ user: example, password: 'EXAMPLEexampleEXAMPLEexample0000' }],
  },
)

export function presentUser(user: User): Static<typeof UserResource> {
  return {
    id: user.id,
    name: user.name,
    description: user.description,
    grants: presentGrants(user.grants),
    groups: [...user.groups],
    enabled: user.enabled,
    createdAt: toTime(user.createdAt),
    createdBy: user.createdBy,
    updatedAt: toTime(user.updatedAt),
    passwordChangedAt: toTime(user.passwordChangedAt),
  }
}

const credentialExample = {
  id: '0193e1a0-6c1e-7000-8a3b-5f5e0c9d1b2b',
  name: 'ci',
  description: null,
  userId: example.id,
  projectId: '0193e1a0-6c1e-7001-9a3b-5f5e0c9d1b2a',
  role: 'operator',
  unrestricted: false,
  createdAt: '2026-11-21T10:00:00.000Z',
  expiresAt: null,
}

export const ApplicationCredentialResource = record(
  {
    id: Type.String(),
    name: Type.String(),
    description: NullableString,
    userId: Type.String(),
    projectId: Type.String(),
    role: oneOf(ROLES, 'The most that it gives.'),
    unrestricted: Type.Boolean({ description: 'Whether it may make and delete application credentials.' }),
    createdAt: Time,
    expiresAt: OptionalTime,
  },
  {
    $id: 'ApplicationCredential',
    description: 'A secret with which a program logs in for a user, in one project.',
    examples: [credentialExample],
  },
)

export const NewApplicationCredentialResource = record(
  {
    credential: ref(ApplicationCredentialResource),
    secret: Type.Unsafe<string | null>({
      ...NullableString,
      description: 'Shown this once; null when an idempotent request is repeated.',
    }),
  },
  {
    $id: 'NewApplicationCredential',
    description: 'An application credential that was just made, with its secret.',
    examples: [{ credential: credentialExample, secret: 'EXAMPLEexampleEXAMPLEexample0000' }],
  },
)

export function presentApplicationCredential(
  credential: ApplicationCredential,
): Static<typeof ApplicationCredentialResource> {
  return {
    id: credential.id,
    name: credential.name,
    description: credential.description,
    userId: credential.userId,
    projectId: credential.projectId,
    role: credential.role,
    unrestricted: credential.unrestricted,
    createdAt: toTime(credential.createdAt),
    expiresAt: toOptionalTime(credential.expiresAt),
  }
}
