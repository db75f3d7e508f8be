import { type Command, Option } from 'commander'
import type { JsonObject } from '../../domain/ids.ts'
import { RECEIVER_ACTIONS, RECEIVER_TYPES } from '../../domain/receiver.ts'
import { UsageError } from '../cli-error.ts'
import { addCommand, addListOptions, addNoun, addYesOption, type Cli } from '../command.ts'
import { collectPairs, type Pair, pairsToObject } from '../parse.ts'
import type { ReceiverResource } from '../resources.ts'
import type { ListOptions, Session } from '../session.ts'
import { addReceiverTriggerCommands } from './receiver-trigger.ts'

interface NewReceiver {
  readonly receiver: ReceiverResource
  readonly token: string | null
}

interface CreateOptions {
  readonly type: string
  readonly cluster?: string
  readonly action?: string
  readonly param?: readonly Pair[]
}

/** `drover receiver`: create, list, show, update, delete, rotate, trigger, notify, messages, send. */
export function addReceiverCommands(program: Command, cli: Cli): void {
  const noun = addNoun(
    program,
    'receiver',
    'addresses that trigger a cluster action: webhooks, and queues of messages',
  )

  addCommand(
    noun,
    cli,
    {
      usage: 'create <name>',
      summary: 'create a receiver; its address and token are shown this once',
      details: `It triggers in your authority, as that is when it does. Actions: ${RECEIVER_ACTIONS.join(', ')}.`,
      examples: [
        'receiver create more-web --cluster web --action CLUSTER_SCALE_OUT --param count=2',
        'receiver create mail --type message',
      ],
    },
    async (session, options: CreateOptions, name: string) => {
      const created = await session.client.post<NewReceiver>(session.inProject`/receivers`, {
        name,
        type: options.type,
        cluster: options.cluster,
        action: options.action,
        params: options.param && pairsToObject(options.param),
      })
      showToken(session, created, `receiver ${name} is created`)
    },
  )
    .addOption(
      new Option('--type <type>', 'a URL to call, or a queue').choices(RECEIVER_TYPES).default('webhook'),
    )
    .option('--cluster <cluster>', 'the cluster (of type message: if its messages do not name one)')
    .addOption(new Option('--action <action>', 'what is asked of it').choices(RECEIVER_ACTIONS))
    .option('--param <key=value>', 'an input of the action; repeat for several', collectPairs)

  addListOptions(
    addCommand(
      noun,
      cli,
      {
        usage: 'list',
        summary: 'list receivers',
        examples: ['receiver list', 'receiver list --cluster web'],
      },
      async (session, options: ListOptions & { readonly cluster?: string; readonly type?: string }) => {
        const { cluster, type } = options
        const page = await session.list<ReceiverResource>(
          session.inProject`/receivers`,
          { cluster, type },
          options,
        )
        session.output.page(
          page,
          [
            ['NAME', (receiver) => receiver.name],
            ['TYPE', (receiver) => receiver.type],
            ['ACTION', (receiver) => receiver.action ?? 'as messages say'],
            ['OWNER', (receiver) => receiver.createdBy],
            ['CREATED', (receiver, output) => output.ago(receiver.createdAt)],
            ['ID', (receiver) => receiver.id],
          ],
          'No receivers yet. Create one with: drover receiver create <name> --cluster <cluster> --action <action>',
        )
      },
    )
      .option('--cluster <cluster>', 'only receivers of this cluster')
      .addOption(new Option('--type <type>', 'only receivers of this type').choices(RECEIVER_TYPES)),
  )

  addCommand(
    noun,
    cli,
    {
      usage: 'show <receiver>',
      summary: 'show a receiver, without its token',
      examples: ['receiver show more-web', 'receiver show more-web -o json'],
    },
    async (session, _options: object, ref: string) => {
      const receiver = await session.client.get<ReceiverResource>(session.inProject`/receivers/${ref}`)
      session.output.fields(receiver, [
        ['Receiver', receiver.name],
        ['Id', receiver.id],
        ['Type', receiver.type],
        ['Address', addressOf(session, receiver)],
        ['Cluster', receiver.clusterId ?? 'as messages say'],
        ['Action', receiver.action ?? 'as messages say'],
        ['Params', JSON.stringify(receiver.params)],
        ['Owner', receiver.createdBy],
        ['Created', session.output.ago(receiver.createdAt)],
      ])
    },
  )

  addCommand(
    noun,
    cli,
    {
      usage: 'update <receiver>',
      summary: 'change what a receiver triggers, or its name',
      details: 'The params given take the place of all there were.',
      examples: [
        'receiver update more-web --param count=3',
        'receiver update more-web --rename grow --action CLUSTER_SCALE_OUT',
      ],
    },
    async (
      session,
      options: {
        readonly rename?: string
        readonly action?: string
        readonly param?: readonly Pair[]
        readonly clearParams?: boolean
      },
      ref: string,
    ) => {
      const params: JsonObject | undefined = options.clearParams
        ? {}
        : options.param && pairsToObject(options.param)
      if (options.rename === undefined && options.action === undefined && params === undefined) {
        throw new UsageError('nothing to change', 'give --rename, --action, --param or --clear-params')
      }
      const path = session.inProject`/receivers/${ref}`
      const before = await session.client.get<ReceiverResource>(path)
      const changes = { name: options.rename, action: options.action, params }
      const receiver = await session.client.patch<ReceiverResource>(path, changes, before.version)
      session.output.result(receiver, `receiver ${receiver.name} is changed`)
    },
  )
    .option('--rename <name>', 'a new name')
    .addOption(new Option('--action <action>', 'what is asked of the cluster').choices(RECEIVER_ACTIONS))
    .option('--param <key=value>', 'an input of the action; repeat for several', collectPairs)
    .option('--clear-params', 'no inputs any more')

  addCommand(
    noun,
    cli,
    {
      usage: 'rotate <receiver>',
      summary: 'give a receiver a new token; the old one is refused from then on',
      examples: ['receiver rotate more-web'],
    },
    async (session, _options: object, ref: string) => {
      const rotated = await session.client.post<NewReceiver>(session.inProject`/receivers/${ref}/rotate`, {})
      showToken(session, rotated, `receiver ${rotated.receiver.name} has a new token`)
    },
  )

  addReceiverTriggerCommands(noun, cli)

  addYesOption(
    addCommand(
      noun,
      cli,
      {
        usage: 'delete <receiver>',
        summary: 'delete a receiver, and the messages that wait for it',
        examples: ['receiver delete more-web', 'receiver delete more-web --yes'],
      },
      async (session, options: { readonly yes?: boolean }, ref: string) => {
        await session.confirm(
          options,
          () => `Delete receiver ${ref}? Whoever calls it is refused from then on.`,
        )
        await session.client.delete(session.inProject`/receivers/${ref}`)
        session.output.result(null, `receiver ${ref} is deleted`)
      },
    ),
  )
}

/** For people the whole address, ready to be given to whoever calls it; nothing else on standard output. */
function showToken(session: Session, created: NewReceiver, done: string): void {
  const { receiver, token } = created
  const address = addressOf(session, receiver)
  const call = receiver.type === 'webhook' ? `${address}?token=${token}` : `${address}\n${token}`
  session.output.result(created, token === null ? address : call)
  const note = token === null ? 'its token was shown before' : 'keep its token safe, it is not shown again'
  session.output.note(`${done}; ${note}`)
}

function addressOf(session: Session, { address }: ReceiverResource): string {
  return new URL(address, session.client.connection.server).href
}
