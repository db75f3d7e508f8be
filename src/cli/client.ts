import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { type Clock, sleep } from '../system/clock.ts'
import { CliError } from './cli-error.ts'
import type { Connection } from './connection.ts'
import { EXIT } from './exit-codes.ts'
import { type HttpRequest, readBody, sendRequest, type Upload } from './http.ts'
import { parseProblem, problemError } from './problem.ts'

/** Parameters of a query; an array repeats the name, undefined leaves it out. */
export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>

export interface Page<T> {
  readonly items: readonly T[]
  /** Null at the end; some short lists are always whole, and do without. */
  readonly nextCursor?: string | null
}

const MAX_TRIES = 5
const MAX_RETRY_AFTER_MS = 30_000

/**
 * The REST API, as the commands use it. What the server says is temporary (429, 503) is tried again as it
 * asks; each POST carries an idempotency key, so that trying again never does a thing twice.
 */
export class Client {
  readonly connection: Connection
  readonly #clock: Clock
  readonly #signal: AbortSignal

  /** @param signal ends every request, with its reason */
  constructor(connection: Connection, clock: Clock, signal: AbortSignal) {
    this.connection = connection
    this.#clock = clock
    this.#signal = signal
  }

  get<T>(path: string, query: Query = {}): Promise<T> {
    return this.#json<T>({ method: 'GET', path: withQuery(path, query) })
  }

  post<T>(path: string, body: object = {}): Promise<T> {
    return this.#json<T>({ method: 'POST', path, ...withBody(body) })
  }

  put<T>(path: string, body: object): Promise<T> {
    return this.#json<T>({ method: 'PUT', path, ...withBody(body) })
  }

  /** @param version the version that was read: refused if the thing was changed since then; absent: whatever it is */
  patch<T>(path: string, body: object, version?: number): Promise<T> {
    const { body: text, headers } = withBody(body)
    return this.#json<T>({
      method: 'PATCH',
      path,
      body: text,
      headers: version === undefined ? headers : { ...headers, 'if-match': `"${version}"` },
    })
  }

  delete<T>(path: string, query: Query = {}): Promise<T> {
    return this.#json<T>({ method: 'DELETE', path: withQuery(path, query) })
  }

  /** @param open makes the stream anew for each try */
  upload<T>(path: string, query: Query, open: () => Promise<Upload>): Promise<T> {
    const headers = { 'content-type': 'application/zip' }
    return this.#json<T>({ method: 'POST', path: withQuery(path, query), headers, body: open })
  }

  /** An answer that is read as it comes; `signal` ends it. */
  async stream(
    path: string,
    query: Query,
    headers: Record<string, string>,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    const both = AbortSignal.any([signal, this.#signal])
    return this.#send({ method: 'GET', path: withQuery(path, query), headers, signal: both })
  }

  async #json<T>(request: HttpRequest): Promise<T> {
    const response = await this.#send({
      ...request,
      headers: { accept: 'application/json', ...request.headers },
      signal: this.#signal,
    })
    const text = await readBody(response, this.connection)
    if (text === '') return undefined as T
    try {
      return JSON.parse(text) as T
    } catch (cause) {
      throw new CliError(EXIT.unexpected, `${this.connection.server.origin} did not answer with JSON`, {
        cause,
        hint: 'is this address really that of a Drover server?',
      })
    }
  }

  /** Sends, tries again what may be tried again, and throws what was refused. */
  async #send(request: HttpRequest): Promise<IncomingMessage> {
    const key = request.method === 'POST' ? { 'idempotency-key': randomUUID() } : {}
    const keyed = { ...request, headers: { ...request.headers, ...key } }
    for (let tries = 1; ; tries++) {
      const response = await sendRequest(this.connection, keyed)
      const status = response.statusCode ?? 0
      if (status >= 200 && status < 300) return response
      const problem = parseProblem(
        response.headers['content-type'],
        await readBody(response, this.connection),
      )
      const retryMs = retryAfterMs(status, response.headers['retry-after'], problem.retryable, tries)
      if (retryMs === null || tries >= MAX_TRIES)
        throw problemError(status, problem, request.path, this.connection)
      await sleep(this.#clock, retryMs, this.#signal)
    }
  }
}

/**
 * A path whose parts were escaped: `urlPath\`/clusters/${name}\``.
 * @throws CliError if a part is empty or `.` or `..`, which would name another resource
 */
export function urlPath(texts: TemplateStringsArray, ...parts: readonly (string | number)[]): string {
  return texts.reduce((path, text, index) => {
    const part = String(parts[index - 1])
    if (/^\.{0,2}$/.test(part)) throw new CliError(EXIT.usage, `"${part}" is not a name or an id`)
    return `${path}${encodeURIComponent(part)}${text}`
  })
}

function withQuery(path: string, query: Query): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue
    for (const one of typeof value === 'object' ? value : [value]) search.append(name, String(one))
  }
  return search.size === 0 ? path : `${path}?${search}`
}

function withBody(body: object): { readonly body: string; readonly headers: Record<string, string> } {
  return { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
}

/** How long to wait before the next try; null if there shall be none. */
function retryAfterMs(
  status: number,
  header: string | undefined,
  retryable: boolean | undefined,
  tries: number,
): number | null {
  if (status !== 429 && status !== 503) return null
  if (header === undefined) return retryable === true ? 200 * 2 ** tries : null
  const seconds = Number(header)
  const waitMs = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - Date.now()
  return Number.isNaN(waitMs) || waitMs > MAX_RETRY_AFTER_MS ? null : Math.max(0, waitMs)
}
