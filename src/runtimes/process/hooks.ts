import { appendFileSync } from 'node:fs'
import { HookFailedError, messageOf } from '../../domain/errors.ts'
import type { NodeId } from '../../domain/ids.ts'
import type { LifecycleHooks } from '../../domain/revision.ts'
import type { Clock } from '../../system/clock.ts'
import { runCommand } from './command.ts'
import { stopGroup } from './groups.ts'
import { type Owner, removeScript, writeScript } from './hook-scripts.ts'
import type { ProcessTable } from './process-table.ts'
import { type PidRecord, readHookRecord, writeHookRecord } from './run-state.ts'

const DEFAULT_TIMEOUT_SECONDS = 60

export interface HookRun {
  readonly name: keyof LifecycleHooks
  readonly hooks: LifecycleHooks
  readonly nodeId: NodeId
  readonly cwd: string
  readonly environment: Readonly<Record<string, string>>
  /** Put before the command: how to become another user. */
  readonly commandPrefix: readonly string[]
  /** Who runs it, if that is another user: the script of a hook is theirs to read. */
  readonly owner: Owner | null
  /** Where a hook's script is kept while it runs. */
  readonly hooksDir: string
  readonly runDir: string
  readonly outputLog: string
  readonly table: ProcessTable
  readonly clock: Clock
  readonly signal: AbortSignal
}

/**
 * Runs one lifecycle hook if there is one. Its output goes to the node's log between two marked lines.
 * One that an earlier, killed Drover left running is ended first: two of them at once would be a surprise.
 * @throws HookFailedError with the exit code or the time limit, and the last lines of its output
 */
export async function runHook(run: HookRun): Promise<void> {
  const hook = run.hooks[run.name]
  if (hook === undefined) return
  await endLeftover(run)

  const note = (text: string) => keep(run.outputLog, `[drover] hook ${run.name} ${text}\n`)
  note('starts')
  const command = hook.command ?? writeScript(run.hooksDir, run.name, hook.script, run.owner)
  const result = await runCommand({
    command: [...run.commandPrefix, ...command],
    cwd: run.cwd,
    environment: run.environment,
    timeoutMs: (hook.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS) * 1000,
    clock: run.clock,
    signal: run.signal,
    onStart: (pid) => {
      const start = run.table.startOf(pid)
      if (start !== null) recordHook(run, { pid, start, bootId: run.table.bootId, port: null })
    },
    onOutput: (chunk) => keep(run.outputLog, chunk),
  })
    .catch((error) => {
      note(`was stopped: ${messageOf(error)}`)
      throw error
    })
    .finally(() => removeScript(run.hooksDir, run.name))
  recordHook(run, null)
  note(result.passed ? 'passed' : result.outcome)
  if (result.passed) return
  const output = result.tail === '' ? 'it printed nothing' : `its last output:\n${result.tail}`
  throw new HookFailedError(run.name, `(${hook.command?.[0] ?? 'script'}) ${result.outcome}; ${output}`)
}

/** A full disk or a removed node must not end Drover, nor decide whether a hook passed. */
function keep(outputLog: string, text: string | Uint8Array): void {
  try {
    appendFileSync(outputLog, text)
  } catch {
    // The end of the output is also in the error, if there is one.
  }
}

function recordHook({ runDir }: HookRun, record: PidRecord | null): void {
  try {
    writeHookRecord(runDir, record)
  } catch {
    // Only a Drover that is killed during this very hook would have read it.
  }
}

async function endLeftover({ runDir, table, clock, nodeId, signal }: HookRun): Promise<void> {
  const record = readHookRecord(runDir)
  if (record === null) return
  await stopGroup({ table, clock, record, nodeId, graceMs: 0, signal, assertMayAct: () => {} })
  writeHookRecord(runDir, null)
}
