import type { Command } from 'commander'
import { addCommand, addListOptions, addNoun, type Cli } from '../command.ts'
import { collect } from '../parse.ts'
import type { ActionResource, HookMessageResource } from '../resources.ts'
import type { ListOptions } from '../session.ts'

interface ActionListOptions extends ListOptions {
  readonly cluster?: string
  readonly node?: string
  readonly update?: string
  readonly parent?: string
  readonly name?: readonly string[]
  readonly status?: readonly string[]
}

/** `drover action`: list, show, hooks, cancel, suspend, resume, complete. */
export function addActionCommands(program: Command, cli: Cli): void {
  const noun = addNoun(program, 'action', 'work on clusters and nodes, done and under way')

  addListOptions(
    addCommand(
      noun,
      cli,
      {
        usage: 'list',
        summary: 'list actions, newest first',
        examples: ['action list --cluster web', 'action list --status RUNNING --status WAITING'],
      },
      async (session, options: ActionListOptions) => {
        const { cluster, node, update, parent, name, status } = options
        const query = { cluster, node, update, parent, name, status }
        const page = await session.list<ActionResource>(session.inProject`/actions`, query, options)
        session.output.page(
          page,
          [
            ['ACTION', (action) => action.id],
            ['NAME', (action) => action.name],
            ['STATUS', (action, output) => output.style.status(action.status)],
            ['REASON', (action) => action.statusReason],
            ['CREATED', (action, output) => output.ago(action.createdAt)],
            ['BY', (action) => action.createdBy],
          ],
          'No actions.',
        )
      },
    )
      .option('--cluster <cluster>', 'only actions on this cluster')
      .option('--node <node>', 'only actions on this node of the cluster')
      .option('--update <id>', 'only actions of this update')
      .option('--parent <id>', 'only actions that serve this one')
      .option('--name <name>', 'only actions of this name; repeat for several', collect)
      .option('--status <status>', 'only those with this status; repeat for several', collect),
  )

  addCommand(
    noun,
    cli,
    {
      usage: 'show <action>',
      summary: 'show an action: how far it is, and why',
      examples: ['action show 019aa0e2-7b1c-7000-8000-000000000001'],
    },
    async (session, _options: object, id: string) => {
      const action = await session.client.get<ActionResource>(session.inProject`/actions/${id}`)
      const { output } = session
      output.fields(action, [
        ['Action', `${action.id}: ${action.name}`],
        ['Status', `${action.status}: ${action.statusReason}`],
        ['Update', action.updateId],
        ['Serves', action.parentId],
        ['Inputs', JSON.stringify(action.inputs)],
        ['Outputs', JSON.stringify(action.outputs)],
        ['Policies', Object.keys(action.data).length > 0 ? JSON.stringify(action.data) : null],
        ['Time limit', action.timeoutSeconds === null ? null : `${action.timeoutSeconds} s`],
        ['Waits for', action.dependsOn.slice(0, 10).join('\n')],
        ['Created', `${output.ago(action.createdAt)} by ${action.createdBy}`],
        ['Started', action.startedAt && output.ago(action.startedAt)],
        ['Ended', action.endedAt && output.ago(action.endedAt)],
      ])
    },
  )

  addCommand(
    noun,
    cli,
    {
      usage: 'hooks <queue>',
      summary: 'list the nodes that wait for a hook whose deletion policy names this queue',
      examples: ['action hooks leaving', 'action hooks leaving -o json'],
    },
    async (session, _options: object, queue: string) => {
      const { items } = await session.client.get<{ readonly items: readonly HookMessageResource[] }>(
        session.inProject`/queues/${queue}/messages`,
      )
      session.output.page(
        { items, nextCursor: null },
        [
          ['ACTION', (message) => message.lifecycleActionToken],
          ['NODE', (message) => message.nodeId],
          ['CLUSTER', (message) => message.clusterId],
          ['SINCE', (message, output) => output.ago(message.sentAt)],
          ['UNTIL', (message) => message.expiresAt],
        ],
        'No node waits.',
      )
    },
  )

  addSteeringCommands(noun, cli)
}

const EXAMPLE_ID = '019aa0e2-7b1c-7000-8000-000000000001'

function addSteeringCommands(noun: Command, cli: Cli): void {
  addCommand(
    noun,
    cli,
    {
      usage: 'cancel <action>',
      summary: 'stop an action',
      details:
        'What has not begun ends at once. Else nothing more begins, and it ends when its steps have. With --force it ends ' +
        'now and its steps are broken off. The action of an update cancels that update.',
      examples: [`action cancel ${EXAMPLE_ID}`, `action cancel ${EXAMPLE_ID} --force`],
    },
    async (session, { force }: { readonly force?: boolean }, id: string) => {
      const body = { force: force ?? false }
      const action = await session.client.post<ActionResource>(session.inProject`/actions/${id}/cancel`, body)
      session.output.result(
        action,
        `${action.name} is being cancelled\nfollow it with: drover action show ${id}`,
      )
    },
  ).option('--force', 'end it now, and break off what is under way for it')

  const plain = [
    ['suspend', 'hold a cluster action; steps under way end, nothing more begins', 'is held'],
    ['resume', 'go on with a cluster action that was suspended', 'goes on'],
    ['complete', 'say that the lifecycle hook of an action is done', 'may go on'],
  ] as const
  for (const [verb, summary, sentence] of plain) {
    addCommand(
      noun,
      cli,
      { usage: `${verb} <action>`, summary, examples: [`action ${verb} ${EXAMPLE_ID}`] },
      async (session, _options: object, id: string) => {
        const action = await session.client.post<ActionResource>(session.inProject`/actions/${id}/${verb}`)
        session.output.result(action, `${action.name} ${sentence}`)
      },
    )
  }
}
