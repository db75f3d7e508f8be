import type { Command } from 'commander'
import type { JsonObject } from '../../domain/ids.ts'
import { CliError } from '../cli-error.ts'
import { addCommand, type Cli } from '../command.ts'
import { ensureProfile } from '../default-profile.ts'
import { EXIT } from '../exit-codes.ts'
import { durationMs, wholeNumber } from '../parse.ts'
import { type PublishOptions, publishBundle } from '../publish.ts'
import type { Accepted, ClusterResource } from '../resources.ts'
import type { Session } from '../session.ts'
import { addOptionsBesideBundle, type SoftwareOptions, softwareInput } from '../software-options.ts'
import { type AcceptedUpdate, reportAction, reportUpdate } from '../wait.ts'

interface UpOptions extends Omit<SoftwareOptions, 'bundle'>, PublishOptions {
  readonly cluster?: string
  readonly size?: number
  readonly timeout?: number
}

/** `drover up`: from a folder to a running cluster, and from there to each next version, with one command. */
export function addUpCommand(program: Command, cli: Cli): void {
  const command = addCommand(
    program,
    cli,
    {
      usage: 'up <folder>',
      summary: 'publish a folder and run it: create the cluster, or update it when it exists',
      details: 'It is "bundle publish", then "cluster create --wait" or "update start --watch".',
      examples: [
        'up ./web --script server.js --size 3',
        'up ./web',
        'up ./web --cluster web-eu --arg region=eu',
      ],
    },
    async (session, options: UpOptions, folder: string) => {
      const { code, ...around } = softwareInput(options)
      const bundle = await publishBundle(session, folder, options)
      const ref = `${bundle.name}@${bundle.version}`
      session.output.say(`published ${ref}`)
      const software = { ...around, code: { ...(code as JsonObject | undefined), bundle: ref } }
      const name = options.cluster ?? bundle.name
      if ((await findCluster(session, name)) === null) return createCluster(session, name, software, options)
      if (options.size !== undefined)
        session.output.note(`--size is left alone; change it with: drover cluster resize ${name}`)
      const path = session.inProject`/clusters/${name}/updates`
      const accepted = await session.client.post<AcceptedUpdate>(path, software)
      return reportUpdate(session, accepted, { ...options, watch: true })
    },
  )
  addOptionsBesideBundle(command)
    .option('--cluster <name>', "default: the bundle's name")
    .option('--name <name>', "name of the bundle (default: the manifest's, else the folder's)")
    .option('--bundle-version <version>', "default: the manifest's, else 12 characters of the digest")
    .option('--size <n>', 'how many nodes a new cluster gets (default: 1)', wholeNumber)
  command.option(
    '--timeout <duration>',
    'how long to wait for a new cluster (default: 10m), or an update (default: no limit)',
    durationMs,
  )
}

async function findCluster(session: Session, name: string): Promise<ClusterResource | null> {
  try {
    return await session.client.get<ClusterResource>(session.inProject`/clusters/${name}`)
  } catch (error) {
    if (error instanceof CliError && error.exitCode === EXIT.notFound) return null
    throw error
  }
}

async function createCluster(session: Session, name: string, software: JsonObject, options: UpOptions) {
  const profile = options.profile ?? (await ensureProfile(session, 'process'))
  const body = { name, ...software, profile, size: options.size ?? 1 }
  const accepted = await session.client.post<Accepted>(session.inProject`/clusters`, body)
  return reportAction(session, accepted, `cluster ${name} is being created`, { ...options, wait: true })
}
