import type { IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Readable } from 'node:stream'
import { rootCertificates } from 'node:tls'
import { http } from '../system/http.ts'
import { CliError } from './cli-error.ts'
import type { Connection } from './connection.ts'
import { EXIT } from './exit-codes.ts'

/** Bytes to send; `sizeBytes` is null when only sending them will tell. */
export interface Upload {
  readonly stream: Readable
  readonly sizeBytes: number | null
}

/** One HTTP request. `path` is below the server's address and escaped already. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | (() => Promise<Upload>)
  readonly signal?: AbortSignal | undefined
}

/**
 * Sends a request and answers with the response once its headers are there; the body is still to be read.
 * Redirects are not followed: the key must not go where nobody sent it.
 * @throws CliError `notReachable` if there is no connection, `timedOut` after a silence of `timeoutMs`
 */
export async function sendRequest(connection: Connection, request: HttpRequest): Promise<IncomingMessage> {
  const upload = typeof request.body === 'function' ? await request.body() : null
  const length = upload?.sizeBytes ?? null
  const url = new URL(connection.server)
  const split = request.path.indexOf('?')
  const path = split === -1 ? request.path : request.path.slice(0, split)
  url.pathname = `${url.pathname.replace(/\/$/, '')}${path}`
  url.search = split === -1 ? '' : request.path.slice(split)
  const send = url.protocol === 'https:' ? httpsRequest : http.request
  return new Promise((resolve, reject) => {
    const outgoing = send(
      url,
      {
        method: request.method,
        agent: false,
        headers: {
          ...(connection.apiKey === null ? {} : { authorization: `Bearer ${connection.apiKey}` }),
          ...(length === null ? {} : { 'content-length': String(length) }),
          ...request.headers,
        },
        ...(connection.caCertificates === null
          ? {}
          : { ca: [...rootCertificates, connection.caCertificates] }),
        ...(request.signal === undefined ? {} : { signal: request.signal }),
      },
      (response) => {
        // From here on whoever reads the body decides how long a silence may be: a followed log is silent for hours.
        outgoing.setTimeout(0)
        resolve(response)
      },
    )
    outgoing.setTimeout(connection.timeoutMs, () => outgoing.destroy(silenceError(connection)))
    outgoing.on('error', (error) => {
      reject(request.signal?.aborted ? request.signal.reason : toCliError(error, connection))
    })
    if (upload !== null) {
      upload.stream.on('error', (error) => outgoing.destroy(error))
      outgoing.on('close', () => upload.stream.destroy())
      upload.stream.pipe(outgoing)
    } else outgoing.end(request.body as string | undefined)
  })
}

/**
 * Reads a body as text.
 * @throws CliError `notReachable` if the connection breaks, `timedOut` after a silence of `timeoutMs`
 */
export async function readBody(response: IncomingMessage, connection: Connection): Promise<string> {
  response.setTimeout(connection.timeoutMs, () => response.destroy(silenceError(connection)))
  response.setEncoding('utf8')
  let text = ''
  try {
    for await (const chunk of response) text += chunk
  } catch (error) {
    throw toCliError(error, connection)
  }
  return text
}

function silenceError(connection: Connection): CliError {
  return new CliError(
    EXIT.timedOut,
    `no answer from ${connection.server.origin} within ${connection.timeoutMs / 1000} s`,
    { hint: 'is the server overloaded? Try again, or allow more with --request-timeout 2m' },
  )
}

/** Says in plain words what went wrong below HTTP. */
export function toCliError(error: unknown, connection: Connection): CliError {
  if (error instanceof CliError) return error
  const code = codeOf(error)
  const server = connection.server.origin
  if (code === 'ECONNREFUSED') {
    return new CliError(EXIT.notReachable, `nothing listens at ${server}`, {
      cause: error,
      hint: 'start the server with: drover serve   (or name another one with --server or DROVER_SERVER)',
    })
  }
  if (CERTIFICATE_ERROR.test(code)) {
    return new CliError(EXIT.notReachable, `the certificate of ${server} is not trusted: ${code}`, {
      cause: error,
      hint: 'name the certificate authority with --ca-cert file.pem',
    })
  }
  const message = error instanceof Error && error.message !== '' ? error.message : code
  return new CliError(EXIT.notReachable, `cannot reach ${server}: ${message}`, {
    cause: error,
    hint: 'check --server or DROVER_SERVER, and that the server runs',
  })
}

const CERTIFICATE_ERROR = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/

// With several addresses for a name, Node wraps one error for each; the first speaks for them.
function codeOf(error: unknown): string {
  if (error instanceof AggregateError) return codeOf(error.errors[0])
  const code = (error as { readonly code?: unknown } | null)?.code
  return typeof code === 'string' ? code : ''
}
