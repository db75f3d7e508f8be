import { Kysely, type PostgresAdapter, PostgresDialect } from 'kysely'
import type { ClientBase } from 'pg'
import { markRowLocks } from '../row-locks.ts'
import type { Tables } from '../schema.ts'
import type { Tx } from '../store.ts'
import { toStoreError } from './errors.ts'

/** Longer texts differ by their number of rows, and each connection would keep them all. */
const LONGEST_PREPARED = 1500

/** One connection as the query functions want it: for a transaction that writes, and for one that only reads. */
export interface Handles {
  readonly writing: Tx
  readonly reading: Tx
}

/** @param onError told of everything a query raises, before its caller is */
export function createHandles(client: ClientBase, onError: (error: Error) => void): Handles {
  const names = new Map<string, string>()
  const nameOf = (text: string): string => {
    const known = names.get(text)
    if (known !== undefined) return known
    const name = `q${names.size}`
    names.set(text, name)
    return name
  }
  const connection = {
    async query(text: string, parameters: readonly unknown[]) {
      const values = parameters.map(toStorable)
      try {
        return await client.query(
          text.length > LONGEST_PREPARED ? { text, values } : { name: nameOf(text), text, values },
        )
      } catch (error) {
        const ours = toStoreError(error)
        onError(ours)
        throw ours
      }
    },
    release() {},
  }
  const pool = { connect: async () => connection as never, end: async () => {} }
  return {
    writing: new Kysely<Tables>({ dialect: new WritingDialect({ pool }) }),
    reading: new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) }),
  }
}

class WritingDialect extends PostgresDialect {
  override createAdapter(): PostgresAdapter {
    return markRowLocks(super.createAdapter() as PostgresAdapter)
  }
}

/** What a node says may hold a NUL, which PostgreSQL has no place for in a text: better a sign than a stuck engine. */
function toStorable(value: unknown): unknown {
  return typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '\uFFFD') : value
}
