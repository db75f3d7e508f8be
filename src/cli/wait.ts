import type { Command } from 'commander'
import type { UpdateWarning } from '../domain/forecast.ts'
import { sleep } from '../system/clock.ts'
import { CliError, InterruptedError, isTemporary } from './cli-error.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { followUpdate } from './follow-update.ts'
import { durationMs } from './parse.ts'
import { warningLine } from './plan-view.ts'
import type { Accepted, ActionResource, UpdateResource } from './resources.ts'
import type { Session } from './session.ts'
import { printable } from './style.ts'
import { createQuietDisplay, createUpdateDisplay } from './update-display.ts'
import { updateTitle } from './update-view.ts'

export interface WaitOptions {
  readonly wait?: boolean
  readonly watch?: boolean
  /** Milliseconds. */
  readonly timeout?: number
}

/** The answer to a request that started an update. */
export interface AcceptedUpdate extends Accepted {
  readonly update: UpdateResource
  readonly warnings: readonly UpdateWarning[]
}

const DEFAULT_TIMEOUT_MS = 10 * 60_000

/** Adds `--wait` and `--timeout`, for commands that begin an action. */
export function addWaitOptions(command: Command): Command {
  return command
    .option('--wait', 'wait until it ended; the exit code tells how')
    .option('--timeout <duration>', 'how long --wait waits (default: 10m)', durationMs)
}

/** Adds `--wait`, `--watch` and `--timeout`, for commands that begin an update. */
export function addWatchOptions(command: Command): Command {
  return command
    .option('--wait', 'wait until it ended; the exit code tells how')
    .option('--watch', 'like --wait, and show the progress of each node')
    .option(
      '--timeout <duration>',
      'how long to wait (default: 10m with --wait, no limit with --watch)',
      durationMs,
    )
}

/**
 * Prints that an action was accepted, and with `--wait` how it ended.
 * @param what begins the sentence: `cluster web is being created`
 */
export async function reportAction(
  session: Session,
  accepted: Accepted,
  what: string,
  options: WaitOptions,
): Promise<ExitCode> {
  const { output } = session
  const { action } = accepted
  if (!options.wait) {
    output.result(accepted, `${what}\nfollow it with: drover action show ${action.id}`)
    return EXIT.ok
  }
  output.say(what)
  const ended = await waitForAction(session, action, options.timeout ?? DEFAULT_TIMEOUT_MS)
  output.result({ ...accepted, action: ended }, actionSentence(ended))
  return exitCodeOfAction(ended)
}

/** Prints that an update was accepted, and with `--wait` or `--watch` how it goes and how it ended. */
export async function reportUpdate(
  session: Session,
  accepted: AcceptedUpdate,
  options: WaitOptions,
): Promise<ExitCode> {
  const { output } = session
  const { update } = accepted
  if (output.format === 'table') for (const warning of accepted.warnings) output.note(warningLine(warning))
  if (!options.wait && !options.watch) {
    output.result(
      accepted,
      `update ${update.id} is accepted\nwatch it with: drover update watch ${update.id}`,
    )
    return EXIT.ok
  }
  output.say(`update ${update.id} is accepted`)
  if (options.watch) return watchUpdate(session, update.id, options, { fromStart: true })
  const timeoutMs = options.timeout ?? DEFAULT_TIMEOUT_MS
  const ended = await followUpdate(session, update.id, createQuietDisplay(session), {
    timeoutMs,
    fromStart: false,
  })
  output.result({ ...accepted, update: ended }, updateSentence(ended))
  return exitCodeOfUpdate(ended)
}

/**
 * Shows an update's progress until its end. The answer is its exit code.
 * @param fromStart shows what happened to its nodes before, too
 */
export async function watchUpdate(
  session: Session,
  id: string,
  options: WaitOptions,
  { fromStart }: { readonly fromStart: boolean },
): Promise<ExitCode> {
  const ended = await followUpdate(session, id, createUpdateDisplay(session), {
    timeoutMs: options.timeout ?? null,
    fromStart,
  })
  session.output.say(updateSentence(ended))
  return exitCodeOfUpdate(ended)
}

/** An update that rolled back by itself did not do what was asked: it is `Failed`, as is its exit code. */
function exitCodeOfUpdate({ status }: UpdateResource): ExitCode {
  if (status === 'Successful') return EXIT.ok
  return status === 'Cancelled' ? EXIT.cancelled : EXIT.failed
}

function exitCodeOfAction({ status }: ActionResource): ExitCode {
  if (status === 'SUCCEEDED') return EXIT.ok
  return status === 'CANCELLED' ? EXIT.cancelled : EXIT.failed
}

function updateSentence(update: UpdateResource): string {
  const errors = update.errors.map((error) => `\n  ${error.code}: ${printable(error.message)}`)
  return `${updateTitle(update)}: ${update.status}: ${printable(update.because)}${errors.join('')}`
}

function actionSentence(action: ActionResource): string {
  return `${action.name} ${action.status}: ${printable(action.statusReason)}`
}

async function waitForAction(
  session: Session,
  action: ActionResource,
  timeoutMs: number,
): Promise<ActionResource> {
  const deadline = session.io.clock.now() + timeoutMs
  const hint = `look at it with: drover action show ${action.id}`
  let current = action
  let pauseMs = 100
  try {
    while (!['SUCCEEDED', 'FAILED', 'CANCELLED'].includes(current.status)) {
      if (session.io.clock.now() >= deadline) {
        const last = `${action.name} did not end within ${timeoutMs / 1000} s (${current.status}: ${current.statusReason}); it goes on`
        throw new CliError(EXIT.timedOut, last, { hint })
      }
      await sleep(
        session.io.clock,
        Math.min(pauseMs, Math.max(0, deadline - session.io.clock.now())),
        session.signal,
      )
      pauseMs = Math.min(2000, pauseMs * 1.5)
      current = await look(session, current)
    }
    return current
  } catch (error) {
    if (session.signal.aborted) throw new InterruptedError(`action ${action.id} goes on`, hint)
    throw error
  }
}

// A server that is being restarted meanwhile finishes the action all the same; only the deadline ends the wait.
async function look(session: Session, known: ActionResource): Promise<ActionResource> {
  try {
    return await session.client.get<ActionResource>(session.inProject`/actions/${known.id}`)
  } catch (error) {
    if (isTemporary(error)) return known
    throw error
  }
}
