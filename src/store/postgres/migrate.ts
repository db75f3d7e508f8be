import type { ClientBase } from 'pg'
import { type Migration, planMigrations, readMigrations } from '../migrations.ts'
import { MIGRATION_LOCK } from './locks.ts'

/**
 * Applies the migrations that this database has not seen, each in a transaction of its own. Several programs may start
 * at once: the first one does it, the others wait.
 * @throws DroverError `schema_too_new` when the database has a breaking migration that this program does not know
 */
export async function migrate(
  client: ClientBase,
  migrations: readonly Migration[] = readMigrations('postgres'),
): Promise<void> {
  await client.query(`SELECT pg_advisory_lock(${MIGRATION_LOCK})`)
  try {
    await client.query(`CREATE TABLE IF NOT EXISTS migrations (
      number BIGINT PRIMARY KEY, name TEXT NOT NULL, breaking BIGINT NOT NULL, applied_at BIGINT NOT NULL
    )`)
    const { rows } = await client.query<{ number: unknown; name: string; breaking: unknown }>(
      'SELECT number, name, breaking FROM migrations ORDER BY number',
    )
    const applied = rows.map(({ number, name, breaking }) => ({
      number: Number(number),
      name,
      breaking: Number(breaking) === 1,
    }))
    for (const migration of planMigrations(migrations, applied)) await apply(client, migration)
  } finally {
    await client.query(`SELECT pg_advisory_unlock(${MIGRATION_LOCK})`)
  }
}

async function apply(client: ClientBase, { number, name, sql, breaking }: Migration): Promise<void> {
  await client.query('BEGIN')
  try {
    await client.query(sql)
    await client.query(
      'INSERT INTO migrations (number, name, breaking, applied_at) VALUES ($1, $2, $3, $4)',
      [number, name, breaking ? 1 : 0, Date.now()],
    )
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  }
}
