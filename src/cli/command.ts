import { type Command, Option } from 'commander'
import type { Maintenance } from '../maintenance/report.ts'
import type { GlobalOptions } from './connection.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import type { Io } from './io.ts'
import type { MaintenanceOptions } from './maintenance-options.ts'
import { wholeNumber } from './parse.ts'
import type { ServeOptions } from './serve-options.ts'
import type { Session } from './session.ts'

/** One run of the program: what the commands share while they are built. */
export interface Cli {
  readonly io: Io
  /** Runs what a command does, with a session that ctrl-C ends; its answer is the exit code. */
  run(options: GlobalOptions, work: (session: Session) => Promise<ExitCode>): Promise<void>
  /** Runs the server; its answer is the exit code. */
  serve(options: ServeOptions): Promise<void>
  /** Works on the data folder and the database themselves, until ctrl-C; the answer is the exit code. */
  maintain(options: MaintenanceOptions, work: (maintenance: Maintenance) => Promise<ExitCode>): Promise<void>
}

interface Description {
  /** As in usage: `show <cluster>`. */
  readonly usage: string
  readonly summary: string
  /** More than the summary says, in whole sentences. */
  readonly details?: string
  /** Command lines without `drover`, at least one. */
  readonly examples: readonly [string, ...string[]]
}

const examples = new WeakMap<Command, readonly string[]>()

/** The example lines of a command, as they stand in its help. */
export function examplesOf(command: Command): readonly string[] {
  return examples.get(command) ?? []
}

/**
 * Adds a command that talks to the server.
 * @param action gets the session, the options, then the arguments; answers with the exit code, nothing for success
 */
export function addCommand<Options extends object, Arguments extends readonly unknown[]>(
  parent: Command,
  cli: Cli,
  description: Description,
  // biome-ignore lint/suspicious/noConfusingVoidType: an action that returns nothing succeeded
  action: (session: Session, options: Options, ...args: Arguments) => Promise<ExitCode | void>,
): Command {
  return describe(parent.command(description.usage), description).action(async function (this: Command) {
    const args = this.processedArgs as unknown as Arguments
    const options = this.optsWithGlobals<Options & GlobalOptions>()
    await cli.run(options, async (session) => (await action(session, options, ...args)) ?? EXIT.ok)
  })
}

/** Gives a command its help: summary, details, examples. */
export function describe(command: Command, description: Omit<Description, 'usage'>): Command {
  examples.set(
    command,
    description.examples.map((line) => `drover ${line}`),
  )
  return command
    .summary(description.summary)
    .description([description.summary, description.details ?? ''].filter(Boolean).join('\n\n'))
    .addHelpText(
      'after',
      () =>
        `\nExamples:\n${examplesOf(command)
          .map((line) => `  ${line}`)
          .join('\n')}`,
    )
}

/** A noun: a command that only holds others. */
export function addNoun(parent: Command, name: string, summary: string): Command {
  return parent.command(name).summary(summary).description(summary).helpCommand(false)
}

/** Adds the options of every list command. */
export function addListOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--limit <n>', 'how many to show, at most 1000').argParser(wholeNumber).default(100),
    )
    .option('--all', 'show all, however many there are')
    .option('--cursor <cursor>', 'go on where an earlier page ended (its nextCursor)')
    .option('--sort <property>', 'order by a property, descending with a leading "-"')
}

/** Adds `--yes`, for what destroys something. */
export function addYesOption(command: Command): Command {
  return command.option('-y, --yes', 'do not ask for confirmation')
}
