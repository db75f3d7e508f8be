import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Registry } from 'prom-client'
import { createAccessKeys } from '../../src/access/access-keys.ts'
import { ensureAdministrator } from '../../src/access/administrator.ts'
import { createAuthenticator } from '../../src/access/authenticator.ts'
import { createServer } from '../../src/api/server.ts'
import { createBundleStore } from '../../src/bundles/bundle-store.ts'
import { resolveConfig } from '../../src/config/config.ts'
import { type Caller, type Control, createControl } from '../../src/control/control.ts'
import type { ActionId, ClusterId, JsonObject, UpdateId } from '../../src/domain/ids.ts'
import type { Changes } from '../../src/engine/changes.ts'
import { Engine } from '../../src/engine/engine.ts'
import type { Runtime } from '../../src/runtimes/runtime.ts'
import { createScriptedRuntime, createScriptedWorld } from '../../src/runtimes/scripted/index.ts'
import { takeSecretKeys } from '../../src/secrets/key-file.ts'
import { openPostgresStore } from '../../src/store/postgres/postgres-store.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import type { Store } from '../../src/store/store.ts'
import { systemClock as clock } from '../../src/system/clock.ts'
import { createIds } from '../../src/system/ids.ts'
import { silentLog as log } from '../../src/system/log.ts'

/** Where the database is: a folder for SQLite, or a URL. */
export type Database = { readonly folder: string; readonly url?: string }

/** Drover as `drover serve` wires it, in this process, over scripted nodes. */
export interface Plane {
  readonly store: Store
  readonly control: Control
  readonly caller: Caller
  /** Has `listener` called after each commit of the engine. */
  onCommit(listener: (changes: Changes) => void): void
  /** Resolves once the engine has written the end of this. @returns when it did, of `performance.now()` */
  ended(id: ActionId | UpdateId): Promise<number>
  createNodes(cluster: string, count: number, properties?: JsonObject): Promise<void>
  /** Serves the REST API. @returns its address and an administrator's key file */
  serve(): Promise<{ readonly url: string; readonly keyFile: string }>
  close(): Promise<void>
}

/** @param wrap puts something around the scripted runtime */
export async function openPlane(
  database: Database,
  wrap: (runtime: Runtime) => Runtime = (same) => same,
): Promise<Plane> {
  const { folder } = database
  mkdirSync(folder, { recursive: true })
  const ids = createIds(clock.now)
  const { keyring: sealer } = takeSecretKeys({ given: [], file: join(folder, 'secret.key') })
  const store = database.url
    ? await openPostgresStore({ url: database.url, log, sealer })
    : await openSqliteStore({ path: join(folder, 'drover.db'), sealer })
  const bundles = createBundleStore({ root: join(folder, 'bundles'), ids, log })
  // What the world remembers of the past is no part of Drover's memory.
  const world = createScriptedWorld({ now: clock.now, historyLimit: 100 })
  const runtimes = { scripted: wrap(createScriptedRuntime({ clock, random: Math.random, world })) }
  const authenticator = createAuthenticator({ store, clock })
  const keyFile = join(folder, 'admin.key')
  await ensureAdministrator({ store, clock, ids, log }, { file: keyFile })

  let wake: (id: ClusterId) => void = () => {}
  const control = createControl({
    ...{ store, clock, ids, log, runtimes, bundles },
    wake: (id) => wake(id),
    forget: (id) => authenticator.forget(id),
  })
  const listeners: ((changes: Changes) => void)[] = []
  const ends = createEnds()
  const engine = new Engine({
    ...{ store, clock, ids, log, runtimes },
    ...{ random: Math.random, host: 'bench', pid: process.pid, version: '0' },
    // As src/config/settings.ts has them.
    ...{ leaseMs: 5000, pollMs: 1000, maxOperations: 64, maxChecks: 256 },
    retention: {
      revisionsPerPool: 10,
      eventsMs: 90 * 86_400_000,
      actionsMs: 30 * 86_400_000,
      pruneBundles: async () => {},
    },
    exclusive: database.url === undefined,
    onCommit(changes) {
      ends.note(changes)
      for (const listener of listeners) listener(changes)
    },
  })
  await engine.start()
  wake = (id) => engine.wake(id)
  const caller: Caller = {
    principal: { name: 'bench', grants: [{ projectId: '*', role: 'administrator' }] },
    project: 'default',
  }
  let closeServer = async () => {}
  return {
    store,
    control,
    caller,
    onCommit: (listener) => listeners.push(listener),
    ended: ends.wait,
    async createNodes(cluster, count, properties = {}) {
      const profile = `for-${cluster}`
      await control.profiles.create(caller, { name: profile, type: 'scripted', properties })
      const { action } = await control.clusters.create(caller, { name: cluster, profile, size: count })
      await ends.wait(action.id)
    },
    async serve() {
      const server = await createServer({
        ...{ control, store, clock, log, version: '0', metrics: new Registry() },
        authenticate: authenticator.authenticate,
        authenticateToken: authenticator.authenticateToken,
        accessKeys: createAccessKeys({ store, clock, log, note() {} }),
        config: resolveConfig({
          flags: {},
          env: {},
          file: null,
          host: { folder, home: folder, isRoot: false },
        }),
        engineHealth: () => ({ healthy: engine.isLive, because: 'asked' }),
        freeBytes: async () => 1024 ** 3,
        changes: { subscribe: () => () => {} },
      })
      closeServer = async () => void (await server.close())
      const url = await server.listen({ host: '127.0.0.1', port: 0 })
      return { url, keyFile }
    },
    async close() {
      await closeServer()
      await engine.stop()
      await store.close()
    },
  }
}

/** Remembers which actions and updates have ended, and tells who waits. */
function createEnds() {
  const ended = new Map<string, number>()
  const waiting = new Map<string, (at: number) => void>()
  const end = (id: string) => {
    const at = performance.now()
    const tell = waiting.get(id)
    if (tell) tell(at)
    else ended.set(id, at)
    waiting.delete(id)
  }
  return {
    note({ actions, updates }: Changes): void {
      for (const { id, endedAt, nodeId } of actions.values()) if (endedAt !== null && nodeId === null) end(id)
      for (const [id, { endedAt }] of updates) if (endedAt) end(id)
    },
    wait: (id: string) =>
      new Promise<number>((resolve) => {
        const at = ended.get(id)
        if (at === undefined) waiting.set(id, resolve)
        else resolve(at)
      }),
  }
}
