import type { Command } from 'commander'
import { CliError } from '../cli-error.ts'
import { addCommand, type Cli } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { toCliError } from '../http.ts'
import { wholeNumber } from '../parse.ts'
import type { Session } from '../session.ts'
import { readServerSentEvents, STREAM_SILENCE_MS } from '../sse.ts'

interface LogsOptions {
  readonly follow?: boolean
  readonly tail: number
}

/** `drover node logs`: what a node printed, as it is. */
export function addNodeLogsCommand(noun: Command, cli: Cli): void {
  addCommand(
    noun,
    cli,
    {
      usage: 'logs <cluster> <node>',
      summary: 'show what a node printed, and with -f what it prints from now on',
      examples: ['node logs web web-1', 'node logs web web-1 --tail 20 -f'],
    },
    async (session, { follow = false, tail }: LogsOptions, cluster: string, node: string) => {
      const path = session.inProject`/clusters/${cluster}/nodes/${node}/logs`
      try {
        await (follow ? followLogs(session, path, tail) : printLogs(session, path, tail))
      } catch (error) {
        session.signal.throwIfAborted()
        throw toCliError(error, session.client.connection)
      }
    },
  )
    .option('-f, --follow', 'go on until ctrl-C')
    .option('--tail <n>', 'begin this many lines before the end', wholeNumber, 100)
}

async function printLogs({ client, output, signal }: Session, path: string, tail: number): Promise<void> {
  const body = await client.stream(path, { tail }, { accept: 'text/plain' }, signal)
  for await (const chunk of body) output.write(chunk as Uint8Array)
}

// As an event stream: its heartbeats keep the connection to a node that is silent for hours.
async function followLogs({ client, output, signal }: Session, path: string, tail: number): Promise<void> {
  const body = await client.stream(path, { tail, follow: true }, { accept: 'text/event-stream' }, signal)
  body.setTimeout(STREAM_SILENCE_MS, () => body.destroy())
  for await (const { event, data } of readServerSentEvents(body)) {
    if (event === 'end') return
    if (event === 'log') output.write(`${(JSON.parse(data) as { readonly line: string }).line}\n`)
  }
  throw new CliError(EXIT.notReachable, 'the server ended the stream; the node goes on', {
    hint: 'run the command again once the server is back',
  })
}
