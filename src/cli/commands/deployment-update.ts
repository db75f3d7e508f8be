import { type Command, Option } from 'commander'
import type { CancelMode } from '../../domain/update.ts'
import { CliError } from '../cli-error.ts'
import { addCommand, addListOptions, type Cli } from '../command.ts'
import type { DeploymentResource, DeploymentUpdateResource } from '../deployer-resources.ts'
import { updateSentence, wanted } from '../deployment-view.ts'
import { exitCodeOfDeployment, followDeploymentUpdate } from '../deployment-wait.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { durationMs } from '../parse.ts'
import type { ListOptions, Session } from '../session.ts'

interface WaitOptions {
  readonly wait?: boolean
  /** Milliseconds. */
  readonly timeout?: number
}

interface UpdateOptions extends WaitOptions {
  readonly ignoreWarnings?: boolean
}

interface PromoteOptions extends UpdateOptions {
  readonly to?: string
  readonly deployment?: string
  readonly force?: boolean
  readonly update?: boolean
}

/** `drover deployment`: update, watch, cancel, history, promote. */
export function addDeploymentUpdateCommands(noun: Command, cli: Cli): void {
  addIgnoreOption(
    addWaitOptions(
      addCommand(
        noun,
        cli,
        {
          usage: 'update <deployment>',
          summary: 'make real what is wanted of a deployment',
          details:
            'The first update makes its cluster; later ones move its nodes as its infra says, bring back what was changed ' +
            'behind its back, or stop everything if it is disabled. If nothing differs, nothing is done.',
          examples: [
            'deployment update quotes-prod --wait',
            'deployment update quotes-prod --ignore-warnings',
          ],
        },
        async (session, options: UpdateOptions, ref: string) => start(session, ref, options),
      ),
    ),
  )

  addCommand(
    noun,
    cli,
    {
      usage: 'watch <deployment>',
      summary: "show a deployment's newest update until it ends",
      examples: ['deployment watch quotes-prod', 'deployment watch quotes-prod --timeout 5m'],
    },
    async (session, options: WaitOptions, ref: string) => {
      const path = session.inProject`/deployments/${ref}`
      const { name, lastUpdate } = await session.client.get<DeploymentResource>(path)
      if (lastUpdate === null) {
        throw new CliError(EXIT.notFound, `deployment ${name} was never updated`, {
          hint: `drover deployment update ${name} --wait`,
        })
      }
      const newest = session.inProject`/deployment-updates/${lastUpdate.id}`
      return await finish(session, await session.client.get<DeploymentUpdateResource>(newest), options)
    },
  ).option('--timeout <duration>', 'how long to watch (default: no limit)', durationMs)

  addWaitOptions(
    addCommand(
      noun,
      cli,
      {
        usage: 'cancel <deployment>',
        summary: 'cancel the update of a deployment that runs',
        details:
          'What was deployed before stays deployed: nodes that have moved go back, unless --mode says otherwise.',
        examples: [
          'deployment cancel quotes-prod --reason "wrong version"',
          'deployment cancel quotes-prod --wait',
        ],
      },
      async (
        session,
        options: WaitOptions & { readonly mode?: CancelMode; readonly reason?: string },
        ref: string,
      ) => {
        const { mode, reason } = options
        const path = session.inProject`/deployments/${ref}/cancel`
        const update = await session.client.post<DeploymentUpdateResource>(path, { mode, reason })
        if (!options.wait) {
          session.output.result(update, `the update of ${update.deployment} is being cancelled`)
          return EXIT.ok
        }
        const ended = await follow(session, update, options, false)
        session.output.result(ended, updateSentence(ended))
        // It did what was asked here, also if the update was a little faster.
        return ended.status === 'Failed' ? EXIT.failed : EXIT.ok
      },
    ),
  )
    .addOption(
      new Option('--mode <mode>', 'what becomes of nodes that have moved (default: roll-back)').choices([
        'roll-back',
        'stop-here',
      ] satisfies CancelMode[]),
    )
    .option('--reason <text>', 'a word for whoever asks later')

  addListOptions(
    addCommand(
      noun,
      cli,
      {
        usage: 'history <deployment>',
        summary: "list a deployment's updates, newest first",
        examples: ['deployment history quotes-prod', 'deployment history quotes-prod -o json'],
      },
      async (session, options: ListOptions, ref: string) => {
        const path = session.inProject`/deployments/${ref}/updates`
        const page = await session.list<DeploymentUpdateResource>(path, {}, options)
        session.output.page(
          page,
          [
            ['STARTED', (update, output) => output.ago(update.createdAt)],
            ['BY', (update) => update.createdBy],
            ['DOES', (update) => update.kind],
            ['TO', (update) => (update.enabled ? `bundle ${update.bundle}` : 'disabled')],
            ['STATUS', (update, output) => output.style.status(update.status)],
            ['BECAUSE', (update) => update.because],
            ['ID', (update) => update.id],
          ],
          `No updates yet. Start the first with: drover deployment update ${ref} --wait`,
        )
      },
    ),
  )

  addPromote(noun, cli)
}

function addPromote(noun: Command, cli: Cli): void {
  const promote = addCommand(
    noun,
    cli,
    {
      usage: 'promote <deployment>',
      summary: 'make what is deployed the wanted bundle of a deployment one stage further',
      details:
        'That deployment is made if there is none of the published project on the infra. It skips no stage and promotes ' +
        'nothing that is not healthy, unless --force says so.',
      examples: [
        'deployment promote quotes-test --to prod-east --wait',
        'deployment promote quotes-test --deployment quotes-prod',
      ],
    },
    async (session, options: PromoteOptions, ref: string) => {
      const { to: infra, deployment, force, ignoreWarnings } = options
      const path = session.inProject`/deployments/${ref}/promote`
      const body = { infra, deployment, force, ignoreWarnings }
      const target = await session.client.post<DeploymentResource>(path, body)
      const said = `deployment ${target.name} on ${target.infra} (${target.stage}) wants ${wanted(target)}`
      if (!options.update && !options.wait) {
        const next = `make it real with: drover deployment update ${target.name} --wait`
        session.output.result(target, `${said}; ${next}`)
        return EXIT.ok
      }
      session.output.say(said)
      return await start(session, target.name, options)
    },
  )
    .option('--to <infra>', 'the infra to promote to')
    .option(
      '--deployment <name>',
      'the deployment to promote to; with --to, the name of the one that is made',
    )
    .option('--force', 'although it skips a stage, or is not healthy')
    .option('--update', 'update that deployment at once')
  addIgnoreOption(addWaitOptions(promote))
}

async function start(session: Session, ref: string, options: UpdateOptions): Promise<ExitCode> {
  const path = session.inProject`/deployments/${ref}/updates`
  const { ignoreWarnings } = options
  const update = await session.client.post<DeploymentUpdateResource>(path, { ignoreWarnings })
  if (update.status !== 'Running' || options.wait) return await finish(session, update, options, true)
  const { deployment, bundle, enabled } = update
  const what = enabled ? `to bundle ${bundle}` : 'to nothing, as it is disabled'
  session.output.result(
    update,
    `deployment ${deployment} is being updated ${what}\nwatch it with: drover deployment watch ${deployment}`,
  )
  return EXIT.ok
}

async function finish(
  session: Session,
  update: DeploymentUpdateResource,
  options: WaitOptions,
  isStarted = false,
): Promise<ExitCode> {
  const ended = await follow(session, update, options, isStarted)
  session.output.result(ended, updateSentence(ended))
  return exitCodeOfDeployment(ended)
}

function follow(
  session: Session,
  update: DeploymentUpdateResource,
  { timeout }: WaitOptions,
  isStarted: boolean,
): Promise<DeploymentUpdateResource> {
  return followDeploymentUpdate(session, update, { timeoutMs: timeout ?? null, isStarted })
}

function addWaitOptions(command: Command): Command {
  return command
    .option('--wait', 'show the progress until it ended; the exit code tells how')
    .option('--timeout <duration>', 'how long --wait waits (default: no limit)', durationMs)
}

function addIgnoreOption(command: Command): Command {
  return command.option(
    '--ignore-warnings',
    'go on although the bundle lacks something, where the infra only warns',
  )
}
