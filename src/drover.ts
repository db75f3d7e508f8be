import { chmodSync, closeSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { Counter, Registry } from 'prom-client'
import { createAccessKeys } from './access/access-keys.ts'
import { ensureAdministrator } from './access/administrator.ts'
import { type Authenticator, createAuthenticator } from './access/authenticator.ts'
import { createRefusals, type Refusals } from './access/refusals.ts'
import type { Authenticate } from './api/caller.ts'
import { createGatewayServer, createServer, type ServerDeps } from './api/server.ts'
import { createBalancers } from './balancers/index.ts'
import { type BundleStore, createBundleStore } from './bundles/bundle-store.ts'
import { type BundleFetcher, createBundleFetcher } from './bundles/fetcher.ts'
import { createS3Source } from './bundles/s3/index.ts'
import { type Environment, pickVariables } from './config/environment.ts'
import type { ListenAddress } from './config/listen.ts'
import { withProfiles } from './config/platform-nodes.ts'
import type { Config } from './config/settings.ts'
import { createControl } from './control/control.ts'
import { createMessageConsumer } from './control/message-consumer.ts'
import { InvalidSpecError, UnauthenticatedError } from './domain/errors.ts'
import type { ClusterId, ReceiverId } from './domain/ids.ts'
import type { Sealer } from './domain/sealer.ts'
import type { Changes } from './engine/changes.ts'
import { Engine } from './engine/engine.ts'
import { gateways } from './gateways/index.ts'
import { createRuntimes } from './runtimes/index.ts'
import { createScriptedWorld, type ScriptedWorld } from './runtimes/scripted/index.ts'
import { existingResources } from './runtimes/simulated/index.ts'
import { prepareSecrets } from './secrets/admit-keys.ts'
import { takeSecretKeys } from './secrets/key-file.ts'
import { createHostDirectory } from './store/node-hosts.ts'
import { isPostgresUrl } from './store/postgres/address.ts'
import { lockFolder } from './store/sqlite/folder-lock.ts'
import { openSqliteStore } from './store/sqlite/sqlite-store.ts'
import type { Store } from './store/store.ts'
import { type Clock, systemClock } from './system/clock.ts'
import { freeBytesOf } from './system/disk.ts'
import { createIds } from './system/ids.ts'
import type { Log } from './system/log.ts'
import { createOutbound } from './system/outbound.ts'

export interface DroverOptions {
  readonly config: Config
  readonly version: string
  readonly log: Log
  /** This program's own environment. */
  readonly env: Environment
  /** Adds nodes that only pretend: the runtime `scripted`, and those of other platforms. */
  readonly simulate: boolean
  readonly resetAdminKey: boolean
}

/** The whole program, listening. */
export interface Drover {
  /** Where the API is, as a client has to write it. */
  readonly url: string
  /** Where gateways with a listener of their own are, by name. */
  readonly gatewayUrls: ReadonlyMap<string, string>
  readonly adminKeyFile: string
  /** Ends everything but the nodes. */
  close(): Promise<void>
}

const DAY_MS = 24 * 3600_000

/**
 * Builds the real things and wires them together: the only place that knows which ones there are.
 * @throws DroverError when the data folder, the database or the address cannot be had
 */
export async function startDrover(options: DroverOptions): Promise<Drover> {
  const { config, log, version } = options
  checkGatewayNames(config)
  makeDataFolder(config.data)
  const isShared = isPostgresUrl(config.database)
  /** What was begun, to be ended in the reverse order, also when a later beginning fails. */
  const endings: (() => Promise<void> | void)[] = []
  const close = async () => {
    for (const end of endings.splice(0).reverse()) await end()
  }
  try {
    // Servers that share a database may share the folder as well: on one host they have to, to run the same nodes.
    if (!isShared) {
      const lock = lockFolder(config.data)
      endings.push(() => lock.release())
    }
    const clock = systemClock
    const ids = createIds(clock.now)
    const notices = createNotices()
    const keys = takeSecretKeys({ given: config.secret.key, file: config.secret.keyFile })
    const store = withNotice(await openDatabase(config, log, keys.keyring), notices.notify)
    endings.push(() => store.close())
    await prepareSecrets(store, keys, { now: clock.now, log })
    const bundles = createBundleStore({
      root: join(config.data, 'bundles'),
      limits: config.bundles,
      ids,
      log,
    })
    await bundles.sweep()
    const fetcher = createFetcher(config, bundles, log)
    endings.push(() => fetcher?.close())
    const runtimes = createRuntimes({
      process: {
        root: join(config.data, 'nodes'),
        code: bundles,
        clock,
        log,
        environment: pickVariables(options.env, config.process.passEnvironment),
        portRange: { from: config.process.portFrom, to: config.process.portTo },
        host: config.process.host,
        logRotation: config.process.logs,
        interpreters: config.process.interpreters,
      },
      ssh: {
        directory: createHostDirectory(store, clock.now),
        code: bundles,
        clock,
        maxConnections: config.ssh.maxConnections,
        idleMs: config.ssh.idleSeconds * 1000,
        connectTimeoutMs: config.ssh.connectTimeoutSeconds * 1000,
      },
      ...(options.simulate && {
        scripted: { clock, random: Math.random, world: createSimulatedWorld(clock) },
      }),
    })
    endings.push(() => runtimes.close())
    const authenticator = createAuthenticator({ store, clock })
    const refusals = createRefusals({ store, clock, ids, log })
    const accessKeys = createAccessKeys({ store, clock, log, note: refusals.note })
    const adminKeyFile = join(config.data, 'admin.key')
    await ensureAdministrator(
      { store, clock, ids, log },
      { file: adminKeyFile, reset: options.resetAdminKey },
    )

    let wake: (id: ClusterId) => void = () => {}
    let mailed: (id: ReceiverId) => void = () => {}
    const control = createControl({
      store,
      clock,
      ids,
      log,
      runtimes: runtimes.byType,
      bundles,
      ...(fetcher && { fetcher }),
      wake: (id) => wake(id),
      forget(id) {
        authenticator.forget(id)
        accessKeys.forget(id)
      },
      refused: refusals.note,
      messagesSent: (id) => mailed(id),
      platform: {
        versions: withProfiles(config.platform.versions, options.simulate),
        rollbackMs: config.platform.rollbackHours * 3600_000,
      },
      limits: {
        maxClustersPerProject: config.clusters.maxPerProject,
        maxEnvironmentsPerProject: config.environments.maxPerProject,
        maxBundleBytes: config.bundles.maxArchiveBytes,
        maxBucketsPerProject: config.buckets.maxPerProject,
        maxVersionsPerBucket: config.buckets.maxVersions,
        maxBucketBytesPerProject: config.buckets.maxBytesPerProject,
        tokenLifetimeSeconds: config.tokens.lifetimeSeconds,
        maxTriggersPerMinute: config.receivers.triggersPerMinute,
        maxWaitingMessages: config.receivers.maxWaitingMessages,
        healthMinIntervalSeconds: config.policies.healthMinIntervalSeconds,
      },
    })
    const metrics = new Registry()
    const outbound = createOutbound(config.outbound.allow)
    const engine = new Engine({
      store,
      clock,
      ids,
      log,
      random: Math.random,
      runtimes: runtimes.byType,
      balancers: createBalancers({
        clock,
        haproxySocket: config.balancers.haproxySocket,
        outbound,
        simulate: options.simulate,
      }),
      outbound,
      recoveryPercent: config.policies.recoveryPercent,
      driftCheckSeconds: config.drift.checkSeconds,
      host: hostname(),
      pid: process.pid,
      version,
      leaseMs: config.engine.leaseSeconds * 1000,
      pollMs: config.engine.pollSeconds * 1000,
      maxOperations: config.engine.maxOperations,
      maxChecks: config.engine.maxChecks,
      retention: {
        revisionsPerPool: config.retention.revisions.keep,
        eventsMs: config.retention.eventsDays * DAY_MS,
        actionsMs: config.retention.actionsDays * DAY_MS,
        pruneBundles: (now) =>
          control.pruneBundles({
            before: now - config.retention.bundles.unusedForDays * DAY_MS,
            keep: config.retention.bundles.keepVersions,
          }),
      },
      exclusive: !isShared,
      onCommit: countNodeActions(metrics),
    })
    await engine.start()
    endings.push(() => engine.stop())
    wake = (id) => engine.wake(id)
    store.listen?.((id) => {
      notices.notify()
      if (id !== null) wake(id)
    })

    const consumer = createMessageConsumer({ control, store, clock, log })
    endings.push(() => consumer.close())
    mailed = (id) => consumer.wake(id)

    const gatewayUrls = new Map<string, string>()
    const serverDeps: ServerDeps = {
      control,
      authenticate: withRefusals(authenticator.authenticate, refusals),
      authenticateToken: withRefusals(authenticator.authenticateToken, refusals),
      accessKeys,
      config,
      store,
      clock,
      log,
      engineHealth: () => ({
        healthy: engine.isLive,
        because: engine.isLive ? 'its lease is fresh' : 'its lease could not be renewed in time',
      }),
      freeBytes: () => freeBytesOf(config.data),
      metrics,
      changes: notices,
      version,
      ...readTls(config),
      limits: {
        maxBodyBytes: config.http.maxBodyBytes,
        bodyTimeoutMs: config.http.requestTimeoutSeconds * 1000,
        maxRequestsPerSecond: config.http.rateLimitPerSecond,
        maxBundleBytes: config.bundles.maxArchiveBytes,
      },
      metricsAccess: config.http.metricsAuth ? 'key' : 'open',
      gateways,
      publicUrl: config.publicUrl,
      gatewayListeners: () => gatewayUrls,
    }
    const server = createServer(serverDeps)
    endings.push(() => server.close())
    const url = await listen(server, config.listen, config)
    for (const [name, address] of Object.entries(config.listen.gateways)) {
      const own = createGatewayServer(serverDeps, name, server)
      endings.push(() => own.close())
      gatewayUrls.set(name, await listen(own, address, config))
    }
    return { url, gatewayUrls, adminKeyFile, close }
  } catch (error) {
    await close()
    throw error
  }
}

function createFetcher({ s3 }: Config, bundles: BundleStore, log: Log): BundleFetcher | undefined {
  const { endpoint, region, forcePathStyle } = s3
  if (endpoint === null && region === null) return undefined
  return createBundleFetcher({
    source: createS3Source({
      endpoint,
      region,
      forcePathStyle: forcePathStyle ?? endpoint !== null,
      idleMs: s3.idleSeconds * 1000,
    }),
    bundles,
    timeoutMs: s3.timeoutSeconds * 1000,
    maxAtOnce: s3.maxFetches,
    buckets: s3.buckets,
    log,
  })
}

/** A world with something in it to be adopted. */
function createSimulatedWorld({ now }: Clock): ScriptedWorld {
  const world = createScriptedWorld({ now })
  for (const thing of existingResources()) world.addExisting(thing)
  return world
}

/** Nodes may run as other users and must reach their files through it, so others may pass but not look. */
function makeDataFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o711 })
}

async function openDatabase(config: Config, log: Log, sealer: Sealer): Promise<Store> {
  const { database: path, databasePasswordFile: passwordFile, databaseConnections: poolSize } = config
  if (isPostgresUrl(path)) {
    // Its client is loaded by those that use it.
    const { openPostgresStore } = await import('./store/postgres/postgres-store.ts')
    return openPostgresStore({ url: path, passwordFile, poolSize, log, sealer })
  }
  // Made by us first: the database and its companions take over these permissions.
  closeSync(openSync(path, 'a', 0o600))
  chmodSync(path, 0o600)
  return openSqliteStore({ path, sealer })
}

function checkGatewayNames({ listen: { gateways: listeners } }: Config): void {
  const known = gateways.map(({ name }) => name)
  const unknown = Object.keys(listeners).find((name) => !known.includes(name))
  if (unknown === undefined) return
  throw new InvalidSpecError('listen', `there is no gateway "${unknown}"; known are ${known.join(', ')}`)
}

async function listen(server: FastifyInstance, address: ListenAddress, { tls }: Config): Promise<string> {
  await server.listen({ host: address.host, port: address.port })
  const bound = server.server.address()
  const port = typeof bound === 'object' && bound !== null ? bound.port : address.port
  const host = address.host.includes(':') ? `[${address.host}]` : address.host
  return `${tls.cert === null ? 'http' : 'https'}://${host}:${port}`
}

function readTls({ tls }: Config): { tls?: { cert: Buffer; key: Buffer } } {
  if (tls.cert === null || tls.key === null) return {}
  return { tls: { cert: readFileSync(tls.cert), key: readFileSync(tls.key) } }
}

/** Tells who waits for news that something was committed in this process. */
function createNotices() {
  const listeners = new Set<() => void>()
  return {
    subscribe(listener: () => void): () => void {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    notify(): void {
      for (const listener of listeners) listener()
    },
  }
}

function withNotice(store: Store, notify: () => void): Store {
  return {
    read: (work) => store.read(work),
    async write(work, options) {
      const result = await store.write(work, options)
      notify()
      return result
    },
    ...(store.listen && { listen: (onNews) => store.listen?.(onNews) }),
    ...(store.version && { version: () => store.version?.() as number }),
    close: () => store.close(),
  }
}

function countNodeActions(metrics: Registry): (changes: Changes) => void {
  const counter = new Counter({
    name: 'drover_node_actions_total',
    help: 'Node actions that have ended, by name and status.',
    labelNames: ['name', 'status'],
    registers: [metrics],
  })
  return (changes) => {
    for (const { nodeId, endedAt, name, status } of changes.actions.values()) {
      if (nodeId !== null && endedAt !== null) counter.inc({ name, status })
    }
  }
}

/** Every refusal is an event, also of those whom nobody knows. */
function withRefusals(authenticate: Authenticator['authenticate'], { note }: Refusals): Authenticate {
  return async (credential, address = 'an unknown address') => {
    try {
      return await authenticate(credential)
    } catch (error) {
      if (error instanceof UnauthenticatedError) note(address)
      throw error
    }
  }
}
