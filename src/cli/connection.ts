import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { defaultDataFolder } from '../config/data-folder.ts'
import { DEFAULT_LISTEN, isLoopback } from '../config/listen.ts'
import { UsageError } from './cli-error.ts'
import type { Io } from './io.ts'

/** Where the server is unless told otherwise: where `drover serve` listens by itself. */
export const DEFAULT_SERVER = `http://${DEFAULT_LISTEN.host}:${DEFAULT_LISTEN.port}`

/** The options that every command takes. */
export interface GlobalOptions {
  readonly server?: string
  readonly apiKeyFile?: string
  readonly project?: string
  readonly caCert?: string
  /** Milliseconds. */
  readonly requestTimeout: number
  readonly output: 'table' | 'json' | 'yaml'
  readonly color: boolean
}

/** Which server is spoken to, as whom, about which project. */
export interface Connection {
  readonly server: URL
  readonly apiKey: string | null
  /** Where the key came from or was looked for, for hints. Never the key. */
  readonly apiKeySource: string
  readonly project: string
  /** PEM certificates that are trusted beside the usual ones. */
  readonly caCertificates: string | null
  /** The longest silence of the server before a request is given up. */
  readonly timeoutMs: number
}

/**
 * Puts a connection together: options, then environment, then defaults.
 * @throws UsageError if an address or a file cannot be used
 */
export function resolveConnection(options: GlobalOptions, io: Io): Connection {
  const server = parseServer(options.server ?? given(io, 'DROVER_SERVER') ?? DEFAULT_SERVER)
  return {
    server,
    ...findApiKey(options, server, io),
    project: options.project ?? given(io, 'DROVER_PROJECT') ?? 'default',
    caCertificates: options.caCert === undefined ? null : readText(options.caCert, '--ca-cert'),
    timeoutMs: options.requestTimeout,
  }
}

/** Whether only this machine can be meant: then a key may travel unencrypted, and the local administrator's is used. */
export function isLocal(server: URL): boolean {
  return isLoopback(server.hostname.replace(/^\[|\]$/g, ''))
}

function parseServer(text: string): URL {
  const server = URL.canParse(text) ? new URL(text) : null
  if (server === null || !['http:', 'https:'].includes(server.protocol)) {
    throw new UsageError(
      `server "${text}" is not an http or https address`,
      `for example: --server ${DEFAULT_SERVER}`,
    )
  }
  return server
}

function findApiKey(
  options: GlobalOptions,
  server: URL,
  io: Io,
): Pick<Connection, 'apiKey' | 'apiKeySource'> {
  if (options.apiKeyFile !== undefined) {
    return { apiKey: readText(options.apiKeyFile, '--api-key-file').trim(), apiKeySource: options.apiKeyFile }
  }
  const key = given(io, 'DROVER_API_KEY')
  if (key !== undefined) return { apiKey: key.trim(), apiKeySource: 'DROVER_API_KEY' }
  // The administrator's key of this machine's server is nobody else's business.
  if (!isLocal(server)) return { apiKey: null, apiKeySource: 'neither --api-key-file nor DROVER_API_KEY' }
  const host = { isRoot: io.isRoot, home: io.homeFolder }
  const file = join(given(io, 'DROVER_DATA') ?? defaultDataFolder(io.env, host), 'admin.key')
  try {
    return { apiKey: readFileSync(file, 'utf8').trim(), apiKeySource: file }
  } catch {
    return { apiKey: null, apiKeySource: `neither --api-key-file, nor DROVER_API_KEY, nor ${file}` }
  }
}

function given(io: Io, name: string): string | undefined {
  const value = io.env[name]
  return value === '' ? undefined : value
}

function readText(file: string, option: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new UsageError(`${option}: ${error instanceof Error ? error.message : String(error)}`)
  }
}
