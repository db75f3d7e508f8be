import { existsSync } from 'node:fs'
import { isSameStart, type NodeRef, type RuntimeContext, type Started, type Wanted } from '../runtime.ts'
import { type LaunchOptions, launchProcess } from './client.ts'
import { ForkAhead } from './forked-launcher.ts'
import { isAlive } from './groups.ts'
import { currentCode, type Deps, type Placement, place, runPlacedHook, switchCode } from './placement.ts'
import { isFree, type PortSlot, releasePort, reservePort, settlePorts } from './ports.ts'
import { assertProgramExists } from './programs.ts'
import {
  forgetLaunches,
  isLaunchOf,
  isReady,
  type Launch,
  launchesIn,
  markReady,
  nextLaunchOf,
  type PidRecord,
  readBefore,
  readIntent,
  readPidRecord,
  readWanted,
  removeFolder,
  writeBefore,
  writeIntent,
} from './run-state.ts'
import { runPreStops, stopAllBut } from './stopping.ts'
import { assertTerm, noteRemoval, raiseTerm, want } from './term.ts'
import { buildLauncherArguments, foldersOf, type NodeFolders } from './translate.ts'

/** {@link Runtime.prepare}. The port, the code and the program are seen to before the old one is touched. */
export async function prepare(deps: Deps, ctx: RuntimeContext, node: NodeRef, wanted: Wanted): Promise<void> {
  const folders = foldersOf(deps.root, node.id)
  raiseTerm(ctx, node, folders)
  if (findLive(deps, folders, wanted.key) !== null) return
  const placement = await place(deps, ctx, node, wanted)
  assertStartable(placement)
  await runPlacedHook(deps, ctx, node, placement, 'preInstall')
}

/**
 * {@link Runtime.start} and {@link StartsBeside.startBeside}.
 * @param beside the key of what goes on; null: nothing does
 */
export async function start(
  deps: Deps,
  ctx: RuntimeContext,
  node: NodeRef,
  wanted: Wanted,
  beside: string | null = null,
): Promise<Started> {
  const folders = foldersOf(deps.root, node.id)
  raiseTerm(ctx, node, folders)
  const kept = beside === null ? null : launchOfStart(deps, folders, beside)
  const slot = kept === null ? 'own' : 'beside'
  let live = findWanted(deps, folders, wanted.key)
  if (live !== null) return adopt(deps, ctx, node, wanted, live, kept)

  const placement = await place(deps, ctx, node, wanted, slot)
  assertStartable(placement)
  // What is left over from a start beside the kept one never served.
  const mode = kept === null ? 'strict' : 'lenient'
  if (findLive(deps, folders, wanted.key) === null) await runPreStops(deps, ctx, node, folders, mode, kept)
  // Somebody else may have started this very key meanwhile. Nothing waits between this look and the claim.
  live = findWanted(deps, folders, wanted.key)
  if (live !== null) return adopt(deps, ctx, node, wanted, live, kept)
  const launch = nextLaunchOf(folders.run, wanted.key)
  want(ctx, node, folders, launch)
  const ahead = new ForkAhead(launchOptions(deps, ctx, node, placement, launch))
  let ready: Placement
  let record: PidRecord
  try {
    await stopAllBut(deps, ctx, node, folders, [launch, kept], () => ahead.fork())
    if (kept === null) settle(deps, node, folders, null)
    else noteBefore(folders, kept)
    switchCode(folders, placement.codeDir)
    await runPlacedHook(deps, ctx, node, placement, 'postInstall')

    ready = await withFreePort(deps, ctx, node, wanted, placement, slot)
    assertTerm(ctx, node, folders)
    noteIntent(deps, wanted, ready, launch)
    // One that was forked for another port is of no use.
    const forked = ready === placement ? ahead.take() : undefined
    record = await launchProcess(launchOptions(deps, ctx, node, ready, launch), forked)
  } finally {
    ahead.take()?.close()
  }
  await finishStart(deps, ctx, node, ready, launch)
  forget(deps, folders, [launch, kept])
  return toStarted(deps, wanted, launch, record)
}

/**
 * {@link StartsBeside.retire}. Where the old one is to go, a failing preStop leaves both running, unless its profile says
 * otherwise; where the new one is, it is only noted, for that one never served.
 */
export async function retire(deps: Deps, ctx: RuntimeContext, node: NodeRef, kept: string): Promise<void> {
  const folders = foldersOf(deps.root, node.id)
  if (!existsSync(folders.node)) return
  raiseTerm(ctx, node, folders)
  const launch = launchOfStart(deps, folders, kept)
  const before = readBefore(folders.run)
  const isBack = before !== null && before.launch === launch
  await runPreStops(deps, ctx, node, folders, isBack ? 'lenient' : 'strict', launch)
  want(ctx, node, folders, launch)
  await stopAllBut(deps, ctx, node, folders, [launch])
  assertTerm(ctx, node, folders)
  if (isBack) switchCode(folders, before.code)
  settle(deps, node, folders, launch)
  forget(deps, folders, [launch])
}

/**
 * {@link PlacesCode.placeCode}. A running node sees the new code behind its `code` link at once; its working
 * directory stays the old folder. If postInstall fails, the link goes back.
 */
export async function placeCode(
  deps: Deps,
  ctx: RuntimeContext,
  node: NodeRef,
  wanted: Wanted,
): Promise<void> {
  const folders = foldersOf(deps.root, node.id)
  raiseTerm(ctx, node, folders)
  const placement = await place(deps, ctx, node, wanted)
  const before = currentCode(folders)
  await runPlacedHook(deps, ctx, node, placement, 'preInstall')
  assertTerm(ctx, node, folders)
  switchCode(folders, placement.codeDir)
  try {
    await runPlacedHook(deps, ctx, node, placement, 'postInstall')
  } catch (error) {
    switchCode(folders, before)
    throw error
  }
}

/** {@link Runtime.stop}. A failing preStop leaves the node running, unless its profile says otherwise. */
export async function stop(deps: Deps, ctx: RuntimeContext, node: NodeRef): Promise<void> {
  const folders = foldersOf(deps.root, node.id)
  if (!existsSync(folders.node)) return
  raiseTerm(ctx, node, folders)
  await runPreStops(deps, ctx, node, folders, 'strict')
  want(ctx, node, folders, null)
  await stopAllBut(deps, ctx, node, folders, [])
  settle(deps, node, folders, null)
  forget(deps, folders, [])
}

/** {@link Runtime.remove}. A failing preStop is only noted: a node must be removable whatever its hooks do. */
export async function remove(deps: Deps, ctx: RuntimeContext, node: NodeRef): Promise<void> {
  const folders = foldersOf(deps.root, node.id)
  if (!existsSync(folders.node)) return
  raiseTerm(ctx, node, folders)
  await runPreStops(deps, ctx, node, folders, 'lenient')
  want(ctx, node, folders, null)
  await stopAllBut(deps, ctx, node, folders, [])
  assertTerm(ctx, node, folders)
  noteRemoval(ctx, folders)
  settle(deps, node, folders, null)
  releasePort(deps.root, node.id)
  removeFolder(folders.node)
}

/** Keeps what runs under this key already, and finishes a start that was cut off. */
async function adopt(
  deps: Deps,
  ctx: RuntimeContext,
  node: NodeRef,
  wanted: Wanted,
  { launch, record }: Live,
  kept: Launch | null,
): Promise<Started> {
  const folders = foldersOf(deps.root, node.id)
  await stopAllBut(deps, ctx, node, folders, [launch, kept])
  if (kept === null) settle(deps, node, folders, launch)
  if (!isReady(folders.run, launch)) {
    const slot = kept === null ? 'own' : 'beside'
    await finishStart(deps, ctx, node, await place(deps, ctx, node, wanted, slot), launch)
  }
  return toStarted(deps, wanted, launch, record)
}

/** The launch of a start, whatever code was placed under it since; of several the one that lives. */
function launchOfStart({ table }: Deps, { run }: NodeFolders, key: string): Launch | null {
  const launches = launchesIn(run).filter((launch) => {
    const intent = readIntent(run, launch)
    return intent !== null && isSameStart(intent.key, key)
  })
  const isLive = (launch: Launch) => {
    const record = readPidRecord(run, launch)
    return record !== null && isAlive(table, record)
  }
  return launches.find(isLive) ?? launches[0] ?? null
}

/** Written once: when a start beside it is repeated, the `code` link points to the new code already. */
function noteBefore(folders: NodeFolders, launch: Launch): void {
  if (readBefore(folders.run)?.launch !== launch)
    writeBefore(folders.run, { launch, code: currentCode(folders) })
}

/** From now on one thing alone runs on the node, or nothing. */
function settle(deps: Deps, node: NodeRef, { run }: NodeFolders, launch: Launch | null): void {
  const port = launch === null ? null : (readPidRecord(run, launch)?.port ?? null)
  settlePorts(deps.root, node.id, port)
  writeBefore(run, null)
}

interface Live {
  readonly launch: Launch
  readonly record: PidRecord
}

/** The living process of this key, if it is also the one that should run. */
function findWanted(deps: Deps, folders: NodeFolders, key: string): Live | null {
  const live = findLive(deps, folders, key)
  return live !== null && readWanted(folders.run)?.launch === live.launch ? live : null
}

/** The living process that was started with this key. */
function findLive({ table }: Deps, folders: NodeFolders, key: string): Live | null {
  for (const launch of launchesIn(folders.run)) {
    const record = isLaunchOf(launch, key) ? readPidRecord(folders.run, launch) : null
    if (record !== null && isAlive(table, record)) return { launch, record }
  }
  return null
}

function forget({ table }: Deps, { run }: NodeFolders, kept: readonly (Launch | null)[]): void {
  forgetLaunches(run, kept, (record) => !isAlive(table, record))
}

function assertStartable({ command, environment, cwd }: Placement): void {
  assertProgramExists(command[0] ?? '', environment['PATH'] ?? '/usr/bin:/bin', cwd)
}

/** With the node's old process gone, whoever still listens on its port is a stranger: the node gets another one. */
async function withFreePort(
  deps: Deps,
  ctx: RuntimeContext,
  node: NodeRef,
  wanted: Wanted,
  placement: Placement,
  slot: PortSlot,
): Promise<Placement> {
  if (placement.port === null || (await isFree(deps.host, placement.port))) return placement
  // It is this very start, made by somebody else; the launcher will find that out.
  if (findWanted(deps, placement.folders, wanted.key) !== null) return placement
  ctx.log.warn(
    { nodeId: node.id, port: placement.port },
    'the port is taken by another program; choosing another',
  )
  const range = placement.settings.port === 'host' ? deps.portRange : placement.settings.port
  if (range === null) return placement
  releasePort(deps.root, node.id, slot)
  await reservePort({ root: deps.root, nodeId: node.id, host: deps.host, range, slot })
  return place(deps, ctx, node, wanted, slot)
}

function noteIntent(deps: Deps, wanted: Wanted, placement: Placement, launch: Launch): void {
  const { settings, folders, cwd, environment } = placement
  writeIntent(folders.run, launch, {
    key: wanted.key,
    at: deps.clock.now(),
    cwd,
    environment,
    hooks: settings.hooks,
    stopGraceSeconds: settings.stopGraceSeconds,
    preStopFailure: settings.preStopFailure,
    ...(settings.drain && { drain: settings.drain }),
    user: settings.user,
    command: placement.command,
  })
}

function launchOptions(
  deps: Deps,
  ctx: RuntimeContext,
  node: NodeRef,
  { settings, folders, cwd, environment, port, commandPrefix, command }: Placement,
  launch: Launch,
): LaunchOptions {
  return {
    nodeName: node.name,
    runDir: folders.run,
    launch,
    launcherArguments: buildLauncherArguments({
      runDir: folders.run,
      launch,
      bootId: deps.table.bootId,
      port,
      limits: settings.limits,
      command: [...commandPrefix, ...command],
    }),
    cwd,
    environment,
    outputLog: folders.outputLog,
    table: deps.table,
    exits: deps.exits,
    nodeId: node.id,
    clock: deps.clock,
    signal: ctx.signal,
  }
}

async function finishStart(
  deps: Deps,
  ctx: RuntimeContext,
  node: NodeRef,
  placement: Placement,
  launch: Launch,
): Promise<void> {
  await runPlacedHook(deps, ctx, node, placement, 'postStart')
  markReady(placement.folders.run, launch)
}

function toStarted(deps: Deps, wanted: Wanted, launch: Launch, { pid, port }: PidRecord): Started {
  return {
    handle: { version: 1, key: wanted.key, launch },
    physicalId: String(pid),
    endpoint: port === null ? null : { host: deps.host, port },
  }
}
