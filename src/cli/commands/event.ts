import type { Command } from 'commander'
import { sleep } from '../../system/clock.ts'
import { isTemporary } from '../cli-error.ts'
import { addCommand, addListOptions, addNoun, type Cli } from '../command.ts'
import { collect } from '../parse.ts'
import type { EventResource } from '../resources.ts'
import type { ListOptions, Session } from '../session.ts'
import { readServerSentEvents, STREAM_SILENCE_MS } from '../sse.ts'
import { printable } from '../style.ts'
import { clockTime } from '../time.ts'

interface EventFilterOptions {
  readonly cluster?: string
  readonly node?: string
  readonly update?: string
  readonly type?: readonly string[]
  readonly level?: readonly string[]
}

/** `drover event`: list, watch. */
export function addEventCommands(program: Command, cli: Cli): void {
  const noun = addNoun(program, 'event', 'what happened, who asked, and why')

  addFilterOptions(
    addListOptions(
      addCommand(
        noun,
        cli,
        {
          usage: 'list',
          summary: 'list events, newest first',
          examples: [
            'event list --cluster web',
            'event list --level error --limit 20',
            'event list --all -o json',
          ],
        },
        async (session, options: ListOptions & EventFilterOptions) => {
          const page = await session.list<EventResource>(
            session.inProject`/events`,
            filterOf(options),
            options,
          )
          session.output.page(
            page,
            [
              ['WHEN', (event, output) => output.ago(event.at)],
              ['LEVEL', (event, output) => output.style.status(event.level)],
              ['EVENT', (event) => event.type],
              ['BY', (event) => event.principal],
              ['BECAUSE', (event) => event.because],
            ],
            'No events.',
          )
        },
      ),
    ),
  )

  addFilterOptions(
    addCommand(
      noun,
      cli,
      {
        usage: 'watch',
        summary: 'show events as they happen, until ctrl-C',
        examples: [
          'event watch',
          'event watch --cluster web --level warning --level error',
          'event watch -o json',
        ],
      },
      (session, options: EventFilterOptions & { readonly after?: string }) => watchEvents(session, options),
    ).option('--after <sequence>', 'begin after this event (default: now)'),
  )
}

const PAUSE_MS = 1000

async function watchEvents(
  session: Session,
  options: EventFilterOptions & { readonly after?: string },
): Promise<void> {
  const { output, client, signal } = session
  let after = options.after
  for (let isFirst = true; ; isFirst = false) {
    try {
      const query = { ...filterOf(options), after }
      const headers = { accept: 'text/event-stream' }
      const body = await client.stream(session.inProject`/events/stream`, query, headers, signal)
      body.setTimeout(STREAM_SILENCE_MS, () => body.destroy())
      for await (const { data, id } of readServerSentEvents(body)) {
        if (id !== null) after = id
        const event = JSON.parse(data) as EventResource
        if (output.format === 'table') output.say(eventLine(session, event))
        else output.dataLine(event)
      }
    } catch (error) {
      signal.throwIfAborted()
      // At first it is an answer to the user; later, a server that comes back goes on where it was.
      if (isFirst && !isBroken(error)) throw error
      if (!isBroken(error) && !isTemporary(error)) throw error
      output.note('the connection to the server is lost; trying again …')
    }
    await sleep(session.io.clock, PAUSE_MS, signal)
  }
}

/** A stream that broke while it was read, as opposed to an answer. */
function isBroken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ECONNRESET'
}

function eventLine({ output }: Session, event: EventResource): string {
  const level = event.level === 'info' ? '' : `${output.style.status(event.level)}  `
  return `${clockTime(event.at)}  ${level}${event.type}  ${printable(event.because)} (${printable(event.principal)})`
}

function filterOf({ cluster, node, update, type, level }: EventFilterOptions) {
  return { cluster, node, update, type, level }
}

function addFilterOptions(command: Command): Command {
  return command
    .option('--cluster <cluster>', 'only events of this cluster')
    .option('--node <id>', 'only events of this node')
    .option('--update <id>', 'only events of this update')
    .option('--type <type>', 'only events of this type; repeat for several', collect)
    .option('--level <level>', 'only info, warning or error; repeat for several', collect)
}
