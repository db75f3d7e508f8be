import { existsSync, readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { messageOf } from '../../domain/errors.ts'
import type { JsonObject, NodeId } from '../../domain/ids.ts'
import type { Clock } from '../../system/clock.ts'
import type { Log } from '../../system/log.ts'
import { defaultInterpreters, type Interpreters } from '../command-line.ts'
import type {
  CodeSource,
  DetectsDrift,
  KeepsLogs,
  PerformsOperations,
  PlacesCode,
  Runtime,
  StartsBeside,
  TellsChanges,
} from '../runtime.ts'
import { propertiesSchema, resolveSettings, whyNotBeside } from './config.ts'
import { findDrift } from './drift.ts'
import { Exits } from './exits.ts'
import { placeCode, prepare, remove, retire, start, stop } from './lifecycle.ts'
import { type LogRotation, readLog, rotateLog } from './log-files.ts'
import { observe } from './observe.ts'
import { operations, perform } from './operations.ts'
import type { Deps } from './placement.ts'
import type { PortRange } from './ports.ts'
import { createProcessTable } from './process-table.ts'
import { forgetRemovals } from './term.ts'
import { foldersOf } from './translate.ts'

export interface ProcessRuntimeOptions {
  /** Folder in which each node has a folder. */
  readonly root: string
  readonly code: CodeSource
  readonly clock: Clock
  readonly log: Log
  /** Drover's own variables, from which nodes get those that their profile lists. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Ports for nodes that ask for one. Default 20000 to 29999. */
  readonly portRange?: PortRange
  /** The address at which nodes serve and are checked. Default 127.0.0.1. */
  readonly host?: string
  /** Default: at 10 MiB, with 5 old files kept. */
  readonly logRotation?: LogRotation
  /** Added to the default ones, and stronger: `{ '.py': ['/opt/python/bin/python3'] }`. */
  readonly interpreters?: Interpreters
}

export interface ProcessRuntime
  extends Runtime,
    PlacesCode,
    StartsBeside,
    DetectsDrift,
    KeepsLogs,
    TellsChanges,
    PerformsOperations {
  /** Rotates the logs that are too large. Done every 10 seconds without being called. */
  rotate(): void
  /** Ends the runtime's own timer. Nodes are not touched. */
  close(): void
}

const ROTATE_EVERY_MS = 10_000
const REMEMBER_REMOVALS_MS = 24 * 3600_000
const DEFAULT_ROTATION: LogRotation = { maxBytes: 10 * 1024 * 1024, keep: 5 }

/** Nodes as processes of this host's operating system. They live on when Drover ends, however it ends. */
export function createProcessRuntime(options: ProcessRuntimeOptions): ProcessRuntime {
  const { clock, log } = options
  const rotation = options.logRotation ?? DEFAULT_ROTATION
  const deps: Deps = {
    root: resolve(options.root),
    code: options.code,
    clock,
    host: options.host ?? '127.0.0.1',
    portRange: options.portRange ?? { from: 20_000, to: 29_999 },
    interpreters: { ...defaultInterpreters(process.execPath), ...options.interpreters },
    environment: options.environment,
    table: createProcessTable(),
    exits: new Exits(),
  }

  const rotate = () => {
    forgetRemovals(deps.root, clock.now() - REMEMBER_REMOVALS_MS)
    for (const nodeId of nodeIdsIn(deps.root)) {
      try {
        rotateLog(foldersOf(deps.root, nodeId).outputLog, rotation)
      } catch (error) {
        log.warn({ nodeId, reason: messageOf(error) }, 'cannot rotate the log of a node')
      }
    }
  }
  let cancelTimer = () => {}
  const rotateLater = () => {
    cancelTimer = clock.after(ROTATE_EVERY_MS, () => {
      rotate()
      rotateLater()
    })
  }
  rotateLater()

  return {
    type: 'process',
    versions: ['1.0'],
    propertiesSchema: propertiesSchema as unknown as JsonObject,
    resolve: (input) => resolveSettings(input, deps.interpreters),
    prepare: (ctx, node, wanted) => prepare(deps, ctx, node, wanted),
    start: (ctx, node, wanted) => start(deps, ctx, node, wanted),
    stop: (ctx, node) => stop(deps, ctx, node),
    remove: (ctx, node) => remove(deps, ctx, node),
    observe: (ctx, node, handle, check) => observe(deps, ctx, node, handle, check),
    whyNotBeside,
    startBeside: (ctx, node, wanted, kept) => start(deps, ctx, node, wanted, kept),
    retire: (ctx, node, kept) => retire(deps, ctx, node, kept),
    findDrift: (ctx, node, handle, wanted) => findDrift(deps, ctx, node, handle, wanted),
    placeCode: (ctx, node, wanted) => placeCode(deps, ctx, node, wanted),
    logs: (node, logOptions) =>
      readLog(foldersOf(deps.root, node.id).outputLog, logOptions, clock, rotation.keep),
    operations,
    perform: (ctx, node, _handle, request) => perform(deps, ctx, node, request),
    tellsOf: (id) => deps.exits.tellsOf(id),
    onChange: (listener) => deps.exits.onChange(listener),
    rotate,
    close: () => cancelTimer(),
  }
}

function nodeIdsIn(root: string): NodeId[] {
  if (!existsSync(root)) return []
  return readdirSync(root).filter((name) => !name.startsWith('.')) as NodeId[]
}
