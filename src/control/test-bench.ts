import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { ZipFile } from 'yazl'
import { createAuthenticator } from '../access/authenticator.ts'
import { createPasswords } from '../access/passwords.ts'
import { type BundleStore, createBundleStore } from '../bundles/bundle-store.ts'
import type { BundleFetcher } from '../bundles/fetcher.ts'
import { removeTree } from '../bundles/folders.ts'
import type { NodePool } from '../domain/cluster.ts'
import type { ClusterId, EpochMs, NodeId, ProjectId } from '../domain/ids.ts'
import type { Node } from '../domain/node.ts'
import type { Principal, Role } from '../domain/principal.ts'
import type { Update, UpdateStatus } from '../domain/update.ts'
import type { Runtime } from '../runtimes/runtime.ts'
import { createScriptedRuntime, createScriptedWorld } from '../runtimes/scripted/index.ts'
import { createKeyring, makeSecretKey } from '../secrets/keyring.ts'
import { patchPool } from '../store/clusters.ts'
import { listEvents } from '../store/events.ts'
import { putNodes } from '../store/nodes.ts'
import { insertProject } from '../store/projects.ts'
import { openRow } from '../store/sealed-columns.ts'
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts'
import type { Store } from '../store/store.ts'
import { patchUpdate } from '../store/updates.ts'
import type { Clock } from '../system/clock.ts'
import { createIds } from '../system/ids.ts'
import { silentLog } from '../system/log.ts'
import { type Caller, type Control, type ControlLimits, createControl } from './control.ts'

/** The verbs over a real database and real bundle files, with a clock that is turned by hand and no engine. */
export interface Bench {
  readonly store: Store
  readonly control: Control
  readonly files: BundleStore
  /** Of the database, and of `bundles`. */
  readonly folder: string
  readonly authenticator: ReturnType<typeof createAuthenticator>
  readonly projectId: ProjectId
  readonly clock: Clock
  /** Clusters whose engine was woken, in order. */
  readonly woken: ClusterId[]
  /** Addresses whose login was refused, in order. */
  readonly refused: string[]
  /** In project `default`. */
  readonly admin: Caller
  as(name: string, role: Role | null, key?: string): Caller
  turn(milliseconds: number): void
  /** Types and sentences of all events, oldest first. */
  events(): Promise<{ readonly type: string; readonly principal: string; readonly because: string }[]>
  everythingStored(): Promise<string>
  close(): Promise<void>
}

export async function createBench(
  options: {
    readonly limits?: Partial<ControlLimits>
    readonly runtimes?: readonly Runtime[]
    /** Default: a new SQLite database. */
    readonly store?: Store
    /** Default: no objects can be fetched. */
    readonly fetcher?: (files: BundleStore) => BundleFetcher
  } = {},
): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), 'drover-control-'))
  let now: EpochMs = Date.now()
  const clock: Clock = { now: () => now, after: () => () => {} }
  const ids = createIds(clock.now)
  const store =
    options.store ??
    (await openSqliteStore({ path: join(folder, 'drover.db'), sealer: createKeyring([makeSecretKey()]) }))
  const files = createBundleStore({ root: join(folder, 'bundles'), log: silentLog })
  const scripted = createScriptedRuntime({
    clock,
    random: Math.random,
    world: createScriptedWorld({ now: clock.now }),
  })
  const authenticator = createAuthenticator({ store, clock })
  const woken: ClusterId[] = []
  const refused: string[] = []
  const runtimes = [scripted, ...(options.runtimes ?? [])]
  const control = createControl({
    store,
    clock,
    ids,
    log: silentLog,
    runtimes: Object.fromEntries(runtimes.map((runtime) => [runtime.type, runtime])),
    bundles: files,
    ...(options.fetcher && { fetcher: options.fetcher(files) }),
    wake: (id) => woken.push(id),
    forget: (id) => authenticator.forget(id),
    refused: (address) => refused.push(address),
    passwords: createPasswords({ logN: 2, r: 1, p: 1 }),
    ...(options.limits && { limits: options.limits }),
  })
  const projectId = ids.next<ProjectId>()
  await store.write((tx) => insertProject(tx, { id: projectId, name: 'default', createdAt: now }))
  const callerOf = (principal: Principal, key?: string): Caller => ({
    principal,
    project: 'default',
    ...(key !== undefined && { idempotencyKey: key }),
  })
  return {
    store,
    control,
    files,
    folder,
    authenticator,
    projectId,
    clock,
    woken,
    refused,
    admin: callerOf({ name: 'root', grants: [{ projectId: '*', role: 'administrator' }] }),
    as: (name, role, key) => callerOf({ name, grants: role ? [{ projectId, role }] : [] }, key),
    turn(milliseconds) {
      now += milliseconds
    },
    async events() {
      const page = await store.read((tx) => listEvents(tx, {}, { limit: 1000, sort: 'sequence' }))
      return page.items.map(({ type, principal, because }) => ({ type, principal, because }))
    },
    everythingStored: () =>
      store.read(async (tx) =>
        JSON.stringify([
          await tx.selectFrom('events').selectAll().execute(),
          (await tx.selectFrom('client_tokens').selectAll().execute()).map((row) =>
            openRow(tx, 'client_tokens', row),
          ),
          await tx.selectFrom('actions').selectAll().execute(),
          await tx.selectFrom('api_keys').selectAll().execute(),
          await tx.selectFrom('users').selectAll().execute(),
          await tx.selectFrom('application_credentials').selectAll().execute(),
          await tx.selectFrom('access_keys').selectAll().execute(),
          await tx.selectFrom('tokens').selectAll().execute(),
        ]),
      ),
    async close() {
      await store.close()
      await removeTree(folder)
    },
  }
}

/** A zip with these files, as a stream. */
export function zipOf(files: Readonly<Record<string, string>>): Readable {
  const zip = new ZipFile()
  for (const [path, text] of Object.entries(files)) {
    zip.addBuffer(Buffer.from(text), path, { mtime: new Date(0), mode: 0o100644 })
  }
  zip.end()
  return Readable.from(zip.outputStream)
}

/** A profile and a cluster `web` of three nodes that the engine has not made yet. */
export async function createWeb({ control, admin }: Bench, size = 3) {
  await control.profiles.create(admin, { name: 'p', type: 'scripted', properties: {} })
  return await control.clusters.create(admin, { name: 'web', profile: 'p', size, minSize: 1, maxSize: 10 })
}

/** Writes the nodes that an engine would have made: running and healthy on the pool's committed revision. */
export async function makeNodes(bench: Bench, pool: NodePool, count: number): Promise<readonly Node[]> {
  const now = bench.clock.now()
  const nodes = Array.from({ length: count }, (_, at): Node => {
    const index = at + 1
    return {
      id: `00000000-0000-7000-8000-${pool.id.slice(-6)}${String(index).padStart(6, '0')}` as NodeId,
      projectId: pool.projectId,
      clusterId: pool.clusterId,
      poolId: pool.id,
      name: `${pool.name}-${index}`,
      index,
      status: 'Running',
      statusReason: 'runs',
      health: 'Healthy',
      revisionId: pool.committedRevisionId,
      attempt: 1,
      actionId: null,
      physicalId: null,
      endpoint: null,
      handle: null,
      metadata: {},
      data: {},
      drift: null,
      driftReason: null,
      driftAt: null,
      availableSince: now,
      role: '',
      tainted: false,
      createdBy: 'test',
      firstReadyAt: null,
      moves: 0,
      writtenAtIntent: 0,
      createdAt: now,
      updatedAt: now,
    }
  })
  await bench.store.write((tx) => putNodes(tx, nodes))
  return nodes
}

/** Ends an update as its engine would. */
export async function endUpdate(bench: Bench, update: Update, status: UpdateStatus): Promise<void> {
  await bench.store.write(async (tx) => {
    await patchUpdate(tx, update.id, { status, because: 'test ended it', endedAt: bench.clock.now() })
    if (status === 'Successful')
      await patchPool(tx, update.poolId, { committedRevisionId: update.toRevisionId })
  })
}
