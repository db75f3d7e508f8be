import type { Command } from 'commander'
import { ROLES, type Role } from '../../domain/principal.ts'
import { urlPath } from '../client.ts'
import { addCommand, addListOptions, addNoun, addYesOption, type Cli } from '../command.ts'
import { roleIn } from '../grant-options.ts'
import type { AccessKeyResource } from '../resources.ts'
import { saveSecret } from '../secrets.ts'
import type { ListOptions, Session } from '../session.ts'

interface CreateOptions {
  readonly role: Role
  readonly saveTo?: string
}

const ACCESS_KEYS = '/api/v1/access-keys'

/** `drover access-key`: create, list, show, enable, disable, delete. */
export function addAccessKeyCommands(program: Command, cli: Cli): void {
  const noun = addNoun(program, 'access-key', "keys that cloud vendors' clients sign their requests with")
  addCreate(noun, cli)

  addListOptions(
    addCommand(
      noun,
      cli,
      {
        usage: 'list',
        summary: 'list access keys',
        examples: ['access-key list', 'access-key list -o json'],
      },
      async (session, options: ListOptions) => {
        const page = await session.list<AccessKeyResource>(ACCESS_KEYS, {}, options)
        session.output.page(
          page,
          [
            ['NAME', (key) => key.name],
            ['ID', (key) => key.id],
            ['ROLE', (key) => key.role],
            ['PROJECT', (key) => key.projectId],
            ['ENABLED', (key) => (key.enabled ? 'yes' : 'no')],
            ['USED', (key, output) => (key.lastUsedAt === null ? 'never' : output.ago(key.lastUsedAt))],
          ],
          'No access keys.',
        )
      },
    ),
  )

  addCommand(
    noun,
    cli,
    { usage: 'show <key>', summary: 'show an access key', examples: ['access-key show kdb-scripts'] },
    async (session, _options, ref: string) => {
      const key = await session.client.get<AccessKeyResource>(pathOf(ref))
      session.output.fields(key, [
        ['Name', key.name],
        ['Id', key.id],
        ['Role', `${key.role} in ${key.projectId}`],
        ['Enabled', key.enabled ? 'yes' : 'no'],
        ['Created', `${session.output.ago(key.createdAt)} by ${key.createdBy}`],
        ['Used', key.lastUsedAt === null ? 'never' : session.output.ago(key.lastUsedAt)],
      ])
    },
  )

  addSwitch(noun, cli, true)
  addSwitch(noun, cli, false)

  addYesOption(
    addCommand(
      noun,
      cli,
      {
        usage: 'delete <key>',
        summary: 'delete an access key',
        examples: ['access-key delete kdb-scripts --yes'],
      },
      async (session, options: { readonly yes?: boolean }, ref: string) => {
        await session.confirm(
          options,
          () => `Delete access key ${ref}? Whoever uses it is refused from then on.`,
        )
        const key = await session.client.delete<AccessKeyResource | undefined>(pathOf(ref))
        session.output.result(key ?? null, `access key ${ref} is deleted`)
      },
    ),
  )
}

function addCreate(noun: Command, cli: Cli): void {
  addCommand(
    noun,
    cli,
    {
      usage: 'create <name>',
      summary: 'create an access key; its secret is shown this once',
      details:
        'Its holder works in the current project, and cannot name another one. Set the two as AWS_ACCESS_KEY_ID and ' +
        'AWS_SECRET_ACCESS_KEY, or as your client wants them.',
      examples: [
        'access-key create kdb-scripts',
        'access-key create dashboard --role viewer --project shop --save-to dashboard.secret',
      ],
    },
    async (session, options: CreateOptions, name: string) => {
      const { project } = session.client.connection
      const created = await session.client.post<{ accessKey: AccessKeyResource; secret: string | null }>(
        ACCESS_KEYS,
        { name, project, role: options.role },
      )
      const { accessKey, secret } = created
      const done = `access key ${accessKey.name} (${accessKey.id}) is created`
      if (options.saveTo !== undefined && secret !== null) {
        saveSecret(
          options.saveTo,
          secret,
          `the secret is lost; delete it with: drover access-key delete ${name}`,
        )
        return session.output.result({ accessKey }, `${done}, its secret saved to ${options.saveTo}`)
      }
      session.output.result(created, secret === null ? done : showPair(accessKey, secret))
      session.output.note(`${done}; keep its secret safe, it is not shown again`)
    },
  )
    .option(
      '--role <role>',
      `the holder's role in the project: ${ROLES.join(', ')}`,
      (text) => roleIn(text, '--role'),
      'operator' as Role,
    )
    .option('--save-to <file>', 'write the secret to a new file that only you can read')
}

/** Lines that a shell takes. */
function showPair({ id }: AccessKeyResource, secret: string): string {
  return `export AWS_ACCESS_KEY_ID=${id}\nexport AWS_SECRET_ACCESS_KEY=${secret}`
}

function addSwitch(noun: Command, cli: Cli, enabled: boolean): void {
  const verb = enabled ? 'enable' : 'disable'
  addCommand(
    noun,
    cli,
    {
      usage: `${verb} <key>`,
      summary: enabled ? 'accept an access key again' : 'refuse an access key until it is enabled again',
      examples: [`access-key ${verb} kdb-scripts`],
    },
    (session, _options, ref: string) => setEnabled(session, ref, enabled),
  )
}

async function setEnabled(session: Session, ref: string, enabled: boolean): Promise<void> {
  const key = await session.client.patch<AccessKeyResource>(pathOf(ref), { enabled })
  session.output.result(key, `access key ${key.name} is ${enabled ? 'enabled' : 'disabled'}`)
}

function pathOf(ref: string): string {
  return urlPath`/api/v1/access-keys/${ref}`
}
