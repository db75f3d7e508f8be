import type { Command } from 'commander'
import { UsageError } from '../cli-error.ts'
import { addCommand, addListOptions, addNoun, addYesOption, type Cli } from '../command.ts'
import type { EnvironmentResource } from '../resources.ts'
import type { ListOptions } from '../session.ts'

/** `drover environment`: create, list, show, update, delete. */
export function addEnvironmentCommands(program: Command, cli: Cli): void {
  const noun = addNoun(program, 'environment', 'named spaces for clusters inside a project')

  addCommand(
    noun,
    cli,
    {
      usage: 'create <name>',
      summary: 'create an environment',
      details: 'Its clusters are named with it: staging/web. Other environments may have a cluster web, too.',
      examples: [
        'environment create staging --description "before production"',
        'cluster create web --environment staging --bundle web@1',
      ],
    },
    async (session, options: { readonly description?: string }, name: string) => {
      const environment = await session.client.post<EnvironmentResource>(session.inProject`/environments`, {
        name,
        description: options.description,
      })
      session.output.result(environment, `environment ${name} is created`)
    },
  ).option('--description <text>', 'what it is for')

  addListOptions(
    addCommand(
      noun,
      cli,
      {
        usage: 'list',
        summary: 'list environments',
        examples: ['environment list', 'environment list -o json'],
      },
      async (session, options: ListOptions) => {
        const page = await session.list<EnvironmentResource>(session.inProject`/environments`, {}, options)
        session.output.page(
          page,
          [
            ['NAME', (environment) => environment.name],
            ['DESCRIPTION', (environment) => environment.description],
            ['CREATED', (environment, output) => output.ago(environment.createdAt)],
            ['ID', (environment) => environment.id],
          ],
          'No environments yet. Clusters need none; create one with: drover environment create <name>',
        )
      },
    ),
  )

  addCommand(
    noun,
    cli,
    {
      usage: 'show <environment>',
      summary: 'show an environment',
      examples: ['environment show staging', 'cluster list --environment staging'],
    },
    async (session, _options: object, ref: string) => {
      const environment = await session.client.get<EnvironmentResource>(
        session.inProject`/environments/${ref}`,
      )
      session.output.fields(environment, [
        ['Environment', environment.name],
        ['Id', environment.id],
        ['Description', environment.description],
        ['Tags', Object.keys(environment.tags).length === 0 ? null : JSON.stringify(environment.tags)],
        ['Created', session.output.ago(environment.createdAt)],
      ])
    },
  )

  addCommand(
    noun,
    cli,
    {
      usage: 'update <environment>',
      summary: "change an environment's name or description",
      examples: [
        'environment update staging --rename preview',
        'environment update staging --description ""',
      ],
    },
    async (session, options: { readonly rename?: string; readonly description?: string }, ref: string) => {
      const { rename, description } = options
      if (rename === undefined && description === undefined) {
        throw new UsageError('nothing to change', 'give --rename or --description')
      }
      const environment = await session.client.patch<EnvironmentResource>(
        session.inProject`/environments/${ref}`,
        { name: rename, description: description === '' ? null : description },
      )
      session.output.result(environment, `environment ${environment.name} is changed`)
    },
  )
    .option('--rename <name>', 'a new name')
    .option('--description <text>', 'what it is for; empty for none')

  addYesOption(
    addCommand(
      noun,
      cli,
      {
        usage: 'delete <environment>',
        summary: 'delete an environment that has no clusters',
        examples: ['environment delete staging', 'environment delete staging --yes'],
      },
      async (session, options: { readonly yes?: boolean }, ref: string) => {
        await session.confirm(options, () => `Delete environment ${ref}?`)
        await session.client.delete(session.inProject`/environments/${ref}`)
        session.output.result(null, `environment ${ref} is deleted`)
      },
    ),
  )
}
