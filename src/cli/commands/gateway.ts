import type { Command } from 'commander'
import { addCommand, addNoun, type Cli } from '../command.ts'
import type { GatewayResource } from '../resources.ts'

/** `drover gateway`: list. */
export function addGatewayCommands(program: Command, cli: Cli): void {
  const noun = addNoun(program, 'gateway', "vendors' APIs that this server speaks, for clients made for them")

  addCommand(
    noun,
    cli,
    {
      usage: 'list',
      summary: "list gateways with their addresses, and what a client's user has to set",
      examples: ['gateway list', 'gateway list -o json'],
    },
    async (session) => {
      const page = await session.list<GatewayResource>('/api/v1/gateways', {}, {})
      session.output.page(
        page,
        [
          ['NAME', (gateway) => gateway.name],
          [
            'ENDPOINT',
            (gateway) => [gateway.url, ...(gateway.ownUrl === null ? [] : [gateway.ownUrl])].join('\n'),
          ],
          ['SET FOR CLIENTS', (gateway) => gateway.setup.join('\n')],
        ],
        'This server has no gateways.',
      )
    },
  )
}
