import type { Command } from 'commander'
import type { Role } from '../../domain/principal.ts'
import { UsageError } from '../cli-error.ts'
import { urlPath } from '../client.ts'
import { addCommand, addListOptions, addNoun, addYesOption, type Cli } from '../command.ts'
import { roleIn } from '../grant-options.ts'
import { durationSeconds } from '../parse.ts'
import type { ApplicationCredentialResource, IdentityResource } from '../resources.ts'
import { readSecret, saveSecret } from '../secrets.ts'
import type { ListOptions, Session } from '../session.ts'

interface OfUser {
  readonly user?: string
}

interface CreateOptions extends OfUser {
  readonly role?: Role
  readonly expiresIn?: number
  readonly unrestricted?: boolean
  readonly description?: string
  readonly secretFile?: string
  readonly saveTo?: string
}

/** `drover application-credential`: create, list, show, delete. */
export function addApplicationCredentialCommands(program: Command, cli: Cli): void {
  const noun = addNoun(
    program,
    'application-credential',
    'secrets with which programs log in for a user, in one project',
  )
  addCreate(noun, cli)

  addUserOption(
    addListOptions(
      addCommand(
        noun,
        cli,
        {
          usage: 'list',
          summary: 'list application credentials',
          examples: ['application-credential list', 'application-credential list --user ada'],
        },
        async (session, options: ListOptions & OfUser) => {
          const path = await pathOf(session, options)
          const page = await session.list<ApplicationCredentialResource>(path, {}, options)
          session.output.page(
            page,
            [
              ['NAME', (credential) => credential.name],
              ['ROLE', (credential) => credential.role],
              ['PROJECT', (credential) => credential.projectId],
              ['EXPIRES', (one, output) => (one.expiresAt === null ? 'never' : output.ago(one.expiresAt))],
              ['ID', (credential) => credential.id],
            ],
            'No application credentials.',
          )
        },
      ),
    ),
  )

  addUserOption(
    addCommand(
      noun,
      cli,
      {
        usage: 'show <credential>',
        summary: 'show an application credential',
        examples: ['application-credential show ci'],
      },
      async (session, options: OfUser, ref: string) => {
        const path = (await pathOf(session, options)) + urlPath`/${ref}`
        const credential = await session.client.get<ApplicationCredentialResource>(path)
        session.output.fields(credential, [
          ['Name', credential.name],
          ['Id', credential.id],
          ['Description', credential.description ?? ''],
          ['Role', `${credential.role} in ${credential.projectId}`],
          ['Restricted', credential.unrestricted ? 'no' : 'yes'],
          ['Created', session.output.ago(credential.createdAt)],
          ['Expires', credential.expiresAt ?? 'never'],
        ])
      },
    ),
  )

  addUserOption(
    addYesOption(
      addCommand(
        noun,
        cli,
        {
          usage: 'delete <credential>',
          summary: 'delete an application credential, and end the logins by it',
          examples: ['application-credential delete ci --yes'],
        },
        async (session, options: OfUser & { readonly yes?: boolean }, ref: string) => {
          await session.confirm(options, () => `Delete application credential ${ref}?`)
          await session.client.delete((await pathOf(session, options)) + urlPath`/${ref}`)
          session.output.result(null, `application credential ${ref} is deleted`)
        },
      ),
    ),
  )
}

function addCreate(noun: Command, cli: Cli): void {
  addCommand(
    noun,
    cli,
    {
      usage: 'create <name>',
      summary: 'create an application credential for yourself; its secret is shown this once',
      details: 'Only with a token: users make their own ("drover token issue").',
      examples: [
        'application-credential create ci --api-key-file ada.token --role viewer --save-to ci.secret',
        'application-credential create nightly --api-key-file ada.token --expires-in 90d',
      ],
    },
    async (session, options: CreateOptions, name: string) => {
      const source = { option: '--secret-file', prompt: 'Secret' }
      const created = await session.client.post<{
        credential: ApplicationCredentialResource
        secret: string | null
      }>(await pathOf(session, options), {
        name,
        project: session.client.connection.project,
        role: options.role,
        secret:
          options.secretFile === undefined
            ? undefined
            : await readSecret(session, options.secretFile, source),
        expiresInSeconds: options.expiresIn,
        unrestricted: options.unrestricted,
        description: options.description,
      })
      const { credential, secret } = created
      const done = `application credential ${credential.name} (${credential.id}) is created`
      if (options.saveTo !== undefined && secret !== null) {
        const undo = `the secret is lost; delete it with: drover application-credential delete ${credential.id}`
        saveSecret(options.saveTo, secret, undo)
        return session.output.result({ credential }, `${done}, its secret saved to ${options.saveTo}`)
      }
      session.output.result(created, secret ?? done)
      session.output.note(`${done}; keep its secret safe, it is not shown again`)
    },
  )
    .option('--role <role>', 'the most that it gives (default: your own in the project)', (text) =>
      roleIn(text, '--role'),
    )
    .option('--expires-in <duration>', 'when it stops working (default: never)', durationSeconds)
    .option('--unrestricted', 'let it make and delete application credentials')
    .option('--description <text>', 'what it is for')
    .option('--secret-file <file>', 'file whose first line is a secret of your own; - for standard input')
    .option('--save-to <file>', 'write the secret to a new file that only you can read')
}

function addUserOption(command: Command): Command {
  return command.option('--user <user>', 'whose (default: your own)')
}

async function pathOf({ client }: Session, { user }: OfUser): Promise<string> {
  if (user !== undefined) return urlPath`/api/v1/users/${user}/application-credentials`
  const self = (await client.get<IdentityResource>('/api/v1/whoami')).user
  if (self) return urlPath`/api/v1/users/${self.id}/application-credentials`
  throw new UsageError(
    'an API key is no user, and has no application credentials',
    'log in with "drover token issue" and give the token with --api-key-file or DROVER_API_KEY, or give --user',
  )
}
