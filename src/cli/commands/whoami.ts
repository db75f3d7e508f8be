import type { Command } from 'commander'
import { addCommand, type Cli } from '../command.ts'
import type { IdentityResource } from '../resources.ts'

/** `drover whoami`: whom the server takes us for. */
export function addWhoamiCommand(program: Command, cli: Cli): void {
  addCommand(
    program,
    cli,
    {
      usage: 'whoami',
      summary: 'show whose key this is, and what it may do',
      examples: ['whoami', 'whoami -o json'],
    },
    async (session) => {
      const identity = await session.client.get<IdentityResource>('/api/v1/whoami')
      const { connection } = session.client
      session.output.fields(identity, [
        ['Name', identity.name],
        [
          'Roles',
          identity.grants
            .map(({ project, role }) => `${role} in ${project === '*' ? 'all projects' : project}`)
            .join('\n'),
        ],
        ['Groups', identity.groups.join(', ')],
        ['Key from', connection.apiKeySource],
        ['Server', connection.server.origin],
        ['Project', connection.project],
      ])
    },
  )
}
