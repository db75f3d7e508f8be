/** What one client may take of the server. Durations are milliseconds. */
export interface ServerLimits {
  /** Of a JSON body. */
  readonly maxBodyBytes: number
  /** Of an uploaded zip. */
  readonly maxBundleBytes: number
  /** For the headers of a request to arrive. */
  readonly headersTimeoutMs: number
  /** For a JSON body to arrive. Uploads have no such limit, only the next one. */
  readonly bodyTimeoutMs: number
  /** Without a byte in either direction on a connection. */
  readonly idleTimeoutMs: number
  /** For requests under way to end when the server closes. */
  readonly closingGraceMs: number
  readonly maxConnections: number
  /** Of one credential, or of one address without a credential. 0: no limit. */
  readonly maxRequestsPerSecond: number
  /** Between two signs of life on an event stream. */
  readonly heartbeatMs: number
  /** Between two looks at the store when nothing says that it changed. */
  readonly pollMs: number
  /** After which a request that goes on by itself is answered with 202. Below what clients and proxies bear. */
  readonly patienceMs: number
}

/** Generous: they stop what is broken or hostile, not what is busy. */
export const DEFAULT_SERVER_LIMITS: ServerLimits = {
  maxBodyBytes: 1024 ** 2,
  maxBundleBytes: 512 * 1024 ** 2,
  headersTimeoutMs: 10_000,
  bodyTimeoutMs: 30_000,
  idleTimeoutMs: 120_000,
  closingGraceMs: 3000,
  maxConnections: 10_000,
  maxRequestsPerSecond: 2000,
  heartbeatMs: 15_000,
  pollMs: 1000,
  patienceMs: 25_000,
}
