import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, fstatSync, openSync } from 'node:fs'
import { messageOf, RuntimeFailedError } from '../../domain/errors.ts'
import type { NodeId } from '../../domain/ids.ts'
import { type Clock, sleep } from '../../system/clock.ts'
import type { Exits } from './exits.ts'
import { LAUNCHER } from './launcher.ts'
import { type Exit, type Launch, readPidRecord, writeExit } from './run-state.ts'

export interface ForkOptions {
  readonly nodeName: string
  readonly nodeId: NodeId
  readonly runDir: string
  readonly launch: Launch
  readonly launcherArguments: readonly string[]
  readonly cwd: string
  readonly environment: Readonly<Record<string, string>>
  readonly outputLog: string
  readonly exits: Exits
  readonly clock: Clock
}

/** Without a word, which also comes to an end when Drover is killed, it leaves without having done anything. */
const WAIT_FOR_WORD = 'read -r drover_go || exit 0\n'

/**
 * A launcher that waits for the word to begin. The fork of a server with much memory takes several milliseconds, which
 * pass unnoticed while the process that it follows is still ending.
 */
export class ForkedLauncher {
  readonly #child: ChildProcess
  readonly #clock: Clock
  readonly #output: number
  #ended: Exit | Error | null = null
  #wake = () => {}

  /** @throws RuntimeFailedError */
  constructor(options: ForkOptions) {
    const { runDir, launch, clock } = options
    this.#clock = clock
    this.#output = openSync(options.outputLog, 'a')
    try {
      this.#child = fork(options, this.#output)
    } catch (error) {
      closeSync(this.#output)
      throw error
    }
    const child = this.#child
    const noteExit = options.exits.started(options.nodeId)
    child.on('exit', (code, signal) => {
      this.#ended = { code, signal, at: clock.now() }
      if (readPidRecord(runDir, launch)?.pid === child.pid) writeExit(runDir, launch, this.#ended)
      noteExit()
      this.#wake()
    })
    child.on('error', (error) => {
      this.#ended = error
      if (child.pid === undefined) noteExit()
      this.#wake()
    })
    // It has left already: that is told by its end.
    child.stdin?.on('error', () => {})
    child.unref()
  }

  /** Undefined if nothing could be forked. */
  get pid(): number | undefined {
    return this.#child.pid
  }

  /** How it, or what became of it, ended; null while it lives. */
  get ended(): Exit | Error | null {
    return this.#ended
  }

  /** Says the word. @returns how much had been printed by then, in bytes */
  begin(): number {
    const { size } = fstatSync(this.#output)
    this.#child.stdin?.end('\n')
    return size
  }

  /** Resolves after so long, or once it has ended. @throws the signal's reason */
  async pause(limitMs: number, signal: AbortSignal): Promise<void> {
    const early = new AbortController()
    this.#wake = () => early.abort()
    await sleep(this.#clock, limitMs, AbortSignal.any([signal, early.signal])).catch(() =>
      signal.throwIfAborted(),
    )
  }

  /** To be called at the end: one that has not begun leaves, one that has goes on. */
  close(): void {
    this.#child.stdin?.destroy()
    closeSync(this.#output)
  }
}

/** At most one launcher that is forked before its time. */
export class ForkAhead {
  readonly #options: ForkOptions
  #forked: ForkedLauncher | undefined

  constructor(options: ForkOptions) {
    this.#options = options
  }

  fork(): void {
    try {
      this.#forked ??= new ForkedLauncher(this.#options)
    } catch {
      // Whatever speaks against it is told when its time has come, and it is tried again.
    }
  }

  /** @returns it, which is the caller's from now on; undefined if there is none, or somebody ended it */
  take(): ForkedLauncher | undefined {
    const forked = this.#forked
    this.#forked = undefined
    if (!forked?.ended) return forked
    forked.close()
    return undefined
  }
}

function fork(options: ForkOptions, output: number): ChildProcess {
  const { nodeName, launcherArguments, cwd, environment: env } = options
  const words = ['-c', WAIT_FOR_WORD + LAUNCHER, 'drover-launch', ...launcherArguments]
  try {
    return spawn('/bin/sh', words, { cwd, env, detached: true, stdio: ['pipe', output, output] })
  } catch (error) {
    // Most reasons come as an event; arguments that are too long do not.
    throw new RuntimeFailedError(`node ${nodeName} could not be started: ${messageOf(error)}`, {
      cause: error,
    })
  }
}
