import { connect } from 'node:net'
import type { HealthCheck, Readiness } from '../domain/health-check.ts'
import type { Endpoint } from '../domain/node.ts'
import { http } from '../system/http.ts'

export const DEFAULT_CHECK_TIMEOUT_SECONDS = 2

export interface ProbeResult {
  readonly passing: boolean
  /** A sentence for people: `GET http://127.0.0.1:20001/health answered 503`. */
  readonly detail: string
}

/**
 * Carries out an HTTP or TCP check once, against the node's endpoint or the check's own port on that host.
 * HTTP passes on 200 to 399; redirects are not followed and connections are not kept.
 * Never rejects for what the node does; only with the signal's reason.
 */
export function probe(
  check: Extract<HealthCheck, { type: 'http' | 'tcp' }>,
  endpoint: Endpoint | null,
  host: string,
  signal: AbortSignal,
): Promise<ProbeResult> {
  const port = check.port ?? endpoint?.port
  if (port === undefined) return Promise.resolve({ passing: false, detail: 'the node has no port to check' })
  const target = { host: endpoint?.host ?? host, port }
  const timeoutSeconds = check.timeoutSeconds ?? DEFAULT_CHECK_TIMEOUT_SECONDS
  return check.type === 'http'
    ? probeHttp(target, check.path, timeoutSeconds, signal)
    : probeTcp(target, timeoutSeconds, signal)
}

/** What a node that passed its check says of its readiness: the part of {@link Observed} that tells of it. */
export async function askReadiness(
  { readiness }: HealthCheck,
  passed: ProbeResult,
  endpoint: Endpoint | null,
  host: string,
  signal: AbortSignal,
): Promise<ProbeResult & { readonly ready?: boolean }> {
  if (!passed.passing || readiness === undefined) return passed
  const { passing, detail } = await probeReadiness(readiness, endpoint, host, signal)
  return {
    passing: true,
    ready: passing,
    detail: passing ? passed.detail : `works, but is not ready: ${detail}`,
  }
}

/** Asks once whether a node is ready. Never rejects for what the node does; only with the signal's reason. */
export function probeReadiness(
  { path, port, timeoutSeconds }: Readiness,
  endpoint: Endpoint | null,
  host: string,
  signal: AbortSignal,
): Promise<ProbeResult> {
  const timing = timeoutSeconds === undefined ? {} : { timeoutSeconds }
  return probe({ type: 'http', path, ...(port !== undefined && { port }), ...timing }, endpoint, host, signal)
}

function probeHttp(
  { host, port }: Endpoint,
  path: string,
  timeoutSeconds: number,
  signal: AbortSignal,
): Promise<ProbeResult> {
  const url = `http://${addressOf(host, port)}${path}`
  return withLimit(timeoutSeconds, signal, (settle) => {
    const fail = (error: Error) =>
      settle({ passing: false, detail: `GET ${url}: ${wordsFor(error, host, port)}` })
    const socket = connect({ host, port })
    socket.on('error', fail)
    // A node that starts refuses many connections in a row: asked by a request each time, it would be kept from
    // starting by what the requests cost.
    socket.on('connect', () => {
      try {
        const headers = { 'user-agent': 'drover-health-check' }
        const sent = http.request({ host, port, path, headers, createConnection: () => socket })
        sent.on('response', (response) => {
          const status = response.statusCode ?? 0
          settle({ passing: status >= 200 && status < 400, detail: `GET ${url} answered ${status}` })
        })
        sent.on('error', fail)
        sent.end()
      } catch (error) {
        // A path that no request can carry.
        fail(error as Error)
      }
    })
    return {
      late: `GET ${url} did not answer within ${timeoutSeconds} s`,
      close: () => socket.destroy(),
    }
  })
}

function probeTcp(
  { host, port }: Endpoint,
  timeoutSeconds: number,
  signal: AbortSignal,
): Promise<ProbeResult> {
  const address = addressOf(host, port)
  return withLimit(timeoutSeconds, signal, (settle) => {
    const socket = connect({ host, port })
    socket.on('connect', () => settle({ passing: true, detail: `${address} accepts connections` }))
    socket.on('error', (error) => settle({ passing: false, detail: wordsFor(error, host, port) }))
    return {
      late: `${address} did not accept a connection within ${timeoutSeconds} s`,
      close: () => socket.destroy(),
    }
  })
}

interface Attempt {
  readonly late: string
  readonly close: () => void
}

function withLimit(
  timeoutSeconds: number,
  signal: AbortSignal,
  begin: (settle: (result: ProbeResult) => void) => Attempt,
): Promise<ProbeResult> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
      attempt.close()
    }
    const onAbort = () => {
      end()
      reject(signal.reason)
    }
    const attempt = begin((result) => {
      end()
      resolve(result)
    })
    const timer = setTimeout(() => {
      end()
      resolve({ passing: false, detail: attempt.late })
    }, timeoutSeconds * 1000)
    signal.addEventListener('abort', onAbort, { once: true })
  })
}

function wordsFor(error: Error, host: string, port: number): string {
  const { code } = error as NodeJS.ErrnoException
  const address = addressOf(host, port)
  if (code === 'ECONNREFUSED') return `connection refused on ${address}`
  if (code === 'ECONNRESET') return `connection closed by ${address} before an answer`
  return `${address}: ${error.message}`
}

function addressOf(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
