import { randomUUID } from 'node:crypto'
import type { Clock } from '../../system/clock.ts'
import type {
  CodeSource,
  DescribesProperties,
  DetectsDrift,
  KeepsLogs,
  LetsGo,
  LogOptions,
  NodeRef,
  PlacesCode,
  Runtime,
} from '../runtime.ts'
import { checkProfile, propertiesSchema, resolveSettings } from './config.ts'
import type { HostDirectory } from './directory.ts'
import { readScript } from './exec.ts'
import { letGo } from './leftovers.ts'
import { placeCode, prepare, remove, start, stop } from './lifecycle.ts'
import { findDrift, observe } from './observe.ts'
import { Pool } from './pool.ts'
import { properties } from './profile.ts'
import { buildScript } from './script.ts'
import { commonValues, type Deps, find, scopeOf, Turns } from './site.ts'

export type { HostDirectory } from './directory.ts'

export interface SshRuntimeOptions {
  readonly directory: HostDirectory
  readonly code: CodeSource
  readonly clock: Clock
  /** Most connections open at once. Default 256. */
  readonly maxConnections?: number
  /** How long an unused connection is kept. Default a minute. */
  readonly idleMs?: number
  /** How long connecting and logging in may take. Default 10 s. */
  readonly connectTimeoutMs?: number
}

export interface SshRuntime
  extends Runtime,
    PlacesCode,
    DetectsDrift,
    KeepsLogs,
    LetsGo,
    DescribesProperties {
  /** Closes all connections. Nodes are not touched. */
  close(): void
}

/** Nodes as programs on hosts that are reached over SSH. They live on when Drover ends, however it ends. */
export function createSshRuntime(options: SshRuntimeOptions): SshRuntime {
  const { directory, code, clock } = options
  const pool = new Pool({
    clock,
    maxConnections: options.maxConnections ?? 256,
    idleMs: options.idleMs ?? 60_000,
    connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
  })
  const deps: Deps = { directory, code, clock, pool, instance: randomUUID(), turns: new Turns() }
  return {
    type: 'ssh',
    versions: ['1.0'],
    properties,
    propertiesSchema,
    checkProfile: (version, given) => void checkProfile(version, given),
    resolve: resolveSettings,
    prepare: (ctx, node, wanted) => prepare(deps, ctx, node, wanted),
    start: (ctx, node, wanted) => start(deps, ctx, node, wanted),
    stop: (ctx, node) => stop(deps, ctx, node),
    remove: (ctx, node) => remove(deps, ctx, node),
    letGo: (ctx, node) => letGo(deps, ctx, node),
    observe: (ctx, node, _handle, check) => observe(deps, ctx, node, check),
    findDrift: (ctx, node) => findDrift(deps, ctx, node),
    placeCode: (ctx, node, wanted) => placeCode(deps, ctx, node, wanted),
    logs: (node, logOptions) => readLogs(deps, node, logOptions),
    close: () => pool.close(),
  }
}

async function* readLogs(
  deps: Deps,
  node: NodeRef,
  { tailLines, follow, signal }: LogOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const site = await find(deps, node)
  if (site === null) return
  const script = buildScript('logs', {
    ...commonValues(deps, { term: 0 }, site),
    d_lines: tailLines ?? '+1',
    d_follow: follow ? 1 : 0,
  })
  // A connection of its own: those that follow would hold the sessions of the one that all else is done over.
  const connection = await deps.pool.connect(site.target, scopeOf(deps, site).keys)
  try {
    yield* readScript(connection, { script, sudo: site.target.sudo, signal })
  } finally {
    connection.close()
  }
}
