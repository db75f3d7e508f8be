import { readFileSync } from 'node:fs'
import { type ClientConfig, types } from 'pg'
import { DroverError, messageOf } from '../../domain/errors.ts'
import { type PostgresAddress, parseUrl } from './address.ts'

const BIGINT = 20
const STATEMENT_TIMEOUT_MS = 30_000
/** Longer than the server takes to give up, so that only a connection that is cut off ends by it. */
const ANSWER_TIMEOUT_MS = 35_000
/** A writer that hangs in the middle of a transaction keeps others waiting for no longer than this. */
const IDLE_IN_TRANSACTION_MS = 5000

/** How Drover connects: no statement and no silence lasts for ever. @throws InvalidSpecError when it is no such URL */
export function toClientConfig({ url, passwordFile }: PostgresAddress): ClientConfig {
  const parsed = parseUrl(url)
  // pg believes the URL before anything beside it. Without a password there, it looks into PGPASSFILE.
  if (passwordFile) parsed.password = encodeURIComponent(readPassword(passwordFile))
  return {
    connectionString: parsed.href,
    application_name: 'drover',
    keepAlive: true,
    keepAliveInitialDelayMillis: 5000,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: ANSWER_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    types: { getTypeParser: parserOf as typeof types.getTypeParser },
  }
}

function readPassword(path: string): string {
  try {
    return readFileSync(path, 'utf8').split(/\r?\n/, 1)[0] ?? ''
  } catch (error) {
    throw new DroverError('invalid_spec', `databasePasswordFile: cannot be read: ${messageOf(error)}`, {
      cause: error,
      field: 'databasePasswordFile',
    })
  }
}

/** Times and counters fit a number; pg would give them as text. */
function parserOf(oid: number, format?: 'text' | 'binary'): unknown {
  if (oid === BIGINT && format !== 'binary') return Number
  return types.getTypeParser(oid, format as 'text')
}
