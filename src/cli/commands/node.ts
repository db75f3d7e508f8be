import type { Command } from 'commander'
import type { SyncStatus } from '../../domain/drift.ts'
import type { JsonObject } from '../../domain/ids.ts'
import { addCommand, addListOptions, addNoun, type Cli } from '../command.ts'
import { nodePath } from '../node-path.ts'
import { collect, syncStatus, wholeNumber } from '../parse.ts'
import type { NodeResource } from '../resources.ts'
import type { ListOptions } from '../session.ts'
import { addNodeActionCommands } from './node-actions.ts'
import { addNodeLogsCommand } from './node-logs.ts'
import { addNodeMoveCommands } from './node-moves.ts'

interface NodeListOptions extends ListOptions {
  readonly pool?: string
  readonly status?: readonly string[]
  readonly health?: readonly string[]
  readonly revision?: number
  readonly sync?: SyncStatus
  readonly standalone?: boolean
}

/** `drover node`: list, show, create, add, remove, replace, check, recover, delete, logs. */
export function addNodeCommands(program: Command, cli: Cli): void {
  const noun = addNoun(program, 'node', 'the running things of a cluster')

  addListOptions(
    addCommand(
      noun,
      cli,
      {
        usage: 'list [cluster]',
        summary: "list a cluster's nodes, or all of the project",
        examples: [
          'node list web',
          'node list web --health Unhealthy',
          'node list web --revision 3 --all -o json',
          'node list --standalone',
          'node list --sync out-of-sync',
        ],
      },
      async (session, options: NodeListOptions, cluster: string | undefined) => {
        const { pool, status, health, revision, standalone, sync } = options
        const path =
          cluster === undefined ? session.inProject`/nodes` : session.inProject`/clusters/${cluster}/nodes`
        const filter = { pool, status, health, revision, standalone, sync }
        const page = await session.list<NodeResource>(path, filter, options)
        session.output.page(
          page,
          [
            ['NAME', (node) => node.name],
            ...(cluster === undefined
              ? [['CLUSTER', (node: NodeResource) => node.cluster ?? '-'] as const]
              : []),
            ['STATUS', (node, output) => output.style.status(node.status)],
            ['HEALTH', (node, output) => output.style.status(node.health)],
            ['SYNC', (node, output) => output.style.status(node.sync.status)],
            ['REVISION', (node) => `${node.revision ?? '-'}${node.drifted ? ' (drifted)' : ''}`],
            ['ENDPOINT', (node) => node.endpoint && `${node.endpoint.host}:${node.endpoint.port}`],
            ['RUNS AS', (node) => node.physicalId],
            ['AVAILABLE', (node, output) => (node.available ? output.ago(node.availableSince) : 'no')],
          ],
          cluster === undefined ? 'No nodes.' : `No nodes. Add some with: drover cluster resize ${cluster} 3`,
        )
      },
    )
      .option('--pool <pool>', 'only nodes of this pool')
      .option('--status <status>', 'only those with this status; repeat for several', collect)
      .option('--health <health>', 'only those with this health; repeat for several', collect)
      .option('--sync <state>', 'only those that are in-sync, or out-of-sync', syncStatus)
      .option('--standalone', 'only nodes without a cluster')
      .option('--revision <n>', 'only those that run this revision', wholeNumber),
  )

  addCommand(
    noun,
    cli,
    {
      usage: 'show <cluster> <node>',
      summary: 'show a node',
      examples: ['node show web web-1', 'node show - spare-1', 'node show web web-1 -o yaml'],
    },
    async (session, _options: object, cluster: string, ref: string) => {
      const node = await session.client.get<NodeResource>(nodePath(session, cluster, ref))
      const { output } = session
      output.fields(node, [
        ['Node', node.name],
        ['Id', node.id],
        ['Cluster', node.cluster && `${node.cluster}, pool ${node.pool}, index ${node.index}`],
        ['Role', node.role || null],
        ['Tainted', node.tainted ? 'yes: it goes first when its pool shrinks' : null],
        ['Status', `${node.status}: ${node.statusReason}`],
        ['Health', node.health],
        ['Available', node.available ? `since ${output.ago(node.availableSince)}` : 'no'],
        [
          'Revision',
          `${node.revision ?? 'none yet'}${node.drifted ? ', which is not the committed one' : ''}`,
        ],
        ['Sync', describeSync(node)],
        ['Runs as', node.physicalId],
        ['Endpoint', node.endpoint && `${node.endpoint.host}:${node.endpoint.port}`],
        ['Metadata', Object.keys(node.metadata).length === 0 ? null : JSON.stringify(node.metadata)],
        ['Created', output.ago(node.createdAt)],
      ])
    },
  )

  addCommand(
    noun,
    cli,
    {
      usage: 'details <cluster> <node>',
      summary: 'show what the runtime knows of a node, in its own words',
      examples: ['node details web web-1', 'node details web web-1 -o yaml'],
    },
    async (session, _options: object, cluster: string, ref: string) => {
      const path = session.inProject`/clusters/${cluster}/nodes/${ref}/details`
      const { details } = await session.client.get<{ details: JsonObject | null }>(path)
      const nothing = `nothing runs on node ${ref}, or its runtime knows no more than "node show" shows`
      session.output.result(details, details === null ? nothing : JSON.stringify(details, null, 2))
    },
  )

  addNodeActionCommands(noun, cli)
  addNodeMoveCommands(noun, cli)
  addNodeLogsCommand(noun, cli)
}

function describeSync({ sync: { status, reasons } }: NodeResource): string {
  return [status, reasons.map(({ because }) => because).join('; ')].filter((part) => part !== '').join(': ')
}
