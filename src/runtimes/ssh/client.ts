import type { Duplex } from 'node:stream'
import type { ClientChannel, ConnectConfig } from 'ssh2'
import { RuntimeFailedError } from '../../domain/errors.ts'
import { hostId } from './inventory.ts'
import { algorithmsOf } from './keys.ts'
import { loadSsh2 } from './load-ssh2.ts'
import type { HostSettings } from './settings.ts'

/** How often a quiet connection is asked whether it is still there, and how often it may not answer. */
const KEEPALIVE_MS = 5000
const KEEPALIVE_MISSES = 3

export interface ConnectOptions {
  readonly host: HostSettings
  /** The key that the host must show, if one is known: only algorithms of its type are offered. */
  readonly knownKey: string | null
  /** Says whether a key is the right one. What it throws is why the connection fails. */
  readonly verify: (key: Buffer) => Promise<void>
  /** A way through another host; absent: straight there. */
  readonly through?: Duplex
  readonly timeoutMs: number
}

/** One login on one host, over which many commands run side by side. */
export interface Connection {
  exec(command: string): Promise<ClientChannel>
  /** A stream to an address that the host reaches. */
  forward(address: string, port: number): Promise<Duplex>
  /**
   * Calls back once, when the connection is no more, however it ended.
   * @returns the end of the subscription
   */
  onClose(listener: () => void): () => void
  readonly isOpen: boolean
  close(): void
}

/** @throws RuntimeFailedError saying which host could not be reached and why; what `verify` throws */
export async function connectTo(options: ConnectOptions): Promise<Connection> {
  const { host, timeoutMs, through } = options
  const client = new (loadSsh2().Client)()
  const listeners = new Set<() => void>()
  let isOpen = false
  let refused: unknown
  const config: ConnectConfig = {
    ...(through ? { sock: through } : { host: host.address, port: host.port }),
    username: host.user,
    readyTimeout: timeoutMs,
    keepaliveInterval: KEEPALIVE_MS,
    keepaliveCountMax: KEEPALIVE_MISSES,
    ...(host.privateKey !== null && { privateKey: host.privateKey }),
    ...(host.passphrase !== null && { passphrase: host.passphrase }),
    ...(host.password !== null && { password: host.password, tryKeyboard: true }),
    hostVerifier: (key: Buffer, verify: (valid: boolean) => void) => {
      options.verify(key).then(
        () => verify(true),
        (error: unknown) => {
          refused = error
          verify(false)
        },
      )
    },
  }
  const types = options.knownKey === null ? undefined : algorithmsOf(options.knownKey)
  if (types) config.algorithms = { serverHostKey: types as never }

  await new Promise<void>((resolve, reject) => {
    client.on('keyboard-interactive', (_name, _instructions, _language, prompts, finish) =>
      finish(prompts.map(() => host.password ?? '')),
    )
    client.on('ready', () => {
      isOpen = true
      resolve()
    })
    client.on('error', (error) => reject(refused ?? describe(error, host)))
    client.on('close', () => {
      isOpen = false
      reject(refused ?? lost(host))
      for (const listener of listeners) listener()
      listeners.clear()
    })
    client.connect(config)
  }).catch((error: unknown) => {
    client.destroy()
    throw error
  })

  return {
    exec: (command) =>
      new Promise((resolve, reject) => {
        // Too late, and it would never be answered.
        if (!isOpen) return reject(lost(host))
        const fail = () => reject(lost(host))
        listeners.add(fail)
        client.exec(command, (error, channel) => {
          listeners.delete(fail)
          if (error) reject(describe(error, host))
          else resolve(channel)
        })
      }),
    forward: (address, port) =>
      new Promise((resolve, reject) => {
        if (!isOpen) return reject(lost(host))
        client.forwardOut('127.0.0.1', 0, address, port, (error, stream) => {
          if (error) reject(describe(error, host, `cannot lead to ${hostId(address, port)}`))
          else resolve(stream)
        })
      }),
    onClose: (listener) => {
      if (isOpen) listeners.add(listener)
      else listener()
      return () => listeners.delete(listener)
    },
    get isOpen() {
      return isOpen
    },
    close: () => client.destroy(),
  }
}

function lost({ address, port }: HostSettings): RuntimeFailedError {
  return new RuntimeFailedError(`host ${hostId(address, port)}: the connection was lost`, { retryable: true })
}

/** Nothing that was given to log in is in the message. */
function describe(
  error: Error & { level?: string; code?: string },
  host: HostSettings,
  what?: string,
): Error {
  const name = `host ${hostId(host.address, host.port)}`
  const cause = { cause: error }
  if (error.level === 'client-authentication') {
    const by = [host.privateKey !== null && 'key', host.password !== null && 'password'].filter(Boolean)
    return new RuntimeFailedError(
      `${name} does not let user ${host.user} in by ${by.join(' or ')}: see that what the profile gives is right, and allowed there`,
      cause,
    )
  }
  const retryable = { ...cause, retryable: true }
  if (error.level === 'client-timeout')
    return new RuntimeFailedError(`${name} does not answer in time`, retryable)
  if (error.code === 'ECONNREFUSED')
    return new RuntimeFailedError(`${name} refuses connections: is its sshd running?`, retryable)
  return new RuntimeFailedError(`${name}: ${what ?? 'cannot be reached'}: ${error.message}`, retryable)
}
