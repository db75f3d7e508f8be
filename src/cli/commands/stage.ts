import type { Command } from 'commander'
import { addCommand, addNoun, type Cli } from '../command.ts'
import type { StagesResource } from '../deployer-resources.ts'
import { collectPairs, type Pair } from '../parse.ts'
import type { Session } from '../session.ts'

/** `drover stage`: list, set. */
export function addStageCommands(program: Command, cli: Cli): void {
  const noun = addNoun(program, 'stage', 'the steps on the way to production, in their order')

  addCommand(
    noun,
    cli,
    { usage: 'list', summary: 'list stages', examples: ['stage list', 'stage list -o json'] },
    async (session) => showStages(session, await session.client.get<StagesResource>(stages(session))),
  )

  addCommand(
    noun,
    cli,
    {
      usage: 'set <names...>',
      summary: 'set all stages, in the order in which bundles are promoted',
      details:
        'They take the place of all there were; those that stay keep their descriptions. One that an infra is on cannot go.',
      examples: [
        'stage set Development Test Production',
        'stage set Test Production --describe "Production=where they serve"',
      ],
    },
    async (session, options: { readonly describe?: readonly Pair[] }, names: readonly string[]) => {
      const { items } = await session.client.get<StagesResource>(stages(session))
      const said = new Map((options.describe ?? []).map(({ key, value }) => [key, value]))
      const wanted = names.map((name) => ({
        name,
        description: said.get(name) ?? items.find((stage) => stage.name === name)?.description,
      }))
      showStages(session, await session.client.put<StagesResource>(stages(session), { items: wanted }))
    },
  ).option('--describe <stage=text>', 'what a stage is for; repeat for several', collectPairs)
}

const stages = (session: Session) => session.inProject`/stages`

function showStages(session: Session, page: StagesResource): void {
  session.output.page(
    page,
    [
      ['STAGE', (stage) => stage.name],
      ['DESCRIPTION', (stage) => stage.description],
    ],
    'No stages.',
  )
}
