import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import { SqliteDialect } from 'kysely'

const MAX_STATEMENTS = 500

/** Lets Kysely's SQLite dialect, made for better-sqlite3, speak to Node's own SQLite. */
export function createDialect(database: DatabaseSync): SqliteDialect {
  // Preparing costs more than running a small statement, and there are few different ones.
  const statements = new Map<string, ReturnType<typeof adapt>>()
  return new SqliteDialect({
    database: {
      close() {},
      prepare(sql: string) {
        const known = statements.get(sql)
        if (known) return known
        if (statements.size >= MAX_STATEMENTS) statements.delete(statements.keys().next().value as string)
        const statement = adapt(database.prepare(sql))
        statements.set(sql, statement)
        return statement
      },
    },
  })
}

function adapt(statement: StatementSync) {
  const reader = statement.columns().length > 0
  return {
    reader,
    all: (parameters: readonly unknown[]) => statement.all(...(parameters as SQLInputValue[])),
    run: (parameters: readonly unknown[]) => statement.run(...(parameters as SQLInputValue[])),
    iterate: (parameters: readonly unknown[]) => statement.iterate(...(parameters as SQLInputValue[])),
  }
}
