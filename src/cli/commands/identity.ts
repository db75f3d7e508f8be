import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Command } from 'commander'
import { messageOf } from '../../domain/errors.ts'
import type { JsonObject } from '../../domain/ids.ts'
import type { Role } from '../../domain/principal.ts'
import { CliError, UsageError } from '../cli-error.ts'
import { urlPath } from '../client.ts'
import { addCommand, addNoun, type Cli } from '../command.ts'
import { roleIn } from '../grant-options.ts'
import { readObjectFile } from '../parse.ts'
import type { ProjectResource, UserResource } from '../resources.ts'
import type { Session } from '../session.ts'

interface ApplyOptions {
  readonly resetPasswords?: boolean
}

/** What was done about one thing, for the table. */
interface Applied {
  readonly kind: 'project' | 'user'
  readonly name: string
  readonly done: 'created' | 'changed' | 'there already'
  /** One that was made. */
  readonly password: string | null
}

/** `drover identity`: apply. */
export function addIdentityCommands(program: Command, cli: Cli): void {
  const noun = addNoun(program, 'identity', 'projects and users, many at once')

  addCommand(
    noun,
    cli,
    {
      usage: 'apply <file>',
      summary: 'see to it that projects and users are there as a YAML file says',
      details:
        'Running it again changes only what differs. What the file does not name stays as it is; a user that is there ' +
        'already keeps its password, unless --reset-passwords is given. The file:\n\n' +
        '  projects: [demo, shop]\n' +
        '  users:\n' +
        '    - name: ada\n' +
        '      passwordFile: ada.password   # beside this file; or password: …; without, one is made and shown\n' +
        '      grants: { demo: administrator, shop: viewer }   # or admin, member, reader; "*" for all projects\n' +
        '      groups: [qa]   # which permissions and reviewers name',
      examples: ['identity apply identity.yaml', 'identity apply identity.yaml --reset-passwords'],
    },
    async (session, options: ApplyOptions, file: string) => {
      const wanted = parseIdentity(readObjectFile(file, '<file>'), file === '-' ? '.' : dirname(file))
      const items: Applied[] = []
      for (const name of wanted.projects) items.push(await applyProject(session, name))
      for (const user of wanted.users) items.push(await applyUser(session, user, options))
      session.output.page(
        { items },
        [
          ['KIND', (item) => item.kind],
          ['NAME', (item) => item.name],
          ['DONE', (item) => item.done],
          ['PASSWORD', (item) => item.password ?? ''],
        ],
        'The file names nothing.',
      )
      if (items.some(({ password }) => password !== null)) {
        session.output.note('keep these passwords safe, they are not shown again')
      }
    },
  ).option('--reset-passwords', 'give users that are there already the passwords of the file, too')
}

async function applyProject({ client }: Session, name: string): Promise<Applied> {
  const found = await orMissing(client.get<ProjectResource>(urlPath`/api/v1/projects/${name}`))
  if (!found) await client.post('/api/v1/projects', { name })
  return { kind: 'project', name, done: found ? 'there already' : 'created', password: null }
}

async function applyUser({ client }: Session, wanted: WantedUser, options: ApplyOptions): Promise<Applied> {
  const { name, password, description, enabled, groups } = wanted
  const path = urlPath`/api/v1/users/${name}`
  const found = await orMissing(client.get<UserResource>(path))
  const grants = wanted.grants.map(({ project, role }) => ({ project, role }))
  if (!found) {
    const body = { name, password, grants, groups, description, enabled }
    const made = await client.post<{ password: string | null }>('/api/v1/users', body)
    return { kind: 'user', name, done: 'created', password: made.password }
  }
  const resolved = await Promise.all(
    grants.map(async ({ project, role }) => `${await projectIdOf(client, project)} ${role}`),
  )
  const present = found.grants.map(({ projectId, role }) => `${projectId} ${role}`)
  const differs =
    (groups !== undefined && groups.toSorted().join() !== found.groups.join()) ||
    resolved.toSorted().join() !== present.toSorted().join() ||
    (description !== undefined && description !== found.description) ||
    (enabled ?? true) !== found.enabled
  const newPassword = options.resetPasswords ? password : undefined
  if (!differs && newPassword === undefined)
    return { kind: 'user', name, done: 'there already', password: null }
  await client.patch(path, { grants, groups, description, enabled: enabled ?? true, password: newPassword })
  return { kind: 'user', name, done: 'changed', password: null }
}

async function projectIdOf(client: Session['client'], project: string): Promise<string> {
  if (project === '*') return project
  return (await client.get<ProjectResource>(urlPath`/api/v1/projects/${project}`)).id
}

async function orMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof CliError && error.code === 'not_found') return undefined
    throw error
  }
}

interface WantedUser {
  readonly name: string
  readonly password?: string
  readonly description?: string
  readonly enabled?: boolean
  readonly groups?: readonly string[]
  readonly grants: readonly { readonly project: string; readonly role: Role }[]
}

const USER_KEYS = ['name', 'password', 'passwordFile', 'description', 'enabled', 'grants', 'groups']

/** @throws UsageError naming what is wrong */
function parseIdentity(content: JsonObject, folder: string) {
  refuseUnknown(content, ['projects', 'users'], '<file>')
  const { projects = [], users = [] } = content
  if (!isNames(projects)) {
    throw new UsageError('<file>: projects must be a list of names')
  }
  if (!Array.isArray(users)) throw new UsageError('<file>: users must be a list')
  return { projects, users: users.map((user, index) => parseUser(user, index, folder)) }
}

function parseUser(user: unknown, index: number, folder: string): WantedUser {
  const where = `users[${index}]`
  if (!isObject(user)) throw new UsageError(`${where} must be an object`)
  refuseUnknown(user, USER_KEYS, where)
  const { name, password, passwordFile, description, enabled, grants = {}, groups } = user
  if (typeof name !== 'string') throw new UsageError(`${where}.name must be a text`)
  if (password !== undefined && typeof password !== 'string') {
    throw new UsageError(`${where}.password must be a text: put it in quotes`)
  }
  if (!isObject(grants)) throw new UsageError(`${where}.grants must be roles by project`)
  if (groups !== undefined && !isNames(groups)) {
    throw new UsageError(`${where}.groups must be a list of names`)
  }
  const secret =
    typeof passwordFile === 'string' ? readPassword(resolve(folder, passwordFile), where) : password
  return {
    name,
    ...(secret !== undefined && { password: secret }),
    ...(typeof description === 'string' && { description }),
    ...(typeof enabled === 'boolean' && { enabled }),
    ...(groups !== undefined && { groups }),
    grants: Object.entries(grants).map(([project, role]) => ({
      project,
      role: roleIn(String(role), `${where}.grants.${project}`),
    })),
  }
}

function readPassword(file: string, where: string): string {
  try {
    return readFileSync(file, 'utf8').split('\n', 1)[0]!.replace(/\r$/, '')
  } catch (error) {
    throw new UsageError(`${where}.passwordFile: ${messageOf(error)}`)
  }
}

function refuseUnknown(given: object, known: readonly string[], where: string): void {
  const unknown = Object.keys(given).find((key) => !known.includes(key))
  if (unknown !== undefined) {
    throw new UsageError(`${where}: "${unknown}" is not known; known are ${known.join(', ')}`)
  }
}

function isNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((name) => typeof name === 'string')
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
