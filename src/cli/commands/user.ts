import type { Command } from 'commander'
import { ROLES } from '../../domain/principal.ts'
import { UsageError } from '../cli-error.ts'
import { urlPath } from '../client.ts'
import { addCommand, addListOptions, addNoun, addYesOption, type Cli } from '../command.ts'
import { addGrantOptions, type GrantOptions, grantsOf } from '../grant-options.ts'
import type { UserResource } from '../resources.ts'
import { readSecret, saveSecret } from '../secrets.ts'
import type { ListOptions } from '../session.ts'

const USERS = '/api/v1/users'

interface CreateOptions extends GrantOptions {
  readonly passwordFile?: string
  readonly prompt?: boolean
  readonly description?: string
  readonly saveTo?: string
}

interface UpdateOptions extends GrantOptions {
  readonly description?: string
  /** False for --no-groups. */
  readonly groups: boolean
  readonly enable?: boolean
  readonly disable?: boolean
}

/** `drover user`: create, list, show, update, set-password, revoke-tokens, delete. */
export function addUserCommands(program: Command, cli: Cli): void {
  const noun = addNoun(program, 'user', 'people and programs that log in by password, through gateways too')
  addCreate(noun, cli)
  addReads(noun, cli)
  addUpdate(noun, cli)
  addPassword(noun, cli)
  addEndings(noun, cli)
}

function addCreate(noun: Command, cli: Cli): void {
  const create = addCommand(
    noun,
    cli,
    {
      usage: 'create <name>',
      summary: 'create a user; without a password one is made and shown this once',
      details:
        `Roles: ${ROLES.join(', ')}; each may do all that the one before it may. OpenStack's names for them ` +
        '(reader, member, admin) do as well. The project of --role must exist: see "drover project create", or ' +
        '"drover identity apply" for many at once.',
      examples: [
        'user create ada --project demo --role member --password-file ada.password',
        "user create root --grant '*=administrator' --save-to root.password",
        'user create eve --grant shop=viewer --grant search=operator --prompt',
      ],
    },
    async (session, options: CreateOptions, name: string) => {
      const source = { option: '--password-file', prompt: `Password of ${name}` }
      const isGiven = options.passwordFile !== undefined || options.prompt === true
      const created = await session.client.post<{ user: UserResource; password: string | null }>(USERS, {
        name,
        password: isGiven ? await readSecret(session, options.passwordFile, source) : undefined,
        grants: grantsOf(options, session.client.connection.project),
        groups: options.group,
        description: options.description,
      })
      const { user, password } = created
      const done = `user ${user.name} (${user.id}) is created`
      if (password === null) return session.output.result(created, done)
      if (options.saveTo !== undefined) {
        saveSecret(options.saveTo, password, `set another one with: drover user set-password ${user.name}`)
        return session.output.result({ user }, `${done}, its password saved to ${options.saveTo}`)
      }
      session.output.result(created, password)
      session.output.note(`${done}; keep its password safe, it is not shown again`)
    },
  )
  addGrantOptions(create, 'none')
    .option('--password-file <file>', 'file whose first line is the password; - for standard input')
    .option('--prompt', 'ask for the password')
    .option('--description <text>', 'who it is')
    .option('--save-to <file>', 'write the password that is made to a new file that only you can read')
}

function addReads(noun: Command, cli: Cli): void {
  addListOptions(
    addCommand(
      noun,
      cli,
      {
        usage: 'list',
        summary: 'list the users that you may administer, and yourself',
        examples: ['user list', 'user list -o json'],
      },
      async (session, options: ListOptions) => {
        const page = await session.list<UserResource>(USERS, {}, options)
        session.output.page(
          page,
          [
            ['NAME', (user) => user.name],
            ['ENABLED', (user) => (user.enabled ? 'yes' : 'no')],
            ['GRANTS', showGrants],
            ['GROUPS', (user) => user.groups.join(', ')],
            ['CREATED', (user, output) => output.ago(user.createdAt)],
            ['ID', (user) => user.id],
          ],
          'No users.',
        )
      },
    ),
  )

  addCommand(
    noun,
    cli,
    { usage: 'show <user>', summary: 'show a user', examples: ['user show ada'] },
    async (session, _options: object, ref: string) => {
      const user = await session.client.get<UserResource>(urlPath`/api/v1/users/${ref}`)
      session.output.fields(user, [
        ['User', user.name],
        ['Id', user.id],
        ['Description', user.description ?? ''],
        ['Enabled', user.enabled ? 'yes' : 'no'],
        ['Roles', showGrants(user)],
        ['Groups', user.groups.join(', ')],
        ['Created', `${session.output.ago(user.createdAt)} by ${user.createdBy}`],
        ['Password', `changed ${session.output.ago(user.passwordChangedAt)}`],
      ])
    },
  )
}

function addUpdate(noun: Command, cli: Cli): void {
  const update = addCommand(
    noun,
    cli,
    {
      usage: 'update <user>',
      summary: 'change what a user may do, or whether it may log in',
      details:
        'The roles and the groups that are given replace those there are. Disabling a user ends its logins.',
      examples: [
        'user update ada --disable',
        'user update ada --grant demo=operator --grant shop=viewer',
        'user update ada --group qa --group deployers',
      ],
    },
    async (session, options: UpdateOptions, ref: string) => {
      if (!options.groups && options.group) throw new UsageError('give --group or --no-groups')
      if (options.enable && options.disable) throw new UsageError('give --enable or --disable')
      const grants = grantsOf(options, session.client.connection.project)
      const user = await session.client.patch<UserResource>(urlPath`/api/v1/users/${ref}`, {
        grants: grants.length === 0 ? undefined : grants,
        groups: options.groups ? options.group : [],
        description: options.description,
        enabled: options.enable ? true : options.disable ? false : undefined,
      })
      session.output.result(user, `user ${user.name} is changed`)
    },
  )
  addGrantOptions(update, 'as they are')
    .option('--no-groups', 'be in no group any more')
    .option('--description <text>', 'who it is')
    .option('--enable', 'let it log in')
    .option('--disable', 'let it not log in, and end its logins')
}

function addPassword(noun: Command, cli: Cli): void {
  addCommand(
    noun,
    cli,
    {
      usage: 'set-password <user>',
      summary: 'give a user another password, and end its logins',
      details: 'Without --password-file it is asked for.',
      examples: ['user set-password ada', 'user set-password ada --password-file ada.password'],
    },
    async (session, options: { readonly passwordFile?: string }, ref: string) => {
      const source = { option: '--password-file', prompt: `New password of ${ref}` }
      const password = await readSecret(session, options.passwordFile, source)
      const user = await session.client.patch<UserResource>(urlPath`/api/v1/users/${ref}`, { password })
      session.output.result(user, `user ${user.name} has another password`)
    },
  ).option('--password-file <file>', 'file whose first line is the password; - for standard input')

  addCommand(
    noun,
    cli,
    {
      usage: 'change-password',
      summary: 'change your own password, logged in with a token, and end your logins',
      details: 'What is in no file is asked for.',
      examples: ['user change-password --api-key-file ada.token'],
    },
    async (session, options: { readonly currentFile?: string; readonly passwordFile?: string }) => {
      const now = { option: '--current-file', prompt: 'Present password' }
      const next = { option: '--password-file', prompt: 'New password' }
      const current = await readSecret(session, options.currentFile, now)
      const password = await readSecret(session, options.passwordFile, next)
      const path = '/api/v1/users/self/change-password'
      const user = await session.client.post<UserResource>(path, { current, password })
      session.output.result(user, `user ${user.name} has another password; log in again`)
    },
  )
    .option('--current-file <file>', 'file whose first line is the present password')
    .option('--password-file <file>', 'file whose first line is the new one')
}

function addEndings(noun: Command, cli: Cli): void {
  addCommand(
    noun,
    cli,
    {
      usage: 'revoke-tokens <user>',
      summary: 'end every login of a user; it may log in again at once',
      examples: ['user revoke-tokens ada'],
    },
    async (session, _options: object, ref: string) => {
      const path = urlPath`/api/v1/users/${ref}/revoke-tokens`
      const answer = await session.client.post<{ revoked: number }>(path)
      session.output.result(answer, `${answer.revoked} tokens of user ${ref} are revoked`)
    },
  )

  addYesOption(
    addCommand(
      noun,
      cli,
      {
        usage: 'delete <user>',
        summary: 'delete a user with its tokens and application credentials',
        examples: ['user delete ada --yes'],
      },
      async (session, options: { readonly yes?: boolean }, ref: string) => {
        await session.confirm(
          options,
          () => `Delete user ${ref}? What logs in as this user is refused from then on.`,
        )
        await session.client.delete(urlPath`/api/v1/users/${ref}`)
        session.output.result(null, `user ${ref} is deleted`)
      },
    ),
  )
}

function showGrants({ grants }: UserResource): string {
  return grants.map(({ projectId, role }) => `${role} in ${projectId}`).join(', ')
}
