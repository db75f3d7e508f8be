import type { Command } from 'commander'
import { CliError, UsageError } from '../cli-error.ts'
import { addCommand, addListOptions, addNoun, addYesOption, type Cli } from '../command.ts'
import type { DeploymentResource, DeploymentStatusResource } from '../deployer-resources.ts'
import { showDeployment, wanted } from '../deployment-view.ts'
import { EXIT } from '../exit-codes.ts'
import type { BundleResource } from '../resources.ts'
import type { ListOptions, Session } from '../session.ts'
import { addDeploymentUpdateCommands } from './deployment-update.ts'

interface SettingsOptions {
  readonly bundle?: string
  readonly deployedProjectKey?: string
  readonly projectFolder?: string
  readonly ignoreWarnings?: boolean
}

/** `drover deployment`: create, list, show, health, set, enable, disable, delete; and what makes its settings real. */
export function addDeploymentCommands(program: Command, cli: Cli): void {
  const noun = addNoun(program, 'deployment', "a published project's bundle, kept running on an infra")

  addSettingsOptions(
    addCommand(
      noun,
      cli,
      {
        usage: 'create <name>',
        summary: 'create a deployment; nothing runs before its first update',
        details: 'It owns a cluster of its own name, which its first update makes.',
        examples: [
          'deployment create quotes-test --infra test --bundle quotes@1',
          'deployment create quotes-prod --infra prod-east --bundle quotes --ignore-warnings',
        ],
      },
      async (
        session,
        options: SettingsOptions & { readonly infra?: string; readonly disabled?: boolean },
        name: string,
      ) => {
        if (options.infra === undefined || options.bundle === undefined) {
          throw new UsageError(
            'a deployment is of a bundle, and on an infra',
            'give --infra and --bundle; see: drover infra list, drover bundle list',
          )
        }
        const bundle = await session.client.get<BundleResource>(session.inProject`/bundles/${options.bundle}`)
        const made = await session.client.post<DeploymentResource>(session.inProject`/deployments`, {
          name,
          infra: options.infra,
          publishedProject: bundle.name,
          ...settingsInput(options),
          bundle: bundle.version,
          enabled: !options.disabled,
        })
        session.output.result(
          made,
          `deployment ${name} of ${bundle.name}@${bundle.version} on ${made.infra} is created; ${makeReal(name)}`,
        )
      },
    ),
    'bundle of a published project; without a version the newest',
  )
    .option('--infra <infra>', 'where to')
    .option('--disabled', 'it is to run nothing for now')

  addListOptions(
    addCommand(
      noun,
      cli,
      {
        usage: 'list',
        summary: 'list deployments',
        examples: [
          'deployment list',
          'deployment list --infra prod-east',
          'deployment list --published-project quotes',
        ],
      },
      async (
        session,
        options: ListOptions & { readonly infra?: string; readonly publishedProject?: string },
      ) => {
        const { infra, publishedProject } = options
        const path = session.inProject`/deployments`
        const page = await session.list<DeploymentResource>(path, { infra, publishedProject }, options)
        session.output.page(
          page,
          [
            ['NAME', (deployment) => deployment.name],
            ['OF', (deployment) => deployment.publishedProject],
            ['INFRA', (deployment) => deployment.infra],
            ['STAGE', (deployment) => deployment.stage],
            ['WANTED', (deployment) => (deployment.enabled ? deployment.bundle : 'disabled')],
            ['DEPLOYED', ({ deployed }) => (deployed?.enabled ? deployed.bundle : null)],
            [
              'LAST UPDATE',
              ({ lastUpdate }, output) =>
                lastUpdate &&
                `${output.style.status(lastUpdate.status)} ${output.ago(lastUpdate.createdAt)} by ${lastUpdate.createdBy}`,
            ],
          ],
          'No deployments yet. Create one with: drover deploy <folder> --to <stage or infra>',
        )
      },
    )
      .option('--infra <infra>', 'only those on this infra')
      .option('--published-project <key>', 'only those of this published project'),
  )

  addCommand(
    noun,
    cli,
    {
      usage: 'show <deployment>',
      summary: 'show what is wanted of a deployment, and what is deployed',
      examples: ['deployment show quotes-prod', 'deployment show quotes-prod -o yaml'],
    },
    async (session, _options: object, ref: string) =>
      showDeployment(session, await session.client.get<DeploymentResource>(deploymentPath(session, ref))),
  )

  addCommand(
    noun,
    cli,
    {
      usage: 'health <deployment>',
      summary: 'show how a deployment does, and why; the exit code is 0 only if it is healthy',
      examples: ['deployment health quotes-prod', 'deployment health quotes-prod -o json'],
    },
    async (session, _options: object, ref: string) => {
      const path = `${deploymentPath(session, ref)}/status`
      const status = await session.client.get<DeploymentStatusResource>(path)
      showDeployment(session, status)
      return status.health === 'HEALTHY' ? EXIT.ok : EXIT.failed
    },
  )

  addSettingsOptions(
    addCommand(
      noun,
      cli,
      {
        usage: 'set <deployment>',
        summary: 'change what is wanted of a deployment; its next update makes it real',
        examples: [
          'deployment set quotes-prod --bundle 2',
          'deployment set quotes-prod --bundle 2 --ignore-warnings',
        ],
      },
      async (session, options: SettingsOptions, ref: string) => {
        const { ignoreWarnings, ...changes } = settingsInput(options)
        if (Object.values(changes).every((value) => value === undefined)) {
          throw new UsageError('nothing to change', 'give --bundle; see also: drover deployment disable')
        }
        await save(session, ref, { ...changes, ignoreWarnings })
      },
    ),
    'version of a bundle of its published project',
  )

  for (const [usage, enabled] of [
    ['enable', true],
    ['disable', false],
  ] as const) {
    addCommand(
      noun,
      cli,
      {
        usage: `${usage} <deployment>`,
        summary: enabled
          ? 'let a deployment run its bundle again, once it is updated'
          : 'let a deployment run nothing, once it is updated; then it may be deleted',
        examples: [`deployment ${usage} quotes-prod`, 'deployment update quotes-prod --wait'],
      },
      async (session, _options: object, ref: string) => save(session, ref, { enabled }),
    )
  }

  addDeploymentUpdateCommands(noun, cli)

  addYesOption(
    addCommand(
      noun,
      cli,
      {
        usage: 'delete <deployment>',
        summary: 'delete a deployment that is disabled and was updated since',
        examples: [
          'deployment disable quotes-test',
          'deployment update quotes-test --wait',
          'deployment delete quotes-test --yes',
        ],
      },
      async (session, options: { readonly yes?: boolean }, ref: string) => {
        await session.confirm(options, () => `Delete deployment ${ref}?`)
        try {
          await session.client.delete(deploymentPath(session, ref))
        } catch (error) {
          if (!(error instanceof CliError) || error.code !== 'invalid_state') throw error
          throw new CliError(error.exitCode, error.message, {
            cause: error,
            code: error.code,
            hint: `drover deployment disable ${ref}; drover deployment update ${ref} --wait`,
          })
        }
        session.output.result(null, `deployment ${ref} is deleted`)
      },
    ),
  )
}

/** Changes the settings as they were a moment ago: whoever changed them meanwhile is not overwritten. */
async function save(session: Session, ref: string, changes: object): Promise<void> {
  const path = deploymentPath(session, ref)
  const { version } = await session.client.get<DeploymentResource>(path)
  const saved = await session.client.patch<DeploymentResource>(path, changes, version)
  session.output.result(saved, `deployment ${saved.name} wants ${wanted(saved)}; ${makeReal(saved.name)}`)
}

function makeReal(name: string): string {
  return `make it real with: drover deployment update ${name} --wait`
}

function deploymentPath(session: Session, ref: string): string {
  return session.inProject`/deployments/${ref}`
}

function addSettingsOptions(command: Command, bundle: string): Command {
  return command
    .option('--bundle <bundle>', bundle)
    .option('--ignore-warnings', 'go on although the bundle lacks something, where the infra only warns')
    .option('--deployed-project-key <key>', 'a note for clients, kept as it is')
    .option('--project-folder <id>', 'a note for clients, kept as it is')
}

function settingsInput({ bundle, ignoreWarnings, deployedProjectKey, projectFolder }: SettingsOptions) {
  return {
    // `quotes@2` is as good as `2` where the published project is known.
    bundle: bundle?.slice(bundle.indexOf('@') + 1),
    ignoreWarnings,
    deployedProjectKey,
    projectFolderId: projectFolder,
  }
}
