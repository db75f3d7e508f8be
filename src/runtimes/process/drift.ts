import type { Drift } from '../../domain/drift.ts'
import { messageOf } from '../../domain/errors.ts'
import type { Json } from '../../domain/ids.ts'
import type { NodeRef, RuntimeContext, Wanted } from '../runtime.ts'
import { isAlive } from './groups.ts'
import { holderOf, holdsSocket, listenersOn } from './listeners.ts'
import { launchOfHandle, whyNot } from './observe.ts'
import { currentCode, type Deps } from './placement.ts'
import {
  type Launch,
  launchesIn,
  markSeen,
  type PidRecord,
  readBefore,
  readIntent,
  readPidRecord,
  readWanted,
  wasSeen,
} from './run-state.ts'
import { foldersOf, type NodeFolders } from './translate.ts'

/** Scripts that set something up and then become the program are given so long. */
const BECOMES_WITHIN_MS = 60_000
const MOST_FILES = 3

/**
 * {@link DetectsDrift.findDrift}: the code behind the node's link against its bundle, the process against what was started,
 * and what else runs where only this node should.
 */
export async function findDrift(
  deps: Deps,
  ctx: RuntimeContext,
  node: NodeRef,
  handle: Json,
  wanted: Wanted,
): Promise<readonly Drift[]> {
  const folders = foldersOf(deps.root, node.id)
  const files = await findOtherFiles(deps, ctx, folders, wanted)
  ctx.signal.throwIfAborted()
  const launch = launchOfHandle(handle) ?? readWanted(folders.run)?.launch ?? null
  const record = launch === null ? null : readPidRecord(folders.run, launch)
  const isRunning = record !== null && isAlive(deps.table, record)
  const process: Drift | null = isRunning
    ? null
    : { kind: 'process', because: `nothing runs: ${whyNot(deps, folders.run, launch).detail}` }
  const command = isRunning && launch !== null ? findOtherCommand(deps, folders, launch, record) : null
  const strangers = [findLeftOver(deps, folders, launch), findStranger(deps, node, record, isRunning)]
  return [process, files, command, ...strangers].filter((one) => one !== null)
}

async function findOtherFiles(
  { code }: Deps,
  { signal }: RuntimeContext,
  folders: NodeFolders,
  { spec }: Wanted,
): Promise<Drift | null> {
  const differ = (because: string): Drift => ({ kind: 'files', because })
  let folder: string | null
  try {
    folder = currentCode(folders)
  } catch (error) {
    return differ(`its link to the code was replaced: ${messageOf(error)}`)
  }
  if (spec.code === null)
    return folder === null ? null : differ(`it has a link to ${folder}, and its revision has no code`)
  if (folder === null) return differ('its link to the code is gone')
  const changed = await code.changes(spec.code.digest, folder, signal)
  if (changed === null)
    return differ(`its link to the code leads to ${folder}, which is no copy of bundle ${spec.code.bundle}`)
  if (changed.length === 0) return null
  const more = changed.length > MOST_FILES ? ` and ${changed.length - MOST_FILES} more` : ''
  const named = `${changed.slice(0, MOST_FILES).join(', ')}${more}`
  return differ(
    `${named} of bundle ${spec.code.bundle} ${changed.length === 1 ? 'was' : 'were'} changed on disk`,
  )
}

/**
 * A program may become another, or call itself by another name, so only one that once ran as it was started, and for long
 * enough, is held to that.
 */
function findOtherCommand(
  { table, clock }: Deps,
  { run }: NodeFolders,
  launch: Launch,
  { pid }: PidRecord,
): Drift | null {
  const intent = readIntent(run, launch)
  const now = table.commandOf(pid)
  if (!intent?.command || now === null || clock.now() < intent.at + BECOMES_WITHIN_MS) return null
  // An interpreter that the system puts before a script comes first.
  const isSame = intent.command.every((word, at, all) => now.at(at - all.length) === word)
  if (isSame) {
    if (!wasSeen(run, launch)) markSeen(run, launch)
    return null
  }
  if (!wasSeen(run, launch)) return null
  const because = `process ${pid} runs "${now[0]}" with other arguments or another program than "${intent.command[0]}", which was started`
  return { kind: 'command', because }
}

/** A process of an earlier start that should have ended. */
function findLeftOver({ table }: Deps, { run }: NodeFolders, launch: Launch | null): Drift | null {
  // Two run side by side on purpose.
  if (readBefore(run) !== null) return null
  const left = launchesIn(run)
    .filter((other) => other !== launch)
    .map((other) => readPidRecord(run, other))
    .filter((record) => record !== null && isAlive(table, record))
  const pids = left.map((record) => record?.pid)
  if (pids.length === 0) return null
  return {
    kind: 'unknown-process',
    because: `of an earlier start there still runs process ${pids.join(', ')}`,
  }
}

/** A process that has the node's port, and is neither of its session nor one that it started. */
function findStranger(
  { table }: Deps,
  node: NodeRef,
  record: PidRecord | null,
  isRunning: boolean,
): Drift | null {
  if (record === null || record.port === null) return null
  const inodes = listenersOn(record.port)
  if (inodes.size === 0) return null
  const members = isRunning ? table.membersOf(record.pid) : []
  // Where one may not look, nothing is said.
  if (members.some(({ pid }) => holdsSocket(pid, inodes) !== false)) return null
  const holder = holderOf(inodes)
  if (holder !== null && table.hasEnvironment(holder, `DROVER_NODE_ID=${node.id}`)) return null
  const who =
    holder === null ? 'a process of somebody else' : `process ${holder} (${table.commandOf(holder)?.[0]})`
  return {
    kind: 'unknown-process',
    because: `its port ${record.port} is held by ${who}, which the node did not start`,
  }
}
