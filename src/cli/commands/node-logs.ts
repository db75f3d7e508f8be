import type { Command } from 'commander'
import { addCommand, type Cli } from '../command.ts'
import { toCliError } from '../http.ts'
import { wholeNumber } from '../parse.ts'

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
      const headers = { accept: 'text/plain' }
      const body = await session.client.stream(path, { tail, follow }, headers, session.signal)
      try {
        for await (const chunk of body) session.output.write(chunk as Uint8Array)
      } catch (error) {
        session.signal.throwIfAborted()
        throw toCliError(error, session.client.connection)
      }
    },
  )
    .option('-f, --follow', 'go on until ctrl-C')
    .option('--tail <n>', 'begin this many lines before the end', wholeNumber, 100)
}
