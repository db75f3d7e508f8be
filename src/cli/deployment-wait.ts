import { sleep } from '../system/clock.ts'
import { CliError, InterruptedError, isTemporary } from './cli-error.ts'
import type { DeploymentUpdateResource } from './deployer-resources.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { followUpdate } from './follow-update.ts'
import type { Session } from './session.ts'
import { printable } from './style.ts'
import { createQuietDisplay, createUpdateDisplay } from './update-display.ts'

const FIRST_PAUSE_MS = 50
const MOST_PAUSE_MS = 1000

/**
 * Waits until an update of a deployment has ended, and shows how it goes: node by node where it moves nodes, else by the
 * sentences in which it says what it waits for.
 * @param options.timeoutMs null waits for ever
 * @throws CliError `timedOut`, InterruptedError on ctrl-C; the update goes on
 */
export async function followDeploymentUpdate(
  session: Session,
  update: DeploymentUpdateResource,
  { timeoutMs, isStarted }: { readonly timeoutMs: number | null; readonly isStarted: boolean },
): Promise<DeploymentUpdateResource> {
  const deadline = timeoutMs === null ? Infinity : session.io.clock.now() + timeoutMs
  const { output } = session
  try {
    if (update.updateId !== null && update.status === 'Running') {
      const display = output.format === 'table' ? createUpdateDisplay(session) : createQuietDisplay(session)
      await followUpdate(session, update.updateId, display, { timeoutMs, fromStart: isStarted })
    }
    let current = update
    let said = ''
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(MOST_PAUSE_MS, pauseMs * 1.5)) {
      current = await look(session, current)
      if (current.status !== 'Running') return current
      if (current.because !== said && update.updateId === null) output.say(printable(current.because))
      said = current.because
      const leftMs = deadline - session.io.clock.now()
      if (leftMs <= 0) throw tooLate(current, (timeoutMs ?? 0) / 1000)
      await sleep(session.io.clock, Math.min(pauseMs, leftMs), session.signal)
    }
  } catch (error) {
    if (session.signal.aborted) {
      throw new InterruptedError(`the update of ${update.deployment} goes on`, hintFor(update))
    }
    if (error instanceof CliError && error.exitCode === EXIT.timedOut) {
      throw tooLate(update, (timeoutMs ?? 0) / 1000)
    }
    throw error
  }
}

/** What the shell is told about how it ended. */
export function exitCodeOfDeployment({ status }: DeploymentUpdateResource): ExitCode {
  if (status === 'Successful') return EXIT.ok
  return status === 'Cancelled' ? EXIT.cancelled : EXIT.failed
}

// A server that is being restarted meanwhile finishes it all the same; only the deadline ends the wait.
async function look(session: Session, known: DeploymentUpdateResource): Promise<DeploymentUpdateResource> {
  try {
    const path = session.inProject`/deployment-updates/${known.id}`
    return await session.client.get<DeploymentUpdateResource>(path)
  } catch (error) {
    if (isTemporary(error)) return known
    throw error
  }
}

function tooLate(update: DeploymentUpdateResource, seconds: number): CliError {
  const message = `the update of ${update.deployment} did not end within ${seconds} s; it goes on`
  return new CliError(EXIT.timedOut, message, { hint: hintFor(update) })
}

function hintFor({ deployment }: DeploymentUpdateResource): string {
  return `watch it: drover deployment watch ${deployment}   stop it: drover deployment cancel ${deployment}`
}
