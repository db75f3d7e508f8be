import { Type } from 'typebox'
import { type Grant, ROLES } from '../domain/principal.ts'
import { oneOf, record, reference } from './schema.ts'

const RoleWord = oneOf(ROLES, 'Each role may do all that the one before it may.')

/** A role in one project or in all of them, as it is asked for. */
export const NewGrant = record({ project: reference('Id or name, or `*` for all.'), role: RoleWord })

/** A role in one project or in all of them, as it is kept. */
export const GrantResource = record({
  projectId: Type.String({ description: 'Or `*` for all projects.' }),
  role: RoleWord,
})

/** Without what a grant may have besides. */
export function presentGrants(grants: readonly Grant[]) {
  return grants.map(({ projectId, role }) => ({ projectId, role }))
}
