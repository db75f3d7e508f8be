import { CommanderError } from 'commander'
import { DroverError, messageOf } from '../domain/errors.ts'
import { CliError, InterruptedError } from './cli-error.ts'
import type { Cli } from './command.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import type { Io } from './io.ts'
import type { OpenMaintenance } from './maintenance-options.ts'
import { wantsColor } from './output.ts'
import { createProgram } from './program.ts'
import type { ServeOptions } from './serve-options.ts'
import { Session } from './session.ts'
import { createStyle, printable } from './style.ts'

export interface CliDeps {
  /** What `--version` prints. */
  readonly version: string
  /** Runs the server until it is told to stop; the answer is the exit code. */
  serve(options: ServeOptions): Promise<number>
  /** Gets at the data folder and the database without a server. */
  readonly openMaintenance: OpenMaintenance
}

/**
 * Runs one command line and answers with its exit code (see EXIT). Never throws: what goes wrong is said on
 * standard error. The caller sets `process.exitCode` rather than exit, so that what was printed gets out.
 * @param argv the words after `drover`
 */
export async function runCli(argv: readonly string[], io: Io, deps: CliDeps): Promise<number> {
  let exitCode: number = EXIT.ok
  let session: Session | null = null
  let isReaderGone = false
  // `drover … | head` closes our output early; that is a success, not a crash.
  const onOutputError = (error: unknown) => {
    if ((error as { code?: unknown }).code === 'EPIPE') isReaderGone = true
    session?.interrupt()
  }
  io.stdout.on('error', onOutputError)

  const cli: Cli = {
    io,
    async run(options, work) {
      session = new Session(io, options)
      const stopListening = io.onInterrupt(() => session?.interrupt())
      try {
        exitCode = await work(session)
      } finally {
        stopListening()
      }
    },
    async serve(options) {
      exitCode = await deps.serve(options)
    },
    async maintain(options, work) {
      const interruption = new AbortController()
      const stopListening = io.onInterrupt(() =>
        interruption.abort(new InterruptedError('interrupted; nothing was changed')),
      )
      try {
        exitCode = await work(await deps.openMaintenance({ ...options, signal: interruption.signal }))
      } finally {
        stopListening()
      }
    },
  }
  try {
    await createProgram(cli, deps.version).parseAsync(argv, { from: 'user' })
  } catch (error) {
    exitCode = isReaderGone ? EXIT.ok : reportError(error, io, !argv.includes('--no-color'))
  } finally {
    io.stdout.removeListener('error', onOutputError)
    // Whatever is still being written must not become an uncaught error either.
    io.stdout.on('error', () => {})
  }
  return exitCode
}

function reportError(error: unknown, io: Io, mayColor: boolean): ExitCode {
  // Commander has printed what it had to say, help included.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
  const style = createStyle(wantsColor(io.stderr, io, mayColor))
  const lines = [`${style.bad('error:')} ${printable(messageOf(error))}`]
  if (error instanceof CliError) {
    if (error.field !== undefined) lines.push(`field: ${printable(error.field)}`)
    if (error.hint !== undefined) lines.push(`hint: ${printable(error.hint)}`)
  } else if (error instanceof DroverError) {
    // The server's own refusal to start: its message says the way out.
    if (error.field !== undefined) lines.push(`field: ${printable(error.field)}`)
  } else {
    lines.push('hint: this is a fault in drover; please report it with the command line that you used')
    if (error instanceof Error && error.stack !== undefined) lines.push(style.dim(error.stack))
  }
  io.stderr.write(`${lines.join('\n')}\n`)
  if (error instanceof CliError) return error.exitCode
  return error instanceof DroverError ? EXIT.refused : EXIT.unexpected
}
