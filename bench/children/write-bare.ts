import { join } from 'node:path'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'

type Row = Record<string, SQLInputValue>

/**
 * The limit that the database sets: what moving nodes writes (a node begun and ended, its action begun and ended, an
 * event), as it stands in the folder's database for the last update, written into an empty database of the same
 * schema by prepared statements and nothing else, `atOnce` nodes in a durable commit.
 *
 * @returns seconds
 */
export async function writeBare(folder: string, atOnce: number): Promise<number> {
  const source = new DatabaseSync(join(folder, 'drover.db'), { readOnly: true })
  const last = source.prepare('SELECT id FROM updates ORDER BY id DESC LIMIT 1').get() as { id: string }
  const read = (sql: string) => source.prepare(sql).all(last.id) as Row[]
  const nodes = source
    .prepare('SELECT n.* FROM nodes n JOIN actions a ON a.node_id = n.id WHERE a.update_id = ? ORDER BY a.id')
    .all(last.id) as Row[]
  const actions = read('SELECT * FROM actions WHERE update_id = ? AND node_id IS NOT NULL ORDER BY id')
  const events = read('SELECT * FROM events WHERE update_id = ? AND node_id IS NOT NULL ORDER BY sequence')
  source.close()

  const path = join(folder, 'bare.db')
  await (await openSqliteStore({ path })).close()
  const target = new DatabaseSync(path, { enableForeignKeyConstraints: false })
  target.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000')
  const node = writer(target, 'nodes', nodes[0]!)
  const action = writer(target, 'actions', actions[0]!)
  const event = writer(target, 'events', events[0]!)
  target.exec('BEGIN')
  for (const row of nodes) node(row)
  target.exec('COMMIT')

  const from = performance.now()
  for (let start = -atOnce; start < nodes.length; start += atOnce) {
    target.exec('BEGIN IMMEDIATE')
    for (let at = Math.max(0, start); at < start + atOnce && at < nodes.length; at++) {
      node(nodes[at]!)
      action(actions[at]!)
      if (events[at]) event(events[at]!)
    }
    for (let at = start + atOnce; at < start + 2 * atOnce && at < nodes.length; at++) {
      node(nodes[at]!)
      action(actions[at]!)
    }
    target.exec('COMMIT')
  }
  const seconds = (performance.now() - from) / 1000
  target.close()
  return seconds
}

function writer(database: DatabaseSync, table: string, sample: Row): (row: Row) => void {
  const columns = Object.keys(sample)
  const key = table === 'events' ? 'sequence' : 'id'
  const sets = columns.filter((column) => column !== key).map((column) => `${column} = excluded.${column}`)
  const statement: StatementSync = database.prepare(
    `INSERT INTO ${table} (${columns.join()}) VALUES (${columns.map(() => '?').join()})
     ON CONFLICT (${key}) DO UPDATE SET ${sets.join()}`,
  )
  return (row) => void statement.run(...columns.map((column) => row[column]!))
}
