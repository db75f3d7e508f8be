import { RuntimeFailedError } from '../../domain/errors.ts'
import type { NodeId } from '../../domain/ids.ts'
import { type Clock, sleep } from '../../system/clock.ts'
import type { Member, ProcessTable } from './process-table.ts'
import type { PidRecord } from './run-state.ts'

/** How long the kernel may take to bury what was killed. */
const KILL_WAIT_MS = 10_000

export interface StopGroupOptions {
  readonly table: ProcessTable
  readonly clock: Clock
  readonly record: PidRecord
  readonly nodeId: NodeId
  readonly graceMs: number
  readonly signal: AbortSignal
  /** Called right before each signal is sent; throws if it must not be. */
  readonly assertMayAct: () => void
  /** Called once, when the process was told to end and is about to. Must not throw. */
  readonly meanwhile?: (() => void) | undefined
}

/** Whether exactly the recorded process lives: same pid, same start time, same boot. */
export function isAlive(table: ProcessTable, record: PidRecord): boolean {
  return record.bootId === table.bootId && table.startOf(record.pid) === record.start
}

/**
 * Ends a process and all that lives in its session and group: SIGTERM, then SIGKILL for what is left after
 * the grace. Done already is success.
 * @throws RuntimeFailedError if something may not be signalled or survives SIGKILL
 */
export async function stopGroup(options: StopGroupOptions): Promise<void> {
  const { table, record, graceMs, clock, assertMayAct } = options
  const sawLeader = isAlive(table, record)
  const remaining = () => membersLeft(options, sawLeader)

  if (!sawLeader && remaining().length === 0) return
  if (graceMs > 0) {
    assertMayAct()
    send(options, remaining, 'SIGTERM', options.meanwhile)
    if (await isGoneWithin(options, remaining, graceMs)) return
  }
  assertMayAct()
  send(options, remaining, 'SIGKILL')
  if (await isGoneWithin({ ...options, clock }, remaining, KILL_WAIT_MS)) return
  const pids = remaining().map((member) => member.pid)
  throw new RuntimeFailedError(
    `process ${pids.join(', ')} is still there ${KILL_WAIT_MS / 1000} s after SIGKILL`,
  )
}

/**
 * Those of the recorded process' session that still live. While its first process lives, the session is
 * known to be ours. Without it, the number alone proves nothing if everything was gone for a moment, so
 * one member must carry the node's id in its environment, or we must have seen the first process ourselves.
 */
function membersLeft({ table, record, nodeId }: StopGroupOptions, sawLeader: boolean): Member[] {
  if (record.bootId !== table.bootId) return []
  const start = table.startOf(record.pid)
  const recycled = start !== null && start !== record.start
  if (recycled) return []
  const members = table.membersOf(record.pid)
  if (start === record.start || sawLeader) return members
  const line = `DROVER_NODE_ID=${nodeId}`
  return members.some((member) => table.hasEnvironment(member.pid, line)) ? members : []
}

async function isGoneWithin(
  { table, clock, record, signal }: StopGroupOptions,
  remaining: () => Member[],
  limitMs: number,
): Promise<boolean> {
  const began = clock.now()
  const deadline = began + limitMs
  // Listing all processes is dear on a busy host, so that waits until the first one is gone.
  const isGone = () => !isAlive(table, record) && remaining().length === 0
  while (!isGone()) {
    const now = clock.now()
    if (now >= deadline) return false
    // Waiting for an end adds about a tenth to the time that the end itself takes.
    const pauseMs = Math.min(100, Math.max(1, (now - began) / 10))
    await sleep(clock, Math.min(pauseMs, deadline - now), signal)
  }
  return true
}

/**
 * To the whole group at once, so that nothing can be forked in between, then to those with groups of their own.
 * A living leader needs no search first: while what it leads is searched for, it is ending already.
 */
function send(
  { table, record }: Pick<StopGroupOptions, 'table' | 'record'>,
  remaining: () => readonly Member[],
  signal: NodeJS.Signals,
  meanwhile?: () => void,
): void {
  const leader = record.pid
  const isLed = isAlive(table, record)
  if (isLed) kill(-leader, signal)
  // Before the search: what was found by that holds for as long as nothing else is created.
  if (isLed) meanwhile?.()
  const members = remaining()
  if (!isLed && members.some(({ group }) => group === leader)) kill(-leader, signal)
  for (const { pid, group } of members) if (group !== leader) kill(pid, signal)
}

/** Sends a signal to the recorded process alone. @throws RuntimeFailedError if it may not be signalled */
export function sendToLeader({ pid }: PidRecord, signal: NodeJS.Signals): void {
  kill(pid, signal)
}

/** Sends a signal to a living process and all that lives in its session. @throws RuntimeFailedError */
export function sendToGroup(table: ProcessTable, record: PidRecord, signal: NodeJS.Signals): void {
  send({ table, record }, () => table.membersOf(record.pid), signal)
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ESRCH') return
    throw new RuntimeFailedError(`cannot send ${signal} to process ${Math.abs(pid)}: ${code}`, {
      cause: error,
    })
  }
}
