import { type Command, Option } from 'commander'
import { MESSAGE_STATUSES } from '../../domain/receiver.ts'
import { UsageError } from '../cli-error.ts'
import { urlPath } from '../client.ts'
import { addCommand, addListOptions, type Cli } from '../command.ts'
import { collectPairs, durationSeconds, type Pair, pairsToObject } from '../parse.ts'
import type { ActionResource, MessageResource, ReceiverResource } from '../resources.ts'
import type { ListOptions } from '../session.ts'

interface Triggered {
  readonly action: ActionResource
  readonly ignored: readonly string[]
}

interface SendOptions {
  readonly cluster?: string
  readonly action?: string
  readonly param?: readonly Pair[]
  readonly ttl?: number
}

/** The commands that make receivers act. */
export function addReceiverTriggerCommands(noun: Command, cli: Cli): void {
  addCommand(
    noun,
    cli,
    {
      usage: 'trigger <receiver>',
      summary: 'do what a call of the receiver would do',
      examples: ['receiver trigger more-web', 'receiver trigger more-web --param count=1'],
    },
    async (session, options: { readonly param?: readonly Pair[] }, ref: string) => {
      const inputs = pairsToObject(options.param ?? [])
      const triggered = await session.client.post<Triggered>(
        session.inProject`/receivers/${ref}/trigger`,
        inputs,
      )
      const { action, ignored } = triggered
      const rest = ignored.length === 0 ? '' : `; it has no use for ${ignored.join(', ')}`
      session.output.result(triggered, `action ${action.id} (${action.name}) is accepted${rest}`)
    },
  ).option('--param <key=value>', 'an input of the action; repeat for several', collectPairs)

  addCommand(
    noun,
    cli,
    {
      usage: 'send <receiver>',
      summary: 'put a message into the queue of a receiver of type message',
      examples: [
        'receiver send mail --cluster web --action CLUSTER_SCALE_OUT --param count=1',
        'receiver send mail --cluster web --action CLUSTER_CHECK --ttl 10m',
      ],
    },
    async (session, options: SendOptions, ref: string) => {
      const receiver = await session.client.get<ReceiverResource>(session.inProject`/receivers/${ref}`)
      if (receiver.type !== 'message') {
        throw new UsageError(`receiver ${ref} has no queue`, `try: drover receiver trigger ${ref}`)
      }
      const body = {
        cluster: options.cluster,
        action: options.action,
        params: options.param && pairsToObject(options.param),
      }
      const sent = await session.client.post<{ items: MessageResource[] }>(
        urlPath`/api/v1/queues/${receiver.id}/messages`,
        { messages: [{ body, ttlSeconds: options.ttl }] },
      )
      session.output.result(sent, `message ${sent.items[0]?.place} waits for receiver ${receiver.name}`)
    },
  )
    .option('--cluster <cluster>', 'the cluster, if the receiver does not say it')
    .option('--action <action>', 'what is asked of it, if the receiver does not say it')
    .option('--param <key=value>', 'an input of the action; repeat for several', collectPairs)
    .option('--ttl <duration>', 'how long it may wait (default: 1h)', durationSeconds)

  addCommand(
    noun,
    cli,
    {
      usage: 'notify <receiver>',
      summary: 'take the messages that wait, now, and say what became of them',
      examples: ['receiver notify mail'],
    },
    async (session, _options: object, ref: string) => {
      const counts = await session.client.post<{ done: number; refused: number; expired: number }>(
        session.inProject`/receivers/${ref}/notify`,
        {},
      )
      const { done, refused, expired } = counts
      session.output.result(counts, `${done} became actions, ${refused} were put aside, ${expired} were late`)
    },
  )

  addListOptions(
    addCommand(
      noun,
      cli,
      {
        usage: 'messages <receiver>',
        summary: 'list the messages of a receiver, with what became of them',
        examples: ['receiver messages mail', 'receiver messages mail --status Refused'],
      },
      async (session, options: ListOptions & { readonly status?: string }, ref: string) => {
        const page = await session.list<MessageResource>(
          session.inProject`/receivers/${ref}/messages`,
          { status: options.status },
          options,
        )
        session.output.page(
          page,
          [
            ['PLACE', (message) => message.place],
            ['STATUS', (message) => message.status],
            ['RECEIVED', (message, output) => output.ago(message.receivedAt)],
            ['ACTION', (message) => message.actionId],
            ['ERROR', (message) => message.error?.message],
          ],
          `Receiver ${ref} has no messages.`,
        )
      },
    ).addOption(new Option('--status <status>', 'only these').choices(MESSAGE_STATUSES)),
  )
}
