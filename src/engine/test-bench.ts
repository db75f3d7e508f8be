import { setTimeout as wait } from 'node:timers/promises'
import type { Balancers } from '../balancers/balancer.ts'
import { type Action, type ActionControl, type ActionName, NEW_ACTION, NO_CONTROL } from '../domain/action.ts'
import type { DriftRepair } from '../domain/drift.ts'
import type {
  ActionId,
  ClusterId,
  JsonObject,
  NodeId,
  PoolId,
  ProfileId,
  ProjectId,
  RevisionId,
  UpdateId,
} from '../domain/ids.ts'
import { followersOf } from '../domain/joining.ts'
import type { Node } from '../domain/node.ts'
import type { Revision } from '../domain/revision.ts'
import {
  DEFAULT_UPDATE_PARAMS,
  NO_PROGRESS,
  NO_UPDATE_CONTROL,
  type Update,
  type UpdateParams,
} from '../domain/update.ts'
import type { Runtime } from '../runtimes/runtime.ts'
import { createScriptedRuntime, createScriptedWorld, type ScriptedWorld } from '../runtimes/scripted/index.ts'
import { getAction, putActionControl, putActions } from '../store/actions.ts'
import { bumpIntent, findPool, getCluster, insertCluster, insertPool, patchPool } from '../store/clusters.ts'
import { listEvents } from '../store/events.ts'
import { loadNodes } from '../store/nodes.ts'
import { insertProject } from '../store/projects.ts'
import { insertRevision } from '../store/revisions.ts'
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts'
import type { Store } from '../store/store.ts'
import { getUpdate, insertUpdate, patchUpdate } from '../store/updates.ts'
import { systemClock } from '../system/clock.ts'
import { createIds } from '../system/ids.ts'
import { type Log, silentLog } from '../system/log.ts'
import { Engine } from './engine.ts'
import { createMachine, type Machine } from './test-machine.ts'

const clock = systemClock
const ids = createIds(clock.now)

let openStore: () => Promise<Store> = () => openSqliteStore({ path: ':memory:' })

/** Has every bench made from now on use such a store, unless it asks for a file: for suites that run on several. */
export function setBenchStore(open: () => Promise<Store>): void {
  openStore = open
}

/** An engine over scripted nodes and a real store, with just enough of the verbs to ask something of it. */
export interface Bench {
  readonly store: Store
  readonly world: ScriptedWorld
  readonly runtime: Runtime
  readonly clusterId: ClusterId
  readonly poolId: PoolId
  engine: Engine
  /** What the present engine runs on. */
  machine: Machine
  /** The largest number of pool nodes that did not serve at any commit since the last call of this. */
  takeWorst(): number
  revision(properties: JsonObject): Promise<Revision>
  ask(name: ActionName, fields?: Partial<Action>): Promise<Action>
  resize(desiredCapacity: number): Promise<Action>
  /** @param queued puts it behind those that are there, perhaps to take over from some of them */
  update(
    revision: Revision,
    params?: Partial<UpdateParams>,
    selection?: readonly NodeId[],
    queued?: { readonly supersedes?: readonly UpdateId[] },
  ): Promise<Update>
  control(id: UpdateId, change: (update: Update) => Partial<Update['control']>): Promise<void>
  /** Asks something of an action, as the verbs do. */
  steer(id: ActionId, control: Partial<ActionControl>): Promise<void>
  nodes(): Promise<Node[]>
  /** Waits until the nodes, by index, are so. */
  nodesAre(what: string, condition: (nodes: readonly Node[]) => boolean): Promise<Node[]>
  ended(action: Action): Promise<Action>
  finished(update: Update): Promise<Update>
  until(update: Update, condition: (update: Update) => boolean): Promise<Update>
  eventTypes(): Promise<string[]>
  restart(): Promise<void>
  /**
   * Kills the engine where it stands and starts another, as on the same data folder.
   * @param calls what becomes of the runtime calls that are under way
   */
  crash(calls: 'end' | 'go on'): Promise<void>
  /** Starts one more engine on the same store, as on another host, whose clock is so far ahead. */
  join(aheadMs?: number): Promise<{ readonly engine: Engine; readonly machine: Machine }>
  close(): Promise<void>
}

export async function createBench(options: {
  readonly size: number
  readonly properties?: JsonObject
  readonly path?: string
  readonly leaseMs?: number
  readonly pollMs?: number
  /** Default true; false for several engines at once. */
  readonly exclusive?: boolean
  readonly log?: Log
  readonly balancers?: Balancers
  readonly recoveryPercent?: number
  readonly driftCheckSeconds?: number
  readonly driftRepair?: DriftRepair
  /** Why nothing can start beside its nodes. Default: something can. */
  readonly whyNotBeside?: string
}): Promise<Bench> {
  const store = await (options.path === undefined ? openStore() : openSqliteStore({ path: options.path }))
  const world = createScriptedWorld({ now: clock.now })
  const runtime = {
    ...createScriptedRuntime({ clock, random: Math.random, world }),
    whyNotBeside: () => options.whyNotBeside ?? null,
  }
  const projectId = ids.next<ProjectId>()
  const clusterId = ids.next<ClusterId>()
  const poolId = ids.next<PoolId>()
  let worst = 0
  const running: { readonly engine: Engine; readonly machine: Machine }[] = []
  const startEngine = async (aheadMs = 0) => {
    const itsClock = { ...clock, now: () => clock.now() + aheadMs }
    const machine = createMachine({ store, clock: itsClock, runtime })
    const engine = new Engine({
      store: machine.store,
      clock: machine.clock,
      ids,
      log: options.log ?? silentLog,
      random: Math.random,
      runtimes: { scripted: machine.runtime },
      ...(options.balancers && { balancers: options.balancers }),
      driftCheckSeconds: options.driftCheckSeconds ?? 0,
      ...(options.recoveryPercent && { recoveryPercent: options.recoveryPercent }),
      host: 'bench',
      pid: process.pid,
      version: '0',
      leaseMs: options.leaseMs ?? 2000,
      pollMs: options.pollMs ?? 50,
      maxOperations: 64,
      maxChecks: 64,
      retention: { revisionsPerPool: 10, eventsMs: 1e9, actionsMs: 1e9, pruneBundles: async () => {} },
      exclusive: options.exclusive ?? true,
      onCommit: (changes) => {
        for (const patch of changes.updates.values())
          worst = Math.max(worst, patch.progress?.unavailable ?? 0)
      },
    })
    await engine.start()
    running.push({ engine, machine })
    return { engine, machine }
  }
  const makeRevision = (number: number, properties: JsonObject): Revision => {
    const resolved = runtime.resolve({
      version: '1.0',
      properties,
      manifest: null,
      nodeTemplate: {},
      initializationScript: null,
      hasCode: false,
    })
    return {
      id: ids.next<RevisionId>(),
      poolId,
      number,
      spec: {
        profile: { id: ids.next<ProfileId>(), name: 'p', type: 'scripted', version: '1.0' },
        code: null,
        settings: resolved.settings,
        healthCheck: resolved.healthCheck,
        nodeTemplate: {},
        version: null,
      },
      description: null,
      createdAt: clock.now(),
      createdBy: 'test',
    }
  }
  const newAction = (name: ActionName, fields: Partial<Action>): Action => ({
    ...NEW_ACTION,
    id: ids.next(),
    projectId,
    clusterId,
    poolId,
    name,
    inputs: {},
    createdBy: 'test',
    createdAt: clock.now(),
    ...fields,
  })
  const first = makeRevision(1, options.properties ?? {})
  const create = newAction('CLUSTER_CREATE', {})
  const now = clock.now()
  await store.write(async (tx) => {
    await insertProject(tx, { id: projectId, name: 'default', createdAt: now })
    await insertCluster(tx, {
      id: clusterId,
      projectId,
      name: 'web',
      status: 'Creating',
      statusReason: '',
      ...{
        kind: 'cluster',
        driftRepair: options.driftRepair ?? 'manual',
        config: {},
        timeoutSeconds: null,
        createdBy: 'test',
        firstReadyAt: null,
      },
      ...{ environmentId: null, attributes: {}, platform: null },
      metadata: {},
      createdAt: now,
      updatedAt: now,
      version: 1,
    })
    await insertPool(tx, {
      id: poolId,
      clusterId,
      projectId,
      name: 'DefaultPool',
      minSize: 0,
      maxSize: null,
      desiredCapacity: options.size,
      committedRevisionId: first.id,
      updateDefaults: {},
      nextNodeIndex: 1,
      nextRevisionNumber: 2,
      attributes: {},
      createdAt: now,
      updatedAt: now,
      version: 1,
    })
    await insertRevision(tx, first)
    await putActions(tx, [create])
  })

  const poll = async <T>(what: string, look: () => Promise<T | undefined>): Promise<T> => {
    const until = Date.now() + 20_000
    while (Date.now() < until) {
      const found = await look()
      if (found !== undefined) return found
      await wait(5)
    }
    throw new Error(`waited too long for ${what}`)
  }
  const firstEngine = await startEngine()
  const bench: Bench = {
    ...firstEngine,
    store,
    world,
    runtime,
    clusterId,
    poolId,
    takeWorst() {
      const result = worst
      worst = 0
      return result
    },
    async revision(properties) {
      return store.write(async (tx) => {
        const pool = await findPool(tx, clusterId, poolId)
        const revision = makeRevision(pool?.nextRevisionNumber ?? 0, properties)
        await insertRevision(tx, revision)
        await patchPool(tx, poolId, { nextRevisionNumber: revision.number + 1 })
        return revision
      })
    },
    async ask(name, fields = {}) {
      const action = newAction(name, fields)
      await store.write(async (tx) => {
        await putActions(tx, [action])
        await bumpIntent(tx, clusterId)
      })
      bench.engine.wake(clusterId)
      return action
    },
    async resize(desiredCapacity) {
      await store.write((tx) => patchPool(tx, poolId, { desiredCapacity }))
      return bench.ask('CLUSTER_RESIZE')
    },
    async update(revision, params = {}, selection, queued) {
      const pool = await store.read((tx) => findPool(tx, clusterId, poolId))
      const id = ids.next<UpdateId>()
      const action = newAction('CLUSTER_UPDATE', { updateId: id })
      const update: Update = {
        id,
        projectId,
        clusterId,
        poolId,
        actionId: action.id,
        type: 'Update',
        status: queued ? 'Queued' : 'Pending',
        because: 'accepted',
        params: { ...DEFAULT_UPDATE_PARAMS, ...params },
        selection: selection ?? null,
        fromRevisionId: pool?.committedRevisionId as RevisionId,
        toRevisionId: revision.id,
        direction: 'forward',
        control: { ...NO_UPDATE_CONTROL, supersedes: queued?.supersedes ?? [] },
        checkpointsPassed: 0,
        hold: null,
        progress: NO_PROGRESS,
        errors: [],
        errorsLeftOut: 0,
        attributes: {},
        description: null,
        createdBy: 'test',
        createdAt: clock.now(),
        startedAt: null,
        lastProgressAt: null,
        endedAt: null,
      }
      await store.write(async (tx) => {
        await insertUpdate(tx, update)
        await putActions(tx, [action])
        await bumpIntent(tx, clusterId)
      })
      bench.engine.wake(clusterId)
      return update
    },
    async control(id, change) {
      await store.write(async (tx) => {
        const update = (await getUpdate(tx, id)) as Update
        await patchUpdate(tx, id, { control: { ...update.control, ...change(update) } })
        await bumpIntent(tx, clusterId)
      })
      bench.engine.wake(clusterId)
    },
    async steer(id, control) {
      let asked: readonly ClusterId[] = []
      await store.write(async (tx) => {
        const action = await getAction(tx, id)
        await putActionControl(tx, id, { ...NO_CONTROL, ...action?.control, ...control })
        asked = action ? followersOf(action) : []
        for (const one of asked) await bumpIntent(tx, one)
      })
      for (const one of asked) bench.engine.wake(one)
    },
    nodes: () => store.read((tx) => loadNodes(tx, clusterId)),
    nodesAre: (what, condition) =>
      poll(`nodes: ${what}`, async () => {
        const nodes = await bench.nodes()
        return condition(nodes) ? nodes : undefined
      }),
    ended: (action) =>
      poll(`action ${action.name} to end`, async () => {
        const now = await store.read((tx) => getAction(tx, action.id))
        return now?.endedAt ? now : undefined
      }),
    finished: (update) => bench.until(update, (now) => now.endedAt !== null),
    until: (update, condition) =>
      poll(`update ${update.id}`, async () => {
        const now = await store.read((tx) => getUpdate(tx, update.id))
        return now && condition(now) ? now : undefined
      }),
    eventTypes: async () => {
      const page = await store.read((tx) => listEvents(tx, { clusterId }, { limit: 1000, sort: 'sequence' }))
      return page.items.map((event) => event.type)
    },
    async restart() {
      await bench.engine.stop()
      Object.assign(bench, await startEngine())
    },
    async crash(calls) {
      bench.machine.die()
      // It can neither write nor reach a runtime any more; this aborts the calls that it has made.
      if (calls === 'end') bench.engine.stop().catch(() => {})
      Object.assign(bench, await startEngine())
    },
    join: startEngine,
    async close() {
      for (const { engine, machine } of running) if (!machine.dead) await engine.stop()
      await store.close()
    },
  }
  await bench.ended(create)
  const cluster = await store.read((tx) => getCluster(tx, clusterId))
  if (!cluster) throw new Error('the bench has no cluster')
  return bench
}
