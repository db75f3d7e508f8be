import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { LeaseLostError, RuntimeFailedError } from '../../domain/errors.ts'
import { lastLines } from './command.ts'
import { ForkedLauncher, type ForkOptions } from './forked-launcher.ts'
import { isAlive } from './groups.ts'
import type { ProcessTable } from './process-table.ts'
import { type Exit, isTaken, type PidRecord, readPidRecord, readWanted } from './run-state.ts'

/**
 * How long a new process is watched: long enough to see a program that cannot be executed at all, short enough not
 * to keep anybody from seeing that it serves. Whatever ends later is found by the health checks. How long the
 * launcher took says how busy the host is.
 */
const settleMs = (launcherTookMs: number) => Math.min(50, Math.max(20, 3 * launcherTookMs))
/** How long the launcher may take on a host under load. */
const LAUNCH_LIMIT_MS = 30_000
const TAIL_BYTES = 4_000

export interface LaunchOptions extends ForkOptions {
  readonly table: ProcessTable
  readonly signal: AbortSignal
}

/**
 * Starts the launch's process in a session of its own and returns when it is recorded and did not end at once.
 * If another process was first to take this launch, returns that one.
 * @param forked ahead, with the same options; absent: now
 * @throws RuntimeFailedError with the last lines of its output if it ended at once
 * @throws LeaseLostError if another launch became the wanted one meanwhile
 */
export async function launchProcess(options: LaunchOptions, forked?: ForkedLauncher): Promise<PidRecord> {
  const { runDir, launch, table, clock, signal, nodeName } = options
  const launcher = forked ?? new ForkedLauncher(options)
  try {
    const logOffset = launcher.begin()
    const begunAt = clock.now()
    for (let pauseMs = 2; ; pauseMs = Math.min(50, pauseMs * 1.5)) {
      const hasEnded = launcher.ended !== null
      const record = readPidRecord(runDir, launch)
      if (record !== null && record.pid !== launcher.pid && isAlive(table, record)) return record
      if (record?.pid === launcher.pid && record !== null && !hasEnded) {
        await launcher.pause(settleMs(clock.now() - begunAt), signal)
        if (launcher.ended === null) return record
        break
      }
      // If ours came second, the first one may not have said yet who it is.
      if (hasEnded && (record !== null || !isTaken(runDir, launch))) break
      if (clock.now() > begunAt + LAUNCH_LIMIT_MS)
        throw new RuntimeFailedError(`node ${nodeName}: nothing started within 30 s`)
      await launcher.pause(pauseMs, signal)
    }
    if (readWanted(runDir)?.launch !== launch) throw new LeaseLostError(`node ${nodeName}`)
    throw new RuntimeFailedError(
      `node ${nodeName}: ${endOf(launcher.ended)}; ${tailSince(options.outputLog, logOffset)}`,
    )
  } finally {
    launcher.close()
  }
}

function endOf(ended: Exit | Error | null): string {
  if (ended instanceof Error) return `its process could not be started: ${ended.message}`
  return `its process ${describeExit(ended)} as soon as it was started`
}

/** `exited with code 3` or `was killed by SIGKILL`. */
export function describeExit(exit: Exit | null): string {
  if (exit === null) return 'is gone'
  return exit.signal === null ? `exited with code ${exit.code}` : `was killed by ${exit.signal}`
}

function tailSince(path: string, offset: number): string {
  const file = openSync(path, 'r')
  try {
    const size = fstatSync(file).size
    const from = Math.max(offset, size - TAIL_BYTES)
    const buffer = Buffer.alloc(Math.max(0, size - from))
    readSync(file, buffer, 0, buffer.length, from)
    const tail = lastLines(buffer)
    return tail === '' ? 'it printed nothing' : `its last output:\n${tail}`
  } finally {
    closeSync(file)
  }
}
