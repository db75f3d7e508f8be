import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { LeaseLostError, messageOf, RuntimeFailedError } from '../../domain/errors.ts'
import type { NodeId } from '../../domain/ids.ts'
import { type Clock, sleep } from '../../system/clock.ts'
import { lastLines } from './command.ts'
import type { Exits } from './exits.ts'
import { isAlive } from './groups.ts'
import { LAUNCHER } from './launcher.ts'
import type { ProcessTable } from './process-table.ts'
import {
  type Exit,
  isTaken,
  type Launch,
  type PidRecord,
  readPidRecord,
  readWanted,
  writeExit,
} from './run-state.ts'

/**
 * How long a new process is watched: long enough to see a program that cannot be executed at all, short enough not
 * to keep anybody from seeing that it serves. Whatever ends later is found by the health checks. How long the
 * launcher took says how busy the host is.
 */
const settleMs = (launcherTookMs: number) => Math.min(50, Math.max(20, 3 * launcherTookMs))
/** How long the launcher may take on a host under load. */
const LAUNCH_LIMIT_MS = 30_000
const TAIL_BYTES = 4_000

export interface LaunchOptions {
  readonly nodeName: string
  readonly runDir: string
  readonly launch: Launch
  readonly launcherArguments: readonly string[]
  readonly cwd: string
  readonly environment: Readonly<Record<string, string>>
  readonly outputLog: string
  readonly table: ProcessTable
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly nodeId: NodeId
  readonly exits: Exits
}

/**
 * Starts the launch's process in a session of its own and returns when it is recorded and did not end at once.
 * If another process was first to take this launch, returns that one.
 * @throws RuntimeFailedError with the last lines of its output if it ended at once
 * @throws LeaseLostError if another launch became the wanted one meanwhile
 */
export async function launchProcess(options: LaunchOptions): Promise<PidRecord> {
  const { runDir, launch, table, clock, signal, nodeName } = options
  const output = openSync(options.outputLog, 'a')
  let ended: Exit | Error | null = null
  let wake = () => {}
  try {
    const logOffset = fstatSync(output).size
    const child = spawnLauncher(options, output)
    const noteExit = options.exits.started(options.nodeId)
    child.on('exit', (code, signalName) => {
      ended = { code, signal: signalName, at: clock.now() }
      if (readPidRecord(runDir, launch)?.pid === child.pid) writeExit(runDir, launch, ended)
      noteExit()
      wake()
    })
    child.on('error', (error) => {
      ended = error
      if (child.pid === undefined) noteExit()
      wake()
    })
    child.unref()

    const pauseUnlessItEnds = async (limitMs: number) => {
      const early = new AbortController()
      wake = () => early.abort()
      await sleep(clock, limitMs, AbortSignal.any([signal, early.signal])).catch(() =>
        signal.throwIfAborted(),
      )
    }
    const spawnedAt = clock.now()
    for (let pauseMs = 2; ; pauseMs = Math.min(50, pauseMs * 1.5)) {
      const hasEnded = ended !== null
      const record = readPidRecord(runDir, launch)
      if (record !== null && record.pid !== child.pid && isAlive(table, record)) return record
      if (record?.pid === child.pid && record !== null && !hasEnded) {
        await pauseUnlessItEnds(settleMs(clock.now() - spawnedAt))
        if (ended === null) return record
        break
      }
      // If ours came second, the first one may not have said yet who it is.
      if (hasEnded && (record !== null || !isTaken(runDir, launch))) break
      if (clock.now() > spawnedAt + LAUNCH_LIMIT_MS)
        throw new RuntimeFailedError(`node ${nodeName}: nothing started within 30 s`)
      await pauseUnlessItEnds(pauseMs)
    }
    if (readWanted(runDir)?.launch !== launch) throw new LeaseLostError(`node ${nodeName}`)
    throw new RuntimeFailedError(
      `node ${nodeName}: ${endOf(ended)}; ${tailSince(options.outputLog, logOffset)}`,
    )
  } finally {
    closeSync(output)
  }
}

function spawnLauncher(options: LaunchOptions, output: number): ChildProcess {
  try {
    return spawn('/bin/sh', ['-c', LAUNCHER, 'drover-launch', ...options.launcherArguments], {
      cwd: options.cwd,
      env: options.environment,
      detached: true,
      stdio: ['ignore', output, output],
    })
  } catch (error) {
    // Most reasons come as an event; arguments that are too long do not.
    throw new RuntimeFailedError(`node ${options.nodeName} could not be started: ${messageOf(error)}`, {
      cause: error,
    })
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
