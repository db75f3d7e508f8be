import { setTimeout as wait } from 'node:timers/promises'
import { createBundleStore } from '../bundles/bundle-store.ts'
import { type Caller, type Control, createControl } from '../control/control.ts'
import { DroverError } from '../domain/errors.ts'
import type { JsonObject, ProjectId } from '../domain/ids.ts'
import type { PlatformVersion } from '../domain/platform-version.ts'
import { createScriptedRuntime, createScriptedWorld } from '../runtimes/scripted/index.ts'
import { insertProject } from '../store/projects.ts'
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts'
import { systemClock } from '../system/clock.ts'
import { createIds } from '../system/ids.ts'
import { silentLog } from '../system/log.ts'
import { Engine } from './engine.ts'

/** The verbs and an engine over one store, with a catalogue of scripted versions. */
export interface VersionBench {
  readonly control: Control
  readonly admin: Caller
  /** Polls for up to 20 seconds. */
  until<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T>
  /** Kills the engine without a word, and starts another. @param between what is done while there is none */
  restart(between?: () => Promise<void>): Promise<void>
  /** Nodes with these indexes cannot be removed from now on. */
  refuseRemovalOf(indexes: readonly number[]): void
  close(): Promise<void>
}

export async function createVersionBench(
  nodes: Readonly<Record<string, JsonObject>>,
  options: { readonly path: string; readonly rollbackMs?: number },
): Promise<VersionBench> {
  const clock = systemClock
  const ids = createIds(clock.now)
  const store = await openSqliteStore({ path: options.path })
  const world = createScriptedWorld({ now: clock.now })
  const scripted = createScriptedRuntime({ clock, random: Math.random, world })
  let unremovable: readonly number[] = []
  const runtime: typeof scripted = {
    ...scripted,
    async remove(ctx, node, ...more) {
      if (unremovable.includes(node.index)) throw new DroverError('runtime_failed', 'its host is away')
      await scripted.remove(ctx, node, ...more)
    },
  }
  const versions = Object.entries(nodes).map(
    ([version, properties], index, { length }): PlatformVersion => ({
      ...{ version, build: 'drover.1', patch: `${version}.0`, isDefault: index === length - 1 },
      ...{ releasedAt: 0, standardSupportEndsAt: null, extendedSupportEndsAt: null },
      profile: { type: 'scripted', properties },
    }),
  )
  const startEngine = async () => {
    const engine = new Engine({
      ...{ store, clock, ids, log: silentLog, random: Math.random, runtimes: { scripted: runtime } },
      ...{ host: 'bench', pid: process.pid, version: '0', leaseMs: 2000, pollMs: 50 },
      ...{ maxOperations: 64, maxChecks: 64, exclusive: true },
      retention: { revisionsPerPool: 10, eventsMs: 1e9, actionsMs: 1e9, pruneBundles: async () => {} },
    })
    await engine.start()
    return engine
  }
  let engine = await startEngine()
  const control = createControl({
    ...{ store, clock, ids, log: silentLog, runtimes: { scripted: runtime } },
    bundles: createBundleStore({ root: `${options.path}-bundles`, log: silentLog }),
    wake: (id) => engine.wake(id),
    forget: () => {},
    platform: { versions, rollbackMs: options.rollbackMs ?? 3600_000 },
  })
  const project = { id: ids.next<ProjectId>(), name: 'default', createdAt: clock.now() }
  await store.write((tx) => insertProject(tx, project))
  return {
    control,
    admin: {
      principal: { name: 'root', grants: [{ projectId: '*', role: 'administrator' }] },
      project: 'default',
    },
    async until(what, look) {
      const end = Date.now() + 20_000
      while (Date.now() < end) {
        const found = await look()
        if (found !== undefined && found !== false) return found
        await wait(5)
      }
      throw new Error(`waited too long for ${what}`)
    },
    async restart(between) {
      await engine.stop()
      await between?.()
      engine = await startEngine()
    },
    refuseRemovalOf(indexes) {
      unremovable = indexes
    },
    async close() {
      await engine.stop()
      await store.close()
    },
  }
}
