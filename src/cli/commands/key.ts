import type { Command } from 'commander'
import { ROLES } from '../../domain/principal.ts'
import { urlPath } from '../client.ts'
import { addCommand, addListOptions, addNoun, addYesOption, type Cli } from '../command.ts'
import { addGrantOptions, type GrantOptions, grantsOf } from '../grant-options.ts'
import { durationSeconds } from '../parse.ts'
import type { ApiKeyResource } from '../resources.ts'
import { saveSecret } from '../secrets.ts'
import type { ListOptions } from '../session.ts'

interface CreateOptions extends GrantOptions {
  readonly expiresIn?: number
  readonly saveTo?: string
}

const API_KEYS = '/api/v1/api-keys'

/** `drover key`: create, list, revoke. */
export function addKeyCommands(program: Command, cli: Cli): void {
  const noun = addNoun(program, 'key', 'API keys: who may do what')

  const create = addCommand(
    noun,
    cli,
    {
      usage: 'create <name>',
      summary: 'create an API key; it is shown this once',
      details: `Roles: ${ROLES.join(', ')}; each may do all that the one before it may.`,
      examples: [
        'key create ci --role operator --expires-in 90d --save-to ci.key',
        'key create dashboard --grant shop=viewer --grant search=viewer',
        'key create deployer --role operator --group deployers',
        `key create root --grant '*=administrator'`,
      ],
    },
    async (session, options: CreateOptions, name: string) => {
      const { project } = session.client.connection
      const grants = grantsOf(options, project)
      const body = {
        name,
        grants: grants.length === 0 ? [{ project, role: 'operator' }] : grants,
        groups: options.group,
        expiresInSeconds: options.expiresIn,
      }
      const created = await session.client.post<{ key: ApiKeyResource; secret: string | null }>(
        API_KEYS,
        body,
      )
      const { key, secret } = created
      if (options.saveTo !== undefined && secret !== null) {
        saveSecret(options.saveTo, secret, `the key is lost; take it back with: drover key revoke ${key.id}`)
        return session.output.result(
          { key },
          `key ${key.name} (${key.id}) is created and saved to ${options.saveTo}`,
        )
      }
      session.output.result(
        created,
        secret ?? `key ${key.name} was created before; what it is was shown then`,
      )
      session.output.note(`key ${key.name} (${key.id}) is created; keep it safe, it is not shown again`)
    },
  )
  addGrantOptions(create, 'operator')
    .option('--expires-in <duration>', 'when it stops working (default: never)', durationSeconds)
    .option('--save-to <file>', 'write it to a new file that only you can read, instead of showing it')

  addListOptions(
    addCommand(
      noun,
      cli,
      { usage: 'list', summary: 'list API keys', examples: ['key list', 'key list -o json'] },
      async (session, options: ListOptions) => {
        const page = await session.list<ApiKeyResource>(API_KEYS, {}, options)
        session.output.page(
          page,
          [
            ['NAME', (key) => key.name],
            ['ID', (key) => key.id],
            [
              'GRANTS',
              (key) => key.grants.map(({ projectId, role }) => `${role} in ${projectId}`).join(', '),
            ],
            ['GROUPS', (key) => key.groups.join(', ')],
            ['CREATED', (key, output) => output.ago(key.createdAt)],
            ['EXPIRES', (key, output) => (key.expiresAt === null ? 'never' : output.ago(key.expiresAt))],
            ['REVOKED', (key, output) => output.ago(key.revokedAt)],
          ],
          'No API keys.',
        )
      },
    ),
  )

  addYesOption(
    addCommand(
      noun,
      cli,
      {
        usage: 'revoke <id>',
        summary: 'make an API key stop working',
        examples: ['key revoke 019aa0e2-7b1c-7000-8000-000000000001 --yes'],
      },
      async (session, options: { readonly yes?: boolean }, id: string) => {
        await session.confirm(options, () => `Revoke key ${id}? Whoever uses it is refused from then on.`)
        const key = await session.client.delete<ApiKeyResource | undefined>(urlPath`/api/v1/api-keys/${id}`)
        session.output.result(key ?? null, `key ${id} is revoked`)
      },
    ),
  )
}
