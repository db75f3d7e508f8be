import type { Command } from 'commander'
import { UsageError } from '../cli-error.ts'
import { addCommand, addNoun, addYesOption, type Cli } from '../command.ts'
import { ensureProfile } from '../default-profile.ts'
import { addParamsOptions, type ParamsOptions, paramsInput } from '../params-options.ts'
import { type Bound, boundInput, boundOrNone, wholeNumber } from '../parse.ts'
import type { Accepted, PoolResource } from '../resources.ts'
import { addSoftwareOptions, type SoftwareOptions, softwareInput } from '../software-options.ts'
import { addWaitOptions, reportAction, type WaitOptions } from '../wait.ts'

interface BoundsOptions {
  readonly min?: number
  readonly max?: Bound
}

/** `drover pool`: create, list, show, update, delete. */
export function addPoolCommands(program: Command, cli: Cli): void {
  const noun = addNoun(program, 'pool', 'groups of like nodes in a cluster; DefaultPool always exists')

  const create = addCommand(
    noun,
    cli,
    {
      usage: 'create <cluster> <name>',
      summary: 'add a node pool to a cluster',
      details: 'Without --profile the profile "process" is used, and created if there is none.',
      examples: [
        'pool create web canary --bundle web@2 --script server.js --size 1 --wait',
        'pool create web large --profile web-large --bundle web@1 --size 2 --max 6',
      ],
    },
    async (
      session,
      options: SoftwareOptions & ParamsOptions & BoundsOptions & WaitOptions & { readonly size: number },
      cluster: string,
      name: string,
    ) => {
      const software = softwareInput(options)
      const profile = options.profile ?? (await ensureProfile(session, 'process'))
      const accepted = await session.client.post<Accepted>(session.inProject`/clusters/${cluster}/pools`, {
        name,
        ...software,
        profile,
        size: options.size,
        minSize: options.min,
        maxSize: boundInput(options.max),
        updateDefaults: paramsInput(options),
      })
      return reportAction(
        session,
        accepted,
        `pool ${name} of ${cluster} is being created with ${options.size} nodes`,
        options,
      )
    },
  )
  addSoftwareOptions(create).option('--size <n>', 'how many nodes', wholeNumber, 1)
  addWaitOptions(addParamsOptions(addBoundsOptions(create)))

  addCommand(
    noun,
    cli,
    {
      usage: 'list <cluster>',
      summary: "list a cluster's pools",
      examples: ['pool list web', 'pool list web -o json'],
    },
    async (session, _options: object, cluster: string) => {
      const page = await session.list<PoolResource>(session.inProject`/clusters/${cluster}/pools`, {}, {})
      session.output.page(
        page,
        [
          ['NAME', (pool) => pool.name],
          ['NODES', (pool) => `${pool.nodes.total} of ${pool.desiredCapacity} wanted`],
          ['AVAILABLE', (pool) => pool.nodes.available],
          ['BOUNDS', (pool) => `${pool.minSize} to ${pool.maxSize ?? 'any'}`],
          ['REVISION', (pool) => pool.committedRevision],
          ['UPDATE', (pool) => pool.updateInFlight?.status],
        ],
        'No pools.',
      )
    },
  )

  addCommand(
    noun,
    cli,
    {
      usage: 'show <cluster> <pool>',
      summary: 'show a node pool',
      examples: ['pool show web DefaultPool', 'pool show web canary -o yaml'],
    },
    async (session, _options: object, cluster: string, ref: string) => {
      const pool = await session.client.get<PoolResource>(
        session.inProject`/clusters/${cluster}/pools/${ref}`,
      )
      session.output.fields(pool, [
        ['Pool', pool.name],
        ['Id', pool.id],
        [
          'Nodes',
          `${pool.nodes.total} of ${pool.desiredCapacity} wanted, ${pool.nodes.available} available, ${pool.nodes.upToDate} up to date`,
        ],
        ['Bounds', `${pool.minSize} to ${pool.maxSize ?? 'any'}`],
        ['Revision', pool.committedRevision],
        ['Update defaults', JSON.stringify(pool.updateDefaults)],
        ['Update', pool.updateInFlight && `${pool.updateInFlight.id} ${pool.updateInFlight.status}`],
        ['Created', session.output.ago(pool.createdAt)],
      ])
    },
  )

  addParamsOptions(
    addSoftwareOptions(
      addBoundsOptions(
        addCommand(
          noun,
          cli,
          {
            usage: 'update <cluster> <pool>',
            summary:
              "change a pool's bounds, what its updates use when they do not say, and what new nodes run",
            details:
              'Defaults that are not named stay as they are. Nodes that are there stay as they are, too: ' +
              '"update start --repair" brings them to what new nodes run.',
            examples: [
              'pool update web DefaultPool --min 2 --max 20',
              'pool update web DefaultPool --max-unavailable 25%',
              'pool update web canary --node-template template.yaml',
            ],
          },
          async (
            session,
            options: BoundsOptions & SoftwareOptions & ParamsOptions,
            cluster: string,
            ref: string,
          ) => {
            const defaults = paramsInput(options)
            const software = softwareInput(options)
            const isNothing = options.min === undefined && options.max === undefined && defaults === undefined
            if (isNothing && Object.keys(software).length === 0) {
              throw new UsageError(
                'nothing to change',
                'give --min, --max, one of the update parameters, or what new nodes are to run',
              )
            }
            const path = session.inProject`/clusters/${cluster}/pools/${ref}`
            const before = await session.client.get<PoolResource>(path)
            const changes = {
              ...software,
              minSize: options.min,
              maxSize: boundInput(options.max),
              updateDefaults: defaults && { ...before.updateDefaults, ...defaults },
            }
            const pool = await session.client.patch<PoolResource>(path, changes, before.version)
            session.output.result(pool, `pool ${pool.name} of ${cluster} is changed`)
          },
        ),
      ),
    ),
  )

  addWaitOptions(
    addYesOption(
      addCommand(
        noun,
        cli,
        {
          usage: 'delete <cluster> <pool>',
          summary: 'stop all nodes of a pool and delete it',
          examples: ['pool delete web canary', 'pool delete web canary --yes --wait'],
        },
        async (session, options: WaitOptions & { readonly yes?: boolean }, cluster: string, ref: string) => {
          await session.confirm(options, () => `Delete pool ${ref} of ${cluster} and stop its nodes?`)
          const accepted = await session.client.delete<Accepted>(
            session.inProject`/clusters/${cluster}/pools/${ref}`,
          )
          return reportAction(session, accepted, `pool ${ref} of ${cluster} is being deleted`, options)
        },
      ),
    ),
  )
}

function addBoundsOptions(command: Command): Command {
  return command
    .option('--min <n>', 'smallest size', wholeNumber)
    .option('--max <n|none>', 'largest size', boundOrNone)
}
