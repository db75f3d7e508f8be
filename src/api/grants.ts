import { Type } from 'typebox'
import { type Grant, ROLES } from '../domain/principal.ts'
import { Name, oneOf, record, reference } from './schema.ts'

const RoleWord = oneOf(ROLES, 'Each role may do all that the one before it may.')

/** A role in one project or in all of them, as it is asked for. */
export const NewGrant = record({ project: reference('Id or name, or `*` for all.'), role: RoleWord })

/** A role in one project or in all of them, as it is kept. */
export const GrantResource = record({
  projectId: Type.String({ description: 'Or `*` for all projects.' }),
  role: RoleWord,
})

/** Names of groups, as they are kept. */
export const Groups = Type.Array(Type.String(), {
  description: 'Names of groups, in order: permissions and reviewers name them.',
})

/** Names of groups, as they are asked for. */
export const NewGroups = Type.Array(Name, {
  maxItems: 100,
  description:
    'Names of groups, which need not exist yet. Only an administrator of all projects may give any.',
})

/** Without what a grant may have besides. */
export function presentGrants(grants: readonly Grant[]) {
  return grants.map(({ projectId, role }) => ({ projectId, role }))
}
