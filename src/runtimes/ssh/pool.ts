import { createHash } from 'node:crypto'
import type { Duplex } from 'node:stream'
import type { Clock } from '../../system/clock.ts'
import { Slots } from '../../system/slots.ts'
import { type Connection, connectTo } from './client.ts'
import { hostId, routeOf, type Target } from './inventory.ts'
import type { HostSettings } from './settings.ts'

/** An sshd takes ten sessions on a connection, unless its settings say otherwise. */
const SESSIONS_PER_CONNECTION = 8

export interface PoolOptions {
  readonly clock: Clock
  /** Most connections open at once, jump hosts not counted. */
  readonly maxConnections: number
  /** How long an unused connection is kept. */
  readonly idleMs: number
  readonly connectTimeoutMs: number
}

/** What there is to know of host keys, for one node's project. */
export interface KnownKeys {
  /** The key that is expected; null for none. */
  expected(route: string, given: string | null): Promise<string | null>
  /** @throws RuntimeFailedError if it is not the right key */
  verify(route: string, host: HostSettings, key: Buffer): Promise<void>
}

interface Entry {
  readonly connecting: Promise<Connection>
  readonly sessions: Slots
  inUse: number
  /** Gives back the place among the connections. */
  leave: () => void
  cancelIdle: () => void
}

/**
 * Connections to hosts, shared by all that is done there: bounded in number, kept for a while when nothing uses them,
 * and made anew when they break.
 */
export class Pool {
  readonly #options: PoolOptions
  readonly #entries = new Map<string, Entry>()
  readonly #places: Slots

  constructor(options: PoolOptions) {
    this.#options = options
    this.#places = new Slots(options.maxConnections)
  }

  /**
   * Does something over a connection to the host. What is idempotent and met a connection that turned out to be broken
   * is done once more over a new one.
   * @param scope who knows the host's keys: connections are not shared beyond it
   * @throws RuntimeFailedError when the host cannot be reached; the signal's reason when it is aborted
   */
  async use<T>(
    target: Target,
    scope: { readonly name: string; readonly keys: KnownKeys },
    signal: AbortSignal,
    work: (connection: Connection) => Promise<T>,
  ): Promise<T> {
    const name = nameOf(scope.name, target)
    for (let attempt = 1; ; attempt += 1) {
      const wasThere = this.#entries.has(name)
      const entry = this.#entries.get(name) ?? (await this.#open(name, target, scope.keys, signal))
      entry.inUse += 1
      entry.cancelIdle()
      try {
        const release = await entry.sessions.take(signal)
        try {
          const connection = await orAborted(entry.connecting, signal)
          try {
            return await work(connection)
          } catch (error) {
            if (connection.isOpen || !wasThere || attempt > 1 || signal.aborted) throw error
          }
        } finally {
          release()
        }
      } finally {
        entry.inUse -= 1
        if (entry.inUse === 0) this.#keepForAWhile(name, entry)
      }
    }
  }

  close(): void {
    for (const [name, entry] of [...this.#entries]) this.#end(name, entry)
  }

  async #open(name: string, target: Target, keys: KnownKeys, signal: AbortSignal): Promise<Entry> {
    const leave = await this.#takePlace(signal)
    const known = this.#entries.get(name)
    if (known) {
      leave()
      return known
    }
    const connecting = this.connect(target, keys)
    const entry: Entry = {
      ...{ connecting, sessions: new Slots(SESSIONS_PER_CONNECTION), inUse: 0 },
      ...{ leave, cancelIdle: () => {} },
    }
    this.#entries.set(name, entry)
    connecting.then(
      (connection) => connection.onClose(() => this.#forget(name, entry)),
      () => this.#forget(name, entry),
    )
    return entry
  }

  /** Where all are taken, one that nothing uses makes room. */
  async #takePlace(signal: AbortSignal): Promise<() => void> {
    if (this.#entries.size >= this.#options.maxConnections) {
      const idle = [...this.#entries].find(([, { inUse }]) => inUse === 0)
      if (idle) this.#end(...idle)
    }
    return await this.#places.take(signal)
  }

  /** A connection that is nobody else's, to be closed by whoever asked. */
  async connect(target: Target, keys: KnownKeys): Promise<Connection> {
    const { host, jumpHost } = target
    if (jumpHost === null) return await this.#login(routeOf(target), host, keys)
    const jumpRoute = hostId(jumpHost.address, jumpHost.port)
    const jump = await this.#login(jumpRoute, jumpHost, keys)
    try {
      const through = await jump.forward(host.address, host.port)
      const connection = await this.#login(routeOf(target), host, keys, through)
      connection.onClose(() => jump.close())
      jump.onClose(() => connection.close())
      return connection
    } catch (error) {
      jump.close()
      throw error
    }
  }

  async #login(route: string, host: HostSettings, keys: KnownKeys, through?: Duplex): Promise<Connection> {
    return await connectTo({
      host,
      knownKey: await keys.expected(route, host.hostKey),
      verify: (key) => keys.verify(route, host, key),
      ...(through && { through }),
      timeoutMs: this.#options.connectTimeoutMs,
    })
  }

  #keepForAWhile(name: string, entry: Entry): void {
    if (this.#entries.get(name) !== entry) return
    entry.cancelIdle()
    entry.cancelIdle = this.#options.clock.after(this.#options.idleMs, () => this.#end(name, entry))
  }

  #end(name: string, entry: Entry): void {
    this.#forget(name, entry)
    entry.connecting.then(
      (connection) => connection.close(),
      () => {},
    )
  }

  #forget(name: string, entry: Entry): void {
    entry.cancelIdle()
    if (this.#entries.get(name) !== entry) return
    this.#entries.delete(name)
    entry.leave()
  }
}

/** Of secrets only a hash. */
function nameOf(scope: string, target: Target): string {
  return createHash('sha256')
    .update(JSON.stringify([scope, target]))
    .digest('hex')
}

/** A connection that others wait for as well goes on being made. */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted()
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}
