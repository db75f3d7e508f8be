import { type Command, Option } from 'commander'
import type { CancelMode } from '../../domain/update.ts'
import { addCommand, addListOptions, addNoun, type Cli } from '../command.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { collect, durationMs } from '../parse.ts'
import type { UpdateNodeResource, UpdateResource } from '../resources.ts'
import type { ListOptions, Session } from '../session.ts'
import { countsOf, updateTitle } from '../update-view.ts'
import { addWatchOptions, type WaitOptions, watchUpdate } from '../wait.ts'
import { addUpdateInsightCommands } from './update-insight.ts'
import { addUpdateStartCommands } from './update-start.ts'

interface UpdateListOptions extends ListOptions {
  readonly cluster?: string
  readonly pool?: string
  readonly status?: readonly string[]
}

/** `drover update`: start, plan, list, show, nodes, watch, explain, history, cancel, pause, resume, continue. */
export function addUpdateCommands(program: Command, cli: Cli): void {
  const noun = addNoun(program, 'update', 'changes of what nodes run, some nodes at a time')
  addUpdateStartCommands(noun, cli)

  addListOptions(
    addCommand(
      noun,
      cli,
      {
        usage: 'list [cluster]',
        summary: 'list updates, newest first',
        examples: ['update list web', 'update list --status InProgress --status Paused -o json'],
      },
      async (session, options: UpdateListOptions, named: string | undefined) => {
        const { cluster = named, pool, status } = options
        const page = await session.list<UpdateResource>(
          session.inProject`/updates`,
          { cluster, pool, status },
          options,
        )
        session.output.page(
          page,
          [
            ['UPDATE', (update) => update.id],
            [
              'CLUSTER',
              (update) =>
                update.pool === 'DefaultPool' ? update.cluster : `${update.cluster}/${update.pool}`,
            ],
            ['TYPE', (update) => update.type],
            ['REVISION', (update) => `${update.fromRevision ?? '?'} → ${update.toRevision ?? '?'}`],
            ['STATUS', (update, output) => output.style.status(update.status)],
            ['NODES', (update) => `${update.progress.updated}/${update.progress.selected}`],
            ['BEGAN', (update, output) => output.ago(update.createdAt)],
            ['BY', (update) => update.createdBy],
          ],
          'No updates yet. Start one with: drover update start <cluster> --bundle <name@version>',
        )
      },
    )
      .option('--cluster <cluster>', 'the same as the argument')
      .option('--pool <pool>', 'only updates of this pool of the cluster')
      .option('--status <status>', 'only those with this status; repeat for several', collect),
  )

  addCommand(
    noun,
    cli,
    {
      usage: 'show <update>',
      summary: 'show an update: what it does or waits for, and why',
      examples: ['update show 019aa0e2-7b1c-7000-8000-000000000001'],
    },
    async (session, _options: object, id: string) => {
      const update = await session.client.get<UpdateResource>(session.inProject`/updates/${id}`)
      const { output } = session
      output.fields(update, [
        ['Update', `${update.id}: ${updateTitle(update)}`],
        ['Status', update.status],
        ['Because', update.because],
        ['Nodes', countsOf(update)],
        [
          'Highest unavailable',
          `${update.progress.highestUnavailable} of ${update.progress.maxUnavailable} allowed`,
        ],
        [
          'Parameters',
          Object.entries(update.params)
            .map(([name, value]) => `${name} ${typeof value === 'object' ? JSON.stringify(value) : value}`)
            .join(', '),
        ],
        ['Description', update.description],
        ['Holds', update.hold && `at checkpoint ${update.hold.checkpoint}`],
        [
          'Continued',
          update.control.continued
            .map(({ by, checkpoint }) => `at checkpoint ${checkpoint} by ${by}`)
            .join(', '),
        ],
        [
          'Paused',
          update.control.paused && `by ${update.control.paused.by}: ${update.control.paused.reason}`,
        ],
        [
          'Cancelled',
          update.control.cancellation &&
            `by ${update.control.cancellation.by}, ${update.control.cancellation.mode}`,
        ],
        ['Asked for', `${output.ago(update.createdAt)} by ${update.createdBy}`],
        ['Ended', update.endedAt && output.ago(update.endedAt)],
        ['Errors', describeErrors(update)],
      ])
    },
  )

  addListOptions(
    addCommand(
      noun,
      cli,
      {
        usage: 'nodes <update>',
        summary: 'list the nodes of an update, and how far each is',
        examples: ['update nodes 019aa0e2-7b1c-7000-8000-000000000001'],
      },
      async (session, options: ListOptions, id: string) => {
        const page = await session.list<UpdateNodeResource>(
          session.inProject`/updates/${id}/nodes`,
          {},
          options,
        )
        session.output.page(
          page,
          [
            ['NODE', (item) => item.name],
            ['STATE', (item, output) => output.style.status(item.state)],
            ['SINCE', (item, output) => output.ago(item.since)],
            ['BECAUSE', (item) => item.because],
          ],
          'This update has no nodes.',
        )
      },
    ),
  )

  addCommand(
    noun,
    cli,
    {
      usage: 'watch <update>',
      summary: 'show the progress of an update until it ended; the exit code tells how',
      details: 'Ctrl-C ends the watching; the update goes on.',
      examples: [
        'update watch 019aa0e2-7b1c-7000-8000-000000000001',
        'update watch 019aa0e2-7b1c-7000-8000-000000000001 --timeout 5m -o json',
      ],
    },
    (session, options: { readonly timeout?: number }, id: string) =>
      watchUpdate(session, id, options, { fromStart: false }),
  ).option('--timeout <duration>', 'how long to watch (default: no limit)', durationMs)

  addUpdateInsightCommands(noun, cli)
  addControlCommands(noun, cli)
}

function addControlCommands(noun: Command, cli: Cli): void {
  addWatchOptions(
    addCommand(
      noun,
      cli,
      {
        usage: 'cancel <update>',
        summary: 'stop an update',
        details:
          'No node starts moving forward any more. With roll-back, nodes that moved return to the committed revision ' +
          'under the same limit; with stop-here they stay where they are. With --wait, an update that ends as Cancelled ' +
          'is a success.',
        examples: [
          'update cancel 019aa0e2-7b1c-7000-8000-000000000001 --wait',
          'update cancel 019aa0e2-7b1c-7000-8000-000000000001 --mode stop-here --reason "wrong bundle"',
        ],
      },
      (session, { mode, reason, ...options }: CancelOptions, id: string) =>
        cancel(session, id, { mode, reason }, options),
    ),
  )
    .addOption(
      new Option('--mode <mode>', 'what becomes of nodes that moved already (default: roll-back)').choices([
        'roll-back',
        'stop-here',
      ] satisfies CancelMode[]),
    )
    .option('--reason <text>', 'why, for those who read it later')

  addCommand(
    noun,
    cli,
    {
      usage: 'pause <update>',
      summary: 'hold an update; nodes in flight finish their step',
      examples: ['update pause 019aa0e2-7b1c-7000-8000-000000000001 --reason "looking at the error rate"'],
    },
    async (session, { reason }: { readonly reason?: string }, id: string) => {
      const update = await session.client.post<UpdateResource>(session.inProject`/updates/${id}/pause`, {
        reason,
      })
      session.output.result(update, `update ${id} is held\ngo on with: drover update resume ${id}`)
    },
  ).option('--reason <text>', 'why, for those who read it later')

  addCommand(
    noun,
    cli,
    {
      usage: 'resume <update>',
      summary: 'go on with a paused update; steps that failed are tried again',
      examples: ['update resume 019aa0e2-7b1c-7000-8000-000000000001'],
    },
    async (session, _options: object, id: string) => {
      const update = await session.client.post<UpdateResource>(session.inProject`/updates/${id}/resume`)
      session.output.result(update, `update ${id} goes on\nwatch it with: drover update watch ${id}`)
    },
  )

  addCommand(
    noun,
    cli,
    {
      usage: 'continue <update>',
      summary: 'say to go on to an update that holds at a checkpoint',
      examples: ['update continue 019aa0e2-7b1c-7000-8000-000000000001'],
    },
    async (session, _options: object, id: string) => {
      const update = await session.client.post<UpdateResource>(session.inProject`/updates/${id}/continue`)
      session.output.result(update, `update ${id} goes on\nwatch it with: drover update watch ${id}`)
    },
  )
}

interface CancelOptions extends WaitOptions {
  readonly mode?: CancelMode
  readonly reason?: string
}

async function cancel(
  session: Session,
  id: string,
  body: { readonly mode: CancelMode | undefined; readonly reason: string | undefined },
  options: WaitOptions,
): Promise<ExitCode> {
  const update = await session.client.post<UpdateResource>(session.inProject`/updates/${id}/cancel`, body)
  if (update.endedAt === null && (options.wait || options.watch)) {
    session.output.say(`update ${id} is being cancelled`)
    const exitCode = await watchUpdate(session, id, options, { fromStart: false })
    return exitCode === EXIT.cancelled ? EXIT.ok : exitCode
  }
  session.output.result(
    update,
    update.endedAt === null
      ? `update ${id} is being cancelled\nwatch it with: drover update watch ${id}`
      : `update ${id} has ended: ${update.because}`,
  )
  return EXIT.ok
}

function describeErrors({ errors, errorsLeftOut }: UpdateResource): string {
  const lines = errors.map((error) => `${error.code}: ${error.message}`)
  if (errorsLeftOut > 0) lines.push(`and ${errorsLeftOut} more, of which "drover event list" tells`)
  return lines.join('\n')
}
