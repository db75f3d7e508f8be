import type { RequestListener, Server, ServerOptions } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { http } from '../system/http.ts'
import type { ServerLimits } from './limits.ts'

/** Certificate and key, as PEM. */
export interface Tls {
  readonly cert: string | Buffer
  readonly key: string | Buffer
}

/** The socket side of the server, with its limits against clients that are slow on purpose. */
export function createSocketServer(handler: RequestListener, limits: ServerLimits, tls?: Tls): Server {
  const options: ServerOptions = {
    headersTimeout: limits.headersTimeoutMs,
    // Counts the body as well, and an upload may take hours: bodies have a guard of their own.
    requestTimeout: 0,
    keepAliveTimeout: 72_000,
    connectionsCheckingInterval: Math.min(limits.headersTimeoutMs, 5000),
    maxHeaderSize: 16 * 1024,
  }
  // An HTTPS server has all that Fastify and we ask of an HTTP server; only the types are strangers.
  const server = tls
    ? (createHttpsServer({ ...options, ...tls, minVersion: 'TLSv1.2' }, handler) as unknown as Server)
    : http.createServer(options, handler)
  server.maxConnections = limits.maxConnections
  server.timeout = limits.idleTimeoutMs
  return server
}
