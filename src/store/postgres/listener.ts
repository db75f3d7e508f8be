import { Client, type ClientConfig } from 'pg'
import { messageOf } from '../../domain/errors.ts'
import type { ClusterId } from '../../domain/ids.ts'
import type { Log } from '../../system/log.ts'
import type { OnNews } from '../store.ts'

const CONNECT_TIMEOUT_MS = 5000
const FIRST_RETRY_MS = 100
const LONGEST_RETRY_MS = 5000

/** Hears what other processes commit, over a connection of its own. */
export interface Listener {
  close(): Promise<void>
}

/**
 * ```
 *   connecting ─► listening ─► (connection lost) waiting ─► connecting ─► …
 * ```
 * What was said while nobody listened is made up for by one general wake-up.
 */
export function startListener(config: ClientConfig, log: Log, onNews: OnNews): Listener {
  let closed = false
  let client: Client | undefined
  let timer: NodeJS.Timeout | undefined
  let retryMs = FIRST_RETRY_MS

  const connect = async () => {
    // Silence is what it is for: neither a statement nor an answer is awaited for long.
    const { query_timeout: _, ...rest } = config
    const made = new Client({ ...rest, connectionTimeoutMillis: CONNECT_TIMEOUT_MS })
    client = made
    let lost = false
    const lose = (error?: unknown) => {
      if (lost || closed) return
      lost = true
      if (error !== undefined) log.warn({ error: messageOf(error) }, 'not told of changes any more; polling')
      made.end().catch(() => {})
      timer = setTimeout(() => void connect(), retryMs)
      retryMs = Math.min(LONGEST_RETRY_MS, retryMs * 2)
    }
    made.on('error', lose)
    made.on('end', () => lose())
    made.on('notification', ({ payload }) => onNews(payload ? (payload as ClusterId) : null))
    try {
      await made.connect()
      await made.query('LISTEN drover')
      retryMs = FIRST_RETRY_MS
      onNews(null)
    } catch (error) {
      lose(error)
    }
  }
  const connecting = connect()
  return {
    async close() {
      closed = true
      clearTimeout(timer)
      await client?.end().catch(() => {})
      await connecting
    },
  }
}
