import type { Command } from 'commander'
import type { Message } from '../../domain/message.ts'
import { CliError, UsageError } from '../cli-error.ts'
import { type Cli, describe } from '../command.ts'
import type { GlobalOptions } from '../connection.ts'
import { checkProgram, findNodesThere, type Made, type NodesThere, nameRemains } from '../deploy-check.ts'
import { choosePlace, type Place } from '../deploy-place.ts'
import {
  findDeployment,
  makeInfra,
  makeProject,
  type StepOptions,
  settle,
  startOrFind,
} from '../deploy-steps.ts'
import type {
  DeploymentResource,
  DeploymentStatusResource,
  InfraResource,
  PublishedProjectResource,
  StagesResource,
} from '../deployer-resources.ts'
import { messageLine, updateSentence } from '../deployment-view.ts'
import { exitCodeOfDeployment, followDeploymentUpdate } from '../deployment-wait.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { durationMs } from '../parse.ts'
import { defaultBundleName, type Manifest, publishBundle, readManifest } from '../publish.ts'
import type { BundleResource } from '../resources.ts'
import type { Session } from '../session.ts'

interface DeployOptions extends StepOptions {
  /** Of the published project: what `--project` says here. */
  readonly key?: string | undefined
  readonly to?: string
  readonly createOn?: string
  readonly bundleVersion?: string
  readonly description?: string
  readonly wait: boolean
  /** Milliseconds. */
  readonly timeout?: number
}

/** `drover deploy`: from a folder to what runs on a stage, with one command. */
export function addDeployCommand(program: Command, cli: Cli): void {
  const command = program.command('deploy <path>')
  describe(command, {
    summary: 'publish a folder or zip file, and deploy it to a stage or an infra',
    details:
      'It publishes the bundle, makes the published project and the deployment if there are none, asks what governance ' +
      'says, updates the deployment and waits. Running it again goes on where it ended: the same files are the same bundle, ' +
      'and an update that has nothing to do does nothing.\n\n' +
      '--to is an infra, or a stage: then it is the only infra there, or the one that the published project is on already; ' +
      'on a stage without any, an infra of its name is made, with one node and no governance. ' +
      '--project is the published project here; the tenant, which other commands call --project, is --tenant.',
    examples: [
      'deploy ./quotes --to production',
      'deploy ./quotes --project quotes --to test --bundle-version 1.4.0',
      'deploy ./quotes --to prod-west --create-on Production --tenant shop',
      'deploy build/quotes.zip --to prod-east --ignore-warnings --timeout 10m -o json',
    ],
  })
    .option('--project <key>', "the published project (default: the bundle's name)")
    .option('--to <infra or stage>', 'where to')
    .option('--create-on <stage>', 'make the infra on this stage, if there is none of its name')
    .option('--deployment <name>', 'default: the one there is, else <project>-on-<infra>')
    .option('--bundle-version <version>', "default: the manifest's, else 12 characters of the digest")
    .option('--description <text>', 'of the bundle: a word for people')
    .option('--ignore-warnings', 'go on although the bundle lacks something, where the infra only warns')
    .option('--no-wait', 'do not wait until it runs')
    .option('--timeout <duration>', 'how long to wait (default: no limit)', durationMs)
    .option('--tenant <project>', 'the project that all of it is in (default: $DROVER_PROJECT, else default)')
    .action(async function (this: Command, path: string) {
      const given = this.optsWithGlobals<DeployOptions & GlobalOptions & { readonly tenant?: string }>()
      // The program takes --project for its own, wherever it stands.
      const { project: key, tenant, ...options } = given
      const globals: GlobalOptions = { ...options, ...(tenant !== undefined && { project: tenant }) }
      await cli.run(globals, (session) => deploy(session, { ...options, key }, path))
    })
  command.configureHelp({
    ...command.configureHelp(),
    visibleGlobalOptions: () => program.options.filter(({ long }) => long !== '--project'),
  })
}

async function deploy(session: Session, options: DeployOptions, path: string): Promise<ExitCode> {
  const { output } = session
  if (options.to === undefined) throw new UsageError('where to?', 'give --to <infra or stage>')
  const key = options.key ?? (await defaultBundleName(path))
  const known = await findProject(session, key)
  const { place, infra } = await findPlace(session, known, options.to, options.createOn)
  const found = infra && known && (await findDeployment(session, key, infra.name, options))
  const nodes = await findNodesThere(session, infra)
  checkProgram(path, await readManifest(path), place, nodes)
  const made: Made[] = []
  const hadBundles = known === null && (await hasBundles(session, key))
  const wanted = { path, key, known, hadBundles, place, found, nodes, options }
  const { bundle, deployment, governance, started } = await begin(session, wanted, made).catch(
    (error: unknown) => {
      throw nameRemains(error, made)
    },
  )
  const { name } = deployment
  if (!options.wait && started.status === 'Running') {
    const what = `deployment ${name} is being updated to bundle ${bundle.version}`
    const watch = `watch it with: drover deployment watch ${name}`
    output.result({ bundle, governance, deployment, update: started }, `${what}\n${watch}`)
    return EXIT.ok
  }
  const wait = { timeoutMs: options.timeout ?? null, isStarted: true }
  const ended = await followDeploymentUpdate(session, started, wait)
  const status = await session.client.get<DeploymentStatusResource>(
    session.inProject`/deployments/${name}/status`,
  )
  const messages = status.messages.map((message) => `\n  ${messageLine(message)}`)
  output.result(
    { bundle, governance, update: ended, ...status },
    `${updateSentence(ended)}\n${name} on ${place.infra} (${place.stage}) is ${status.health}${messages.join('')}`,
  )
  return exitCodeOfDeployment(ended)
}

/** What was found out before anything was made. */
interface Wanted {
  readonly path: string
  readonly key: string
  readonly known: PublishedProjectResource | null
  /** There are bundles of the key, though no published project. */
  readonly hadBundles: boolean
  readonly place: Place
  readonly found: DeploymentResource | null
  readonly nodes: NodesThere
  readonly options: DeployOptions
}

/** @param made gets what it makes, for who has to take it back */
async function begin(session: Session, wanted: Wanted, made: Made[]) {
  const { path, key, known, hadBundles, place, found, nodes, options } = wanted
  const bundle = await publishBundle(session, path, { ...options, name: key })
  const fullName = `${bundle.name}@${bundle.version}`
  session.output.say(`published ${fullName}`)
  const isNew = !hadBundles && !known?.bundles.some(({ version }) => version === bundle.version)
  if (isNew) made.push({ what: `bundle ${fullName}`, undo: [`bundle delete ${fullName} --yes`] })
  checkProgram(path, bundle.manifest as Manifest | null, place, nodes)
  if (known === null) await makeProject(session, key, hadBundles, made)
  if (place.isNew) await makeInfra(session, place, made)
  const deployment = await settle(session, { key, bundle, place, found, options }, made)
  const governance = await askGovernance(session, deployment)
  const started = await startOrFind(session, deployment, options)
  return { bundle, deployment, governance, started }
}

async function hasBundles(session: Session, name: string): Promise<boolean> {
  const { items } = await session.list<BundleResource>(session.inProject`/bundles`, { name }, { limit: 1 })
  return items.length > 0
}

async function findPlace(
  session: Session,
  project: PublishedProjectResource | null,
  to: string,
  createOn: string | undefined,
): Promise<{ readonly place: Place; readonly infra: InfraResource | null }> {
  const { items: infras } = await session.list<InfraResource>(session.inProject`/infras`, {}, { all: true })
  const { items: stages } = await session.client.get<StagesResource>(session.inProject`/stages`)
  const used = project?.infras.map(({ name }) => name) ?? []
  const place = choosePlace(to, { infras, stages, used, createOn })
  return { place, infra: infras.find(({ name }) => name === place.infra) ?? null }
}

async function findProject(session: Session, key: string): Promise<PublishedProjectResource | null> {
  try {
    return await session.client.get<PublishedProjectResource>(session.inProject`/published-projects/${key}`)
  } catch (error) {
    if (error instanceof CliError && error.exitCode === EXIT.notFound && error.code === 'not_found')
      return null
    throw error
  }
}

/** What speaks against the bundle although it may pass is said: whoever ignores warnings should have seen them. */
async function askGovernance(session: Session, { name }: DeploymentResource): Promise<readonly Message[]> {
  const path = session.inProject`/deployments/${name}/governance`
  const { items } = await session.client.get<{ items: readonly Message[] }>(path)
  for (const found of items) if (found.severity !== 'SUCCESS') session.output.note(messageLine(found))
  return items
}
