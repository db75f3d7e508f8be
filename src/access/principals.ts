import { ACCESS_KEY_PRINCIPAL, principalOfAccessKey } from '../domain/access-key.ts'
import type { EpochMs } from '../domain/ids.ts'
import type { Principal } from '../domain/principal.ts'
import { principalNameOf } from '../domain/user.ts'
import { findAccessKey } from '../store/access-keys.ts'
import { findApiKeyByName } from '../store/api-keys.ts'
import type { Tx } from '../store/store.ts'
import { findUser } from '../store/users.ts'

const USER = principalNameOf({ name: '' })

/**
 * The principal of a name, with the grants that it has at this moment: for what acts in somebody's name later. A key
 * that takes the place of another one under the same name goes on for it.
 * @returns undefined if nobody can act in that name any more: revoked, expired, disabled, deleted
 */
export async function findPrincipal(tx: Tx, name: string, now: EpochMs): Promise<Principal | undefined> {
  if (name.startsWith(USER)) {
    const found = await findUser(tx, name.slice(USER.length))
    return found?.user.enabled ? { name, grants: found.user.grants, groups: found.user.groups } : undefined
  }
  if (name.startsWith(ACCESS_KEY_PRINCIPAL)) {
    const key = await findAccessKey(tx, name.slice(ACCESS_KEY_PRINCIPAL.length))
    return key?.enabled ? principalOfAccessKey(key) : undefined
  }
  const key = await findApiKeyByName(tx, name)
  if (!key || (key.expiresAt ?? now + 1) <= now) return undefined
  return { name: key.name, grants: key.grants, groups: key.groups }
}
