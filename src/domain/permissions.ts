import type { Principal, Role } from './principal.ts'
import { principalNameOf } from './user.ts'

/** What may be done with an infra or a published project. `admin` is to say who may, and by which rules. */
export const RIGHTS = ['read', 'write', 'deploy', 'admin'] as const
export type Right = (typeof RIGHTS)[number]

/** A group, or one user by name. API keys are named by their groups. */
export type Party = { readonly group: string } | { readonly user: string }

/** What a party may do. */
export type Permission = Party & Readonly<Record<Right, boolean>>

/** Who may do what with a thing. Null: what each one's role in the project says. */
export type Permissions = readonly Permission[] | null

/** Each right with those that bring it along. */
const BROUGHT_BY: Readonly<Record<Right, readonly Right[]>> = {
  read: ['read', 'write', 'deploy', 'admin'],
  write: ['write', 'admin'],
  deploy: ['deploy'],
  admin: ['admin'],
}

const OF_ROLE: Readonly<Record<Role, readonly Right[]>> = {
  viewer: ['read'],
  operator: ['read', 'write', 'deploy'],
  administrator: RIGHTS,
}

/**
 * Whether a principal has a right to a thing. Permissions choose among those who may act in the project; they make
 * nobody's role stronger, except that an operator may be given `admin`.
 * ```
 *  role            no permissions           permissions
 *  none            nothing                  nothing
 *  viewer          read                     read, if an entry gives it
 *  operator        read, write, deploy      what entries give
 *  administrator   everything               everything
 * ```
 * @param role the principal's strongest in the project
 */
export function permits(
  principal: Pick<Principal, 'name' | 'groups'>,
  permissions: Permissions,
  right: Right,
  role: Role | null,
): boolean {
  if (role === null) return false
  if (role === 'administrator') return true
  if (permissions === null) return OF_ROLE[role].includes(right)
  if (role === 'viewer' && right !== 'read') return false
  return permissions.some(
    (permission) => isParty(principal, permission) && BROUGHT_BY[right].some((one) => permission[one]),
  )
}

/** Whether a principal is the user, or in the group, that is named. */
export function isParty(principal: Pick<Principal, 'name' | 'groups'>, party: Party): boolean {
  return 'group' in party
    ? (principal.groups ?? []).includes(party.group)
    : principal.name === principalNameOf({ name: party.user })
}
