import type { Principal } from '../domain/principal.ts'
import { grantsOfToken, principalNameOf } from '../domain/user.ts'
import type { FoundToken } from '../store/tokens.ts'

/** Whom a token speaks for, with what its user may do now. */
export function principalOf({ token, user, credential }: FoundToken): Principal {
  return {
    name: principalNameOf(user),
    grants: grantsOfToken(user, token.projectId, credential?.role ?? null),
    groups: user.groups,
    login: {
      userId: user.id,
      userName: user.name,
      tokenId: token.id,
      projectId: token.projectId,
      applicationCredentialId: token.applicationCredentialId,
      unrestricted: credential?.unrestricted ?? true,
    },
  }
}
