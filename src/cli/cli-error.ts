import { EXIT, type ExitCode } from './exit-codes.ts'

/** An error with the exit code it ends the program with, and what the user can do about it. */
export class CliError extends Error {
  readonly exitCode: ExitCode
  readonly hint: string | undefined
  /** The request's field that the server named. */
  readonly field: string | undefined
  /** The server's error code; undefined for errors found on this side. */
  readonly code: string | undefined

  constructor(exitCode: ExitCode, message: string, options: CliErrorOptions = {}) {
    super(message, options)
    this.name = new.target.name
    this.exitCode = exitCode
    this.hint = options.hint
    this.field = options.field
    this.code = options.code
  }
}

interface CliErrorOptions extends ErrorOptions {
  readonly hint?: string | undefined
  readonly field?: string | undefined
  readonly code?: string | undefined
}

/** An option or argument cannot be used as given. Nothing was sent. */
export class UsageError extends CliError {
  constructor(message: string, hint?: string) {
    super(EXIT.usage, message, { hint })
  }
}

/** Ctrl-C. `message` says what goes on without us. */
export class InterruptedError extends CliError {
  constructor(message = 'interrupted', hint?: string) {
    super(EXIT.interrupted, message, { hint })
  }
}

/** Whether the server was away, which says nothing about what it was asked to do. */
export function isTemporary(error: unknown): boolean {
  if (!(error instanceof CliError)) return false
  return error.exitCode === EXIT.notReachable || error.exitCode === EXIT.timedOut
}
