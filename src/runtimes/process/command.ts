import { type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { messageOf } from '../../domain/errors.ts'
import type { Clock } from '../../system/clock.ts'

/** Output lines kept for error messages. */
const TAIL_LINES = 10
const TAIL_BYTES = 4_000
/** How long after the end of a command its output may still arrive, if something holds the pipe open. */
const DRAIN_MS = 200

export interface CommandOptions {
  readonly command: readonly string[]
  readonly cwd: string
  readonly environment: Readonly<Record<string, string>>
  readonly timeoutMs: number
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Must not throw. */
  readonly onStart?: (pid: number) => void
  /** Must not throw. */
  readonly onOutput?: (chunk: Uint8Array) => void
}

export interface CommandResult {
  readonly passed: boolean
  /** `exited with code 3`, `was killed by SIGSEGV`, `took longer than 5 s and was killed`. */
  readonly outcome: string
  /** The last lines that it printed. */
  readonly tail: string
}

/**
 * Runs a short command in a process group of its own and waits for its end. When its time is over the whole
 * group is killed; when `signal` aborts too, and the promise rejects with the signal's reason.
 */
export function runCommand(options: CommandOptions): Promise<CommandResult> {
  const { command, cwd, environment, timeoutMs, clock, signal } = options
  const [program = '', ...args] = command
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    let child: ChildProcessByStdio<null, Readable, Readable>
    try {
      child = spawn(program, args, {
        cwd,
        env: environment,
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
      })
    } catch (error) {
      // Most reasons come as an event; arguments that are too long do not.
      return resolve({ passed: false, outcome: `could not be started: ${messageOf(error)}`, tail: '' })
    }
    let tail = Buffer.alloc(0)
    let timedOut = false
    let cancelDrain = () => {}

    const killAll = () => child.pid !== undefined && killGroup(child.pid)
    const cancelTimeout = clock.after(timeoutMs, () => {
      timedOut = true
      killAll()
    })
    signal.addEventListener('abort', killAll, { once: true })

    const finish = (outcome: string, passed: boolean) => {
      cancelTimeout()
      cancelDrain()
      signal.removeEventListener('abort', killAll)
      child.stdout.destroy()
      child.stderr.destroy()
      if (signal.aborted) reject(signal.reason)
      else if (timedOut) {
        const text = `took longer than ${timeoutMs / 1000} s and was killed`
        resolve({ passed: false, outcome: text, tail: lastLines(tail) })
      } else resolve({ passed, outcome, tail: lastLines(tail) })
    }
    const collect = (chunk: Buffer) => {
      tail = Buffer.concat([tail, chunk]).subarray(-TAIL_BYTES)
      options.onOutput?.(chunk)
    }

    child.stdout.on('data', collect)
    child.stderr.on('data', collect)
    child.on('error', (error) => finish(`could not be started: ${error.message}`, false))
    child.on('exit', (code, signalName) => {
      const outcome = signalName === null ? `exited with code ${code}` : `was killed by ${signalName}`
      const end = () => finish(outcome, code === 0)
      child.once('close', end)
      cancelDrain = clock.after(DRAIN_MS, end)
    })
    if (child.pid !== undefined) options.onStart?.(child.pid)
  })
}

/** The end of some output, fit for an error message. */
export function lastLines(output: Uint8Array): string {
  const lines = Buffer.from(output).toString('utf8').trimEnd().split('\n')
  return lines.slice(-TAIL_LINES).join('\n')
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // Gone already, or not ours to kill any more: its end is waited for either way.
  }
}
