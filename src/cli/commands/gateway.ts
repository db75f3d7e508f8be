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
      const text = page.items.map(describe).join('\n\n')
      session.output.result(page, text === '' ? 'This server has no gateways.' : text)
    },
  )
}

function describe({ name, url, ownUrl, serviceType, setup }: GatewayResource): string {
  const own = ownUrl === null ? [] : [`  ${ownUrl} (a listener of its own)`]
  const lines = setup.length === 0 ? [] : ['  set for clients:', ...setup.map((line) => `    ${line}`)]
  const kind = serviceType === null ? '' : ` (OpenStack service type ${serviceType})`
  return [`${name}${kind}`, `  ${url}`, ...own, ...lines].join('\n')
}
