import type { Command } from 'commander'
import { UsageError } from '../cli-error.ts'
import { addCommand, addListOptions, addNoun, addYesOption, type Cli } from '../command.ts'
import type { PublishedProjectResource } from '../deployer-resources.ts'
import {
  addPermissionOptions,
  describePermissions,
  type PermissionOptions,
  permissionsInput,
} from '../permissions-option.ts'
import type { ListOptions } from '../session.ts'

interface ProjectOptions extends PermissionOptions {
  readonly title?: string
  readonly description?: string
}

/** `drover published-project`: create, list, show, bundles, update, delete. */
export function addPublishedProjectCommands(program: Command, cli: Cli): void {
  const noun = addNoun(program, 'published-project', 'what bundles are published under and deployed from')

  addProjectOptions(
    addCommand(
      noun,
      cli,
      {
        usage: 'create <key>',
        summary: 'create a published project',
        details: 'Its bundles are those whose name is its key, also those that are there already.',
        examples: [
          'published-project create quotes',
          'published-project create quotes --title "Quotes of the day" --permit releases=deploy',
        ],
      },
      async (session, options: ProjectOptions, key: string) => {
        const made = await session.client.post<PublishedProjectResource>(
          session.inProject`/published-projects`,
          {
            key,
            name: options.title,
            description: options.description,
            permissions: permissionsInput(options),
          },
        )
        session.output.result(
          made,
          `published project ${key} is created; publish into it with: drover bundle publish <folder> --name ${key}`,
        )
      },
    ),
  )

  addListOptions(
    addCommand(
      noun,
      cli,
      {
        usage: 'list',
        summary: 'list published projects',
        examples: ['published-project list', 'published-project list -o json'],
      },
      async (session, options: ListOptions) => {
        const path = session.inProject`/published-projects`
        const page = await session.list<PublishedProjectResource>(path, {}, options)
        session.output.page(
          page,
          [
            ['KEY', (project) => project.key],
            ['TITLE', (project) => project.name],
            ['NEWEST BUNDLE', (project) => project.bundles[0]?.version],
            ['DEPLOYMENTS', (project) => project.deployments.length],
            ['CREATED', (project, output) => output.ago(project.createdAt)],
          ],
          'No published projects yet. Create one with: drover published-project create <key>',
        )
      },
    ),
  )

  addCommand(
    noun,
    cli,
    {
      usage: 'show <key>',
      summary: 'show a published project, where it is deployed, and its newest bundles',
      examples: ['published-project show quotes', 'published-project show quotes -o yaml'],
    },
    async (session, _options: object, key: string) => {
      const project = await session.client.get<PublishedProjectResource>(
        session.inProject`/published-projects/${key}`,
      )
      const { deployments, bundles } = project
      const newest = bundles.slice(0, 5).map(({ version }) => version)
      session.output.fields(project, [
        ['Published project', project.key],
        ['Id', project.id],
        ['Title', project.name],
        ['Description', project.description],
        ['Permissions', describePermissions(project.permissions)],
        ['You', project.canDeploy ? 'may deploy its bundles' : 'may not deploy its bundles'],
        [
          'Bundles',
          newest.join(', ') + (bundles.length > 5 ? ` and ${bundles.length - 5} more` : '') || 'none',
        ],
        ['Infras', project.infras.map(({ name, stage }) => `${name} (${stage})`).join(', ')],
        [
          'Deployments',
          deployments.map(({ name, bundle }) => `${name}: bundle ${bundle}`).join('\n') || 'none',
        ],
        ['Created', `${session.output.ago(project.createdAt)} by ${project.createdBy}`],
      ])
    },
  )

  addCommand(
    noun,
    cli,
    {
      usage: 'bundles <key>',
      summary: 'list the bundles of a published project, newest first, and where each is wanted',
      examples: ['published-project bundles quotes', 'published-project bundles quotes -o json'],
    },
    async (session, _options: object, key: string) => {
      const { bundles, deployments } = await session.client.get<PublishedProjectResource>(
        session.inProject`/published-projects/${key}`,
      )
      const items = bundles.map((bundle) => ({
        ...bundle,
        deployments: deployments.filter((one) => one.bundle === bundle.version).map(({ name }) => name),
      }))
      session.output.page(
        { items, nextCursor: null },
        [
          ['VERSION', (bundle) => bundle.version],
          ['DIGEST', (bundle) => bundle.digest.slice(0, 12)],
          ['PUBLISHED', (bundle, output) => output.ago(bundle.createdAt)],
          ['BY', (bundle) => bundle.createdBy],
          ['WANTED BY', (bundle) => bundle.deployments.join(', ') || null],
        ],
        `No bundles yet. Publish one with: drover bundle publish <folder> --name ${key}`,
      )
    },
  )

  addProjectOptions(
    addCommand(
      noun,
      cli,
      {
        usage: 'update <key>',
        summary: 'change a published project',
        details: 'What is not named stays; its key never changes.',
        examples: [
          'published-project update quotes --title Quotes',
          'published-project update quotes --permit role',
        ],
      },
      async (session, options: ProjectOptions, key: string) => {
        const { title, description } = options
        const permissions = permissionsInput(options)
        if (title === undefined && description === undefined && permissions === undefined) {
          throw new UsageError('nothing to change', 'give --title, --description or --permit')
        }
        const path = session.inProject`/published-projects/${key}`
        const changes = {
          name: title,
          description: description === '' ? null : description,
          permissions,
        }
        const before = await session.client.get<PublishedProjectResource>(path)
        const changed = await session.client.patch<PublishedProjectResource>(path, changes, before.version)
        session.output.result(changed, `published project ${key} is changed`)
      },
    ),
  )

  addYesOption(
    addCommand(
      noun,
      cli,
      {
        usage: 'delete <key>',
        summary: 'delete a published project that no deployment is of, and its bundles with it',
        examples: ['published-project delete quotes', 'published-project delete quotes --yes'],
      },
      async (session, options: { readonly yes?: boolean }, key: string) => {
        await session.confirm(options, () => `Delete published project ${key} and its bundles?`)
        await session.client.delete(session.inProject`/published-projects/${key}`)
        session.output.result(null, `published project ${key} is deleted`)
      },
    ),
  )
}

function addProjectOptions(command: Command): Command {
  command
    .option('--title <text>', 'its name for people (default: the key)')
    .option('--description <text>', 'what it is for; empty for none')
  return addPermissionOptions(command, 'published project')
}
