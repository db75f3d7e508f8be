import { type Command, Option } from 'commander'
import type { DriftRepair } from '../../domain/drift.ts'
import type { JsonObject } from '../../domain/ids.ts'
import { UsageError } from '../cli-error.ts'
import { addCommand, addListOptions, addNoun, addYesOption, type Cli } from '../command.ts'
import { ensureProfile } from '../default-profile.ts'
import { addParamsOptions, type ParamsOptions, paramsInput } from '../params-options.ts'
import {
  type Bound,
  boundInput,
  boundOrNone,
  collect,
  collectPairs,
  type Pair,
  pairsToObject,
  wholeNumber,
} from '../parse.ts'
import type { Accepted, ClusterResource, PoolResource } from '../resources.ts'
import type { ListOptions } from '../session.ts'
import { addSoftwareOptions, type SoftwareOptions, softwareInput } from '../software-options.ts'
import { addWaitOptions, reportAction, type WaitOptions } from '../wait.ts'
import { addClusterActionCommands } from './cluster-actions.ts'
import { addClusterPolicyCommands } from './cluster-policy.ts'
import { addClusterVersionCommands } from './cluster-version.ts'

interface CreateOptions extends SoftwareOptions, ParamsOptions, WaitOptions {
  readonly runtime?: string
  readonly clusterVersion?: string
  readonly size: number
  readonly min?: number
  readonly max?: Bound
  readonly environment?: string
  readonly driftRepair?: DriftRepair
  readonly metadata?: readonly Pair[]
}

/** `drover cluster`: create, list, show, update, resize, scale-out, scale-in, check, recover, policy, delete. */
export function addClusterCommands(program: Command, cli: Cli): void {
  const noun = addNoun(program, 'cluster', 'nodes that are managed together')

  const create = addCommand(
    noun,
    cli,
    {
      usage: 'create <name>',
      summary: 'create a cluster and its nodes',
      details:
        'Without --profile the profile "process" is used, and created if there is none: each node is then a process on ' +
        "the server's host. The options from --strategy on are what later updates use when they do not say.",
      examples: [
        'cluster create web --bundle web@1 --script server.js --size 6 --wait',
        'cluster create web --bundle web@1 --arg threads=4 --arg mode=fast --size 6 --min 3 --max 12',
        'cluster create web --profile web-large --bundle web@1 --size 6 --max-unavailable 25%',
        'cluster create pretended --runtime scripted --size 1000',
        'cluster create versioned --cluster-version 1.33 --size 3',
      ],
    },
    async (session, options: CreateOptions, name: string) => {
      const software = softwareInput(options)
      const { clusterVersion: platformVersion } = options
      const own = platformVersion === undefined ? (options.runtime ?? 'process') : options.runtime
      const profile = options.profile ?? (own === undefined ? undefined : await ensureProfile(session, own))
      const accepted = await session.client.post<Accepted>(session.inProject`/clusters`, {
        name,
        ...software,
        profile,
        environment: options.environment,
        platformVersion,
        size: options.size,
        minSize: options.min,
        maxSize: boundInput(options.max),
        updateDefaults: paramsInput(options),
        metadata: options.metadata === undefined ? undefined : pairsToObject(options.metadata),
        driftRepair: options.driftRepair,
      })
      return reportAction(
        session,
        accepted,
        `cluster ${name} is being created with ${options.size} nodes`,
        options,
      )
    },
  )
  addSoftwareOptions(create)
    .option(
      '--runtime <type>',
      'without --profile: the type of the profile that is used, and made if there is none',
    )
    .option('--cluster-version <version>', 'be on this version; without --profile nodes are what it names')
    .option('--size <n>', 'how many nodes', wholeNumber, 1)
    .option('--min <n>', 'smallest size (default: 0)', wholeNumber)
    .option('--max <n|none>', 'largest size (default: none)', boundOrNone)
    .option('--environment <environment>', 'make it in this environment')
    .addOption(driftRepairOption())
    .option('--metadata <key=value>', 'a note for people and programs; repeat for several', collectPairs)
  addWaitOptions(addParamsOptions(create))

  addListOptions(
    addCommand(
      noun,
      cli,
      {
        usage: 'list',
        summary: 'list clusters',
        examples: ['cluster list', 'cluster list --status Warning --status Critical', 'cluster list -o json'],
      },
      async (
        session,
        options: ListOptions & { readonly status?: readonly string[]; readonly environment?: string },
      ) => {
        const page = await session.list<ClusterResource>(
          session.inProject`/clusters`,
          { status: options.status, environment: options.environment },
          options,
        )
        session.output.page(
          page,
          [
            ['NAME', nameOf],
            ['STATUS', (cluster, output) => output.style.status(cluster.status)],
            ['AVAILABLE', (cluster) => `${sum(cluster.pools, 'available')}/${sum(cluster.pools, 'total')}`],
            ['REVISION', (cluster) => cluster.pools.map((pool) => pool.committedRevision).join(', ')],
            [
              'UPDATE',
              (cluster) => cluster.pools.find((pool) => pool.updateInFlight)?.updateInFlight?.status,
            ],
            ['SYNC', (cluster, output) => output.style.status(cluster.sync.status)],
            ['CREATED', (cluster, output) => output.ago(cluster.createdAt)],
          ],
          'No clusters yet. Create one with: drover cluster create <name> --bundle <name@version> --size 3',
        )
      },
    )
      .option('--status <status>', 'only those with this status; repeat for several', collect)
      .option('--environment <environment>', 'only those in this environment'),
  )

  addCommand(
    noun,
    cli,
    {
      usage: 'show <cluster>',
      summary: 'show a cluster and its pools',
      examples: ['cluster show web', 'cluster show web -o yaml'],
    },
    async (session, _options: object, ref: string) => {
      const cluster = await session.client.get<ClusterResource>(session.inProject`/clusters/${ref}`)
      const { output } = session
      output.fields(cluster, [
        ['Cluster', nameOf(cluster)],
        ['Id', cluster.id],
        ['Status', `${cluster.status}: ${cluster.statusReason}`],
        ['Sync', describeSync(cluster)],
        ['Repair', cluster.driftRepair === 'automatic' ? 'of nodes that drifted: by itself' : null],
        ['Version', cluster.platform?.version],
        ['Created', output.ago(cluster.createdAt)],
        ['Metadata', Object.keys(cluster.metadata).length === 0 ? null : JSON.stringify(cluster.metadata)],
      ])
      if (output.format !== 'table') return
      output.say('')
      output.table<PoolResource>(cluster.pools, [
        ['POOL', (pool) => pool.name],
        ['NODES', (pool) => `${pool.nodes.total} of ${pool.desiredCapacity} wanted`],
        ['AVAILABLE', (pool) => pool.nodes.available],
        ['BOUNDS', (pool) => `${pool.minSize} to ${pool.maxSize ?? 'any'}`],
        ['REVISION', (pool) => pool.committedRevision],
        ['SYNC', (pool) => output.style.status(pool.sync.status)],
      ])
      if (cluster.sync.status === 'OUT_OF_SYNC') {
        output.say(`\nsee which: drover node list ${nameOf(cluster)} --sync out-of-sync`)
        output.say(`put them right: drover update start ${nameOf(cluster)} --repair`)
      }
      for (const { updateInFlight: update } of cluster.pools) {
        if (update === null) continue
        output.say(`\nupdate ${update.id} is ${update.status}: ${update.because}`)
        output.say(`watch it with: drover update watch ${update.id}`)
      }
    },
  )

  addCommand(
    noun,
    cli,
    {
      usage: 'update <cluster>',
      summary:
        "change a cluster's name, metadata or repair of drift (what its nodes run: drover update start)",
      examples: [
        'cluster update web --rename web-eu',
        'cluster update web --metadata team=search --metadata tier=1',
        'cluster update web --drift-repair automatic',
      ],
    },
    async (
      session,
      options: {
        readonly rename?: string
        readonly metadata?: readonly Pair[]
        readonly driftRepair?: DriftRepair
      },
      ref: string,
    ) => {
      const { rename, metadata, driftRepair } = options
      if (rename === undefined && metadata === undefined && driftRepair === undefined) {
        throw new UsageError(
          'nothing to change',
          'give --rename, --metadata or --drift-repair; to change what nodes run: drover update start',
        )
      }
      const path = session.inProject`/clusters/${ref}`
      const before = await session.client.get<ClusterResource>(path)
      const changes = {
        name: rename,
        metadata: metadata && mergeMetadata(before.metadata, metadata),
        driftRepair,
      }
      const cluster = await session.client.patch<ClusterResource>(path, changes, before.version)
      session.output.result(cluster, `cluster ${cluster.name} is changed`)
    },
  )
    .option('--rename <name>', 'a new name')
    .addOption(driftRepairOption())
    .option(
      '--metadata <key=value>',
      'set a note, or remove it with an empty value; repeat for several',
      collectPairs,
    )

  addClusterActionCommands(noun, cli)
  addClusterPolicyCommands(noun, cli)
  addClusterVersionCommands(noun, cli)

  addWaitOptions(
    addYesOption(
      addCommand(
        noun,
        cli,
        {
          usage: 'delete <cluster>',
          summary: 'stop all nodes of a cluster and delete it',
          examples: ['cluster delete web', 'cluster delete web --yes --wait'],
        },
        async (session, options: WaitOptions & { readonly yes?: boolean }, ref: string) => {
          const path = session.inProject`/clusters/${ref}`
          await session.confirm(options, async () => {
            const cluster = await session.client.get<ClusterResource>(path)
            return `Delete cluster ${cluster.name} and stop its ${sum(cluster.pools, 'total')} nodes?`
          })
          const accepted = await session.client.delete<Accepted>(path)
          return reportAction(session, accepted, `cluster ${ref} is being deleted`, options)
        },
      ),
    ),
  )
}

function driftRepairOption(): Option {
  return new Option(
    '--drift-repair <how>',
    'whether nodes that differ from their revision are repaired when somebody asks, or by themselves',
  ).choices(['manual', 'automatic'])
}

function mergeMetadata(before: JsonObject, pairs: readonly Pair[]): JsonObject {
  const removed = pairs.filter(({ value }) => value === '').map(({ key }) => key)
  const merged = { ...before, ...pairsToObject(pairs) }
  return Object.fromEntries(Object.entries(merged).filter(([key]) => !removed.includes(key)))
}

function describeSync({ sync: { status, reasons } }: ClusterResource): string {
  return [status, reasons.map(({ because }) => because).join(', ')].filter((part) => part !== '').join(': ')
}

/** What to call it by in other commands. */
function nameOf({ environment, name }: ClusterResource): string {
  return environment === null ? name : `${environment}/${name}`
}

function sum(pools: readonly PoolResource[], count: 'total' | 'available'): number {
  return pools.reduce((all, pool) => all + pool.nodes[count], 0)
}
