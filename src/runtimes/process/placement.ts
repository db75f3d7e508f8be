import {
  chmodSync,
  existsSync,
  lchownSync,
  mkdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { join } from 'node:path'
import { RuntimeFailedError } from '../../domain/errors.ts'
import type { LifecycleHooks } from '../../domain/revision.ts'
import type { Clock } from '../../system/clock.ts'
import { buildCommand, type Interpreters } from '../command-line.ts'
import type { CodeSource, NodeRef, RuntimeContext, Wanted } from '../runtime.ts'
import type { Exits } from './exits.ts'
import type { Owner } from './hook-scripts.ts'
import { runHook } from './hooks.ts'
import { type PortRange, type PortSlot, reservePort } from './ports.ts'
import type { ProcessTable } from './process-table.ts'
import { ownerOf, resolveUser } from './programs.ts'
import { makeRunDir } from './run-state.ts'
import { readSettings, type Settings } from './settings.ts'
import { buildEnvironment, foldersOf, type NodeFolders } from './translate.ts'

/** What all parts of the runtime share. */
export interface Deps {
  readonly root: string
  readonly code: CodeSource
  readonly clock: Clock
  readonly host: string
  readonly portRange: PortRange
  readonly interpreters: Interpreters
  /** Drover's own variables, from which nodes get those on their list. */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly table: ProcessTable
  readonly exits: Exits
}

/** A revision made concrete for one node on this host. */
export interface Placement {
  readonly settings: Settings
  readonly folders: NodeFolders
  /** The unpacked bundle; null without code. */
  readonly codeDir: string | null
  /** The code's real folder, so that relative paths in it work and stay what they are when the link moves on. */
  readonly cwd: string
  readonly port: number | null
  readonly environment: Readonly<Record<string, string>>
  readonly commandPrefix: readonly string[]
  /** Who it runs as, if that is another user than Drover's. */
  readonly owner: Owner | null
  readonly command: readonly string[]
}

/**
 * Makes the node's folders, unpacks the code, reserves the port. Disturbs nothing that runs.
 * @param slot which of the node's ports it is for
 */
export async function place(
  deps: Deps,
  ctx: RuntimeContext,
  node: NodeRef,
  wanted: Wanted,
  slot: PortSlot = 'own',
): Promise<Placement> {
  const { root, host } = deps
  const folders = makeFolders(root, node)
  const settings = readSettings(wanted.spec.settings)
  const { code } = wanted.spec
  const codeDir = code === null ? null : await deps.code.unpacked(code.digest, ctx.signal)
  const script = code?.initializationScript ?? null
  if (codeDir !== null && script !== null && !existsSync(join(codeDir, script))) {
    throw new RuntimeFailedError(`bundle ${code?.bundle} has no file "${script}" to start with`)
  }
  const range = settings.port === 'host' ? deps.portRange : settings.port
  const port = range === null ? null : await reservePort({ root, nodeId: node.id, host, range, slot })
  const user = settings.user === null ? null : await resolveUser(settings.user)
  const owner = ownerOf(user)
  if (owner !== null) openFor(owner, root, folders)
  return {
    settings,
    folders,
    codeDir,
    cwd: codeDir ?? folders.work,
    port,
    environment: buildEnvironment({ own: deps.environment, settings, node, wanted, folders, host, port }),
    commandPrefix: user?.prefix ?? [],
    owner,
    command: buildCommand(settings, code, deps.interpreters),
  }
}

/** Lets a node's user reach what is its own, and look at nothing else on the way there. */
function openFor({ uid, gid }: Owner, root: string, { node, work }: NodeFolders): void {
  // Whoever made them first may have made them for Drover alone.
  for (const folder of [root, node]) chmodSync(folder, 0o711)
  lchownSync(work, uid, gid)
}

/** Points the node's `code` link at its code in one step; whoever follows it sees the old or the new. */
export function switchCode(folders: NodeFolders, codeDir: string | null): void {
  if (codeDir === null) {
    rmSync(folders.code, { force: true })
    return
  }
  const next = `${folders.code}.next`
  rmSync(next, { force: true })
  symlinkSync(codeDir, next)
  renameSync(next, folders.code)
}

/** Where the `code` link points now. */
export function currentCode(folders: NodeFolders): string | null {
  try {
    return readlinkSync(folders.code)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

/** Runs one of the wanted revision's hooks. */
export function runPlacedHook(
  deps: Deps,
  ctx: RuntimeContext,
  node: NodeRef,
  placement: Placement,
  name: keyof LifecycleHooks,
): Promise<void> {
  const { settings, folders, cwd, environment, commandPrefix, owner } = placement
  return runHook({
    name,
    hooks: settings.hooks,
    nodeId: node.id,
    cwd,
    environment,
    commandPrefix,
    owner,
    hooksDir: folders.hooks,
    runDir: folders.run,
    outputLog: folders.outputLog,
    table: deps.table,
    clock: deps.clock,
    signal: ctx.signal,
  })
}

function makeFolders(root: string, node: NodeRef): NodeFolders {
  const folders = foldersOf(root, node.id)
  mkdirSync(folders.work, { recursive: true })
  mkdirSync(folders.logs, { recursive: true, mode: 0o700 })
  makeRunDir(folders.run)
  return folders
}
