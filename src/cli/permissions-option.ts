import { type Command, InvalidArgumentError } from 'commander'
import { type Party, type Permissions, RIGHTS, type Right } from '../domain/permissions.ts'

type PermissionInput = Party & Partial<Record<Right, boolean>>

/** Not null for the role: commander turns null, as an option's value, into an empty text. */
type Permit = readonly PermissionInput[] | 'role'

/** What the options of {@link addPermissionOptions} give. */
export interface PermissionOptions {
  readonly permit?: Permit
}

/** Adds `--permit`. @param what the noun, for the help */
export function addPermissionOptions(command: Command, what: string): Command {
  return command.option(
    '--permit <who=rights>',
    `who may do what with this ${what}: a group or user:<name>, and of ${RIGHTS.join(', ')} (with commas); ` +
      'repeat for several; "role" for what the role in the project says, which is the default',
    collectPermissions,
  )
}

/** The request's field for it: null for the role. */
export function permissionsInput({
  permit,
}: PermissionOptions): readonly PermissionInput[] | null | undefined {
  return permit === 'role' ? null : permit
}

/** Permissions for people, one a line. */
export function describePermissions(permissions: Permissions): string {
  if (permissions === null) return "each one's role in the project decides"
  const lines = permissions.map((permission) => {
    const who = 'group' in permission ? permission.group : `user:${permission.user}`
    return `${who}=${RIGHTS.filter((right) => permission[right]).join(',')}`
  })
  return lines.join('\n') || 'administrators of the project only'
}

function collectPermissions(text: string, previous: Permit | undefined): Permit {
  if (text === 'role') return text
  const [, user, name, given] = /^(user:)?([^=]+)=([a-z,]+)$/.exec(text) ?? []
  if (name === undefined || given === undefined) {
    throw new InvalidArgumentError('It must look like releases=deploy or user:ann=read,write.')
  }
  const rights = given.split(',').map((right) => {
    if (isRight(right)) return [right, true] as const
    throw new InvalidArgumentError(`"${right}" is not one of ${RIGHTS.join(', ')}.`)
  })
  const party: Party = user === undefined ? { group: name } : { user: name }
  return [...(previous === 'role' ? [] : (previous ?? [])), { ...party, ...Object.fromEntries(rights) }]
}

function isRight(text: string): text is Right {
  return RIGHTS.some((right) => right === text)
}
