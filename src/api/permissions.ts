import { Type } from 'typebox'
import type { PermissionsInput } from '../control/deployer-inputs.ts'
import type { Permissions } from '../domain/permissions.ts'
import { Name, record, userName } from './schema.ts'

const rights = {
  read: Type.Boolean(),
  write: Type.Boolean(),
  deploy: Type.Boolean(),
  admin: Type.Boolean(),
}

const given = {
  read: Type.Optional(rights.read),
  write: Type.Optional(rights.write),
  deploy: Type.Optional(rights.deploy),
  admin: Type.Optional(rights.admin),
}

const party = { group: Type.Optional(Type.String()), user: Type.Optional(Type.String()) }

const WHO =
  'Who may do what with it, by group or user; `write` and `deploy` bring `read` along, `admin` brings `write`. Null: the role in the project decides. Administrators of the project may do everything.'

/** Who may do what with an infra or a published project, as it is answered. */
export const PermissionsResource = Type.Unsafe<Permissions>(
  Type.Union([Type.Array(record({ ...party, ...rights })), Type.Null()], { description: WHO }),
)

/** The same, as it is asked for. */
export const PermissionsBody = Type.Unsafe<PermissionsInput>(
  Type.Union(
    [
      Type.Array(record({ group: Type.Optional(Name), user: Type.Optional(userName()), ...given }), {
        maxItems: 1000,
      }),
      Type.Null(),
    ],
    { description: `${WHO} Rights that are not named are not given.` },
  ),
)
