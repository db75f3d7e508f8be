import { type Command, InvalidArgumentError } from 'commander'
import { ROLES, type Role } from '../domain/principal.ts'
import { UsageError } from './cli-error.ts'
import { collect, collectPairs, type Pair } from './parse.ts'

/** What OpenStack calls our roles. */
const ALIASES: Readonly<Record<string, Role>> = {
  reader: 'viewer',
  member: 'operator',
  admin: 'administrator',
}

/** What the options of {@link addGrantOptions} give. */
export interface GrantOptions {
  readonly role?: Role
  readonly grant?: readonly Pair[]
  readonly group?: readonly string[]
}

/** Adds `--role`, `--grant` and `--group`. @param otherwise what happens without them, for the help */
export function addGrantOptions(command: Command, otherwise: string): Command {
  return command
    .option(
      '--role <role>',
      `a role in the current project: ${ROLES.join(', ')} (default: ${otherwise})`,
      roleOf,
    )
    .option('--grant <project=role>', 'a role in a project, * for all; repeat for several', collectPairs)
    .option(
      '--group <name>',
      'a group to be in, which permissions and reviewers name; repeat for several',
      collect,
    )
}

/** The grants that were asked for. @throws UsageError for one that is no role */
export function grantsOf(
  { role, grant = [] }: GrantOptions,
  project: string,
): { project: string; role: Role }[] {
  const grants = grant.map(({ key, value }) => ({ project: key, role: roleIn(value, '--grant') }))
  return role === undefined ? grants : [...grants, { project, role }]
}

/** @param where it stands, for the message @throws UsageError */
export function roleIn(text: string, where: string): Role {
  const role = findRole(text)
  if (role === undefined) throw new UsageError(`${where}: "${text}" is not one of ${ROLES.join(', ')}`)
  return role
}

function roleOf(text: string): Role {
  const role = findRole(text)
  if (role === undefined) throw new InvalidArgumentError(`Allowed choices are ${ROLES.join(', ')}.`)
  return role
}

function findRole(text: string): Role | undefined {
  return ROLES.find((role) => role === text) ?? (Object.hasOwn(ALIASES, text) ? ALIASES[text] : undefined)
}
