import type { Command } from 'commander'
import { addCommand, addListOptions, addNoun, type Cli } from '../command.ts'
import { durationMs } from '../parse.ts'
import type { ActionResource, PlatformVersionResource, VersionChangeResource } from '../resources.ts'
import type { ListOptions } from '../session.ts'
import { addWaitOptions, reportAction, type WaitOptions } from '../wait.ts'

const EXAMPLE_ID = '019aa0e2-7b1c-7000-8000-000000000001'

interface ChangeOptions extends WaitOptions {
  readonly force?: boolean
  /** Milliseconds. */
  readonly nodePhase?: number
}

/** `drover cluster version`: available, list, change, show, cancel. */
export function addClusterVersionCommands(parent: Command, cli: Cli): void {
  const noun = addNoun(parent, 'version', 'the version that a cluster is on, and its moves to others')

  addCommand(
    noun,
    cli,
    {
      usage: 'available',
      summary: 'list the versions that clusters can be on',
      details: 'They are the setting platform.versions of the server.',
      examples: ['cluster version available'],
    },
    async (session) => {
      const path = session.inProject`/platform-versions`
      const page = await session.client.get<{ items: readonly PlatformVersionResource[] }>(path)
      session.output.page(
        { ...page, nextCursor: null },
        [
          ['VERSION', ({ version, isDefault }) => (isDefault ? `${version} (default)` : version)],
          ['PATCH', ({ patch }) => patch],
          ['SUPPORT', ({ support }) => support],
          ['RELEASED', ({ releasedAt }) => releasedAt.slice(0, 10)],
          ['NODES', ({ profile }) => profile],
        ],
        'The server has no catalogue of versions.',
      )
    },
  )

  addListOptions(
    addCommand(
      noun,
      cli,
      {
        usage: 'list <cluster>',
        summary: "list a cluster's moves from one version to another, newest first",
        examples: ['cluster version list web'],
      },
      async (session, options: ListOptions, ref: string) => {
        const path = session.inProject`/clusters/${ref}/version-changes`
        const page = await session.list<VersionChangeResource>(path, {}, options)
        session.output.page(
          page,
          [
            ['CHANGE', ({ id }) => id],
            ['FROM', ({ from }) => from],
            ['TO', ({ to }) => to],
            ['STATUS', ({ status }, output) => output.style.status(status)],
            ['BECAUSE', ({ because }) => because],
            ['CREATED', ({ createdAt }, output) => output.ago(createdAt)],
          ],
          'It never moved.',
        )
      },
    ),
  )

  const change = addCommand(
    noun,
    cli,
    {
      usage: 'change <cluster> <version>',
      summary: 'move a cluster one version up, or back to the one before',
      details:
        "Up: the cluster's version changes at once, and its pools follow with drover update start --platform-version. " +
        "Back: the nodes of all pools go first, and the cluster's version changes last.",
      examples: ['cluster version change web 1.34', 'cluster version change web 1.33 --node-phase 2h --wait'],
    },
    async (session, options: ChangeOptions, ref: string, version: string) => {
      const { force, nodePhase } = options
      const nodePhaseSeconds = nodePhase === undefined ? undefined : Math.ceil(nodePhase / 1000)
      const path = session.inProject`/clusters/${ref}/version-changes`
      const found = await session.client.post<VersionChangeResource>(path, {
        version,
        force,
        nodePhaseSeconds,
      })
      const action = await session.client.get<ActionResource>(session.inProject`/actions/${found.id}`)
      return reportAction(session, { action }, `${ref} moves from ${found.from} to ${found.to}`, options)
    },
  )
    .option('--force', 'also with nodes that do not serve, or pools that are behind')
    .option('--node-phase <duration>', 'on the way back: how long nodes may take (default: 12h)', durationMs)
  addWaitOptions(change)

  addCommand(
    noun,
    cli,
    {
      usage: 'show <change>',
      summary: 'show a move: how far it is, and why',
      examples: [`cluster version show ${EXAMPLE_ID}`],
    },
    async (session, _options: object, id: string) => {
      const found = await session.client.get<VersionChangeResource>(session.inProject`/version-changes/${id}`)
      const { output } = session
      output.fields(found, [
        ['Change', `${found.id}: ${found.type} from ${found.from} to ${found.to}`],
        ['Status', `${found.status}: ${found.because}`],
        ['Cancelled by', found.cancelledBy],
        [
          'Pools',
          found.updates
            .map(({ pool, id: update, status }) => `${pool}: update ${update} ${status}`)
            .join('\n'),
        ],
        ['Created', `${output.ago(found.createdAt)} by ${found.createdBy}`],
        ['Ended', found.endedAt && output.ago(found.endedAt)],
      ])
    },
  )

  addCommand(
    noun,
    cli,
    {
      usage: 'cancel <change>',
      summary: 'stop a return to an earlier version: all nodes go back to the present one',
      examples: [`cluster version cancel ${EXAMPLE_ID}`],
    },
    async (session, _options: object, id: string) => {
      const path = session.inProject`/version-changes/${id}/cancel`
      const found = await session.client.post<VersionChangeResource>(path)
      const follow = `follow it with: drover cluster version show ${id}`
      session.output.result(found, `nodes go back to ${found.from}\n${follow}`)
    },
  )
}
