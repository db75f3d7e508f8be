import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { PassThrough } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import type { Log } from '../system/log.ts'
import { HttpRefusal } from './problem.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The body may take as long as it likes. */
    slowBody?: boolean
  }
}

/** The caller's own `X-Request-Id` if it is harmless to log and to echo, else a new one. */
export function requestIdOf(request: IncomingMessage): string {
  const given = request.headers['x-request-id']
  return typeof given === 'string' && /^[\w.:-]{1,128}$/.test(given) ? given : randomUUID()
}

/** Headers of every answer. */
export function useHeaders(app: FastifyInstance, options: { readonly tls: boolean }): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({
      'x-request-id': request.id,
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'cache-control': 'no-store',
      ...(options.tls && { 'strict-transport-security': 'max-age=31536000' }),
    })
  })
}

/**
 * Writes one line a request. Never headers, bodies or query strings: there is no secret to cut out of what was
 * not written.
 */
export function useRequestLog(app: FastifyInstance, log: Log): void {
  app.addHook('onResponse', async (request, reply) => {
    const { method, id } = request
    const fields = {
      requestId: id,
      method,
      path: request.url.split('?')[0],
      status: reply.statusCode,
      durationMs: Math.round(reply.elapsedTime),
      principal: request.principal?.name,
    }
    if (reply.statusCode >= 500) log.warn(fields, 'request failed')
    else log.debug(fields, 'request')
  })
}

/** Refuses bodies that trickle in: each holds a connection and a buffer. */
export function useBodyTimeout(app: FastifyInstance, timeoutMs: number): void {
  app.addHook('preParsing', async (request, reply, payload) => {
    if (request.routeOptions.config.slowBody === true || !hasBody(request.headers)) return payload
    const guarded = new PassThrough()
    const refusal = new HttpRefusal(
      408,
      'timed_out',
      `the request body did not arrive within ${timeoutMs} ms`,
    )
    const timer = setTimeout(() => {
      // The rest of the body is not worth waiting for, so the connection cannot be used again.
      reply.header('connection', 'close')
      guarded.destroy(refusal)
    }, timeoutMs)
    payload.once('end', () => clearTimeout(timer))
    reply.raw.once('close', () => clearTimeout(timer))
    payload.once('error', (error) => guarded.destroy(error))
    return payload.pipe(guarded)
  })
}

function hasBody(headers: IncomingMessage['headers']): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}
