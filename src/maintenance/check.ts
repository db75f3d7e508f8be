import { sql } from 'kysely'
import { DroverError, messageOf } from '../domain/errors.ts'
import { countRows } from '../store/copy-store.ts'
import { planMigrations, readMigrations } from '../store/migrations.ts'
import { isPostgresUrl } from '../store/postgres/address.ts'
import { readAppliedMigrations } from '../store/schema-state.ts'
import { findDamage } from '../store/sqlite/offline.ts'
import type { Store, Tx } from '../store/store.ts'
import { checkBundles, listStoredBundles } from './check-bundles.ts'
import { checkNodeFolders, listNodeFolders } from './check-nodes.ts'
import { checkReferences } from './check-references.ts'
import { checkSecrets } from './check-secrets.ts'
import { hasFile, nameOf, openReader } from './databases.ts'
import type { MaintenanceDeps } from './maintenance.ts'
import type { CheckReport, Finding } from './report.ts'

const OLDEST_POSTGRES = 140_000

/** {@link Maintenance.check} */
export async function checkAll(deps: MaintenanceDeps): Promise<CheckReport> {
  const { config } = deps
  const findings: Finding[] = []
  const inFile = !isPostgresUrl(config.database)
  if (inFile && hasFile(config.database)) {
    for (const damage of findDamage(config.database)) {
      findings.push({ severity: 'problem', what: `the database file is damaged: ${damage}`, remedy: REPLACE })
    }
  }
  const found: Found = { schema: null, rows: {} }
  try {
    const store = await openReader(config, deps.log)
    try {
      await checkStore(deps, store, findings, found)
    } finally {
      await store.close()
    }
  } catch (error) {
    if (!(error instanceof DroverError) || error.code !== 'store_unavailable') throw error
    // A damaged file was reported by what is damaged in it.
    if (findings.length === 0) {
      const remedy = inFile
        ? REPLACE
        : 'see that it runs, that it can be reached from here and lets this user in'
      findings.push({ severity: 'problem', what: messageOf(error), remedy })
    }
  }
  return {
    sound: findings.every(({ severity }) => severity === 'note'),
    database: nameOf(config),
    dataFolder: config.data,
    ...found,
    findings,
  }
}

const REPLACE = 'stop Drover, move the file away, and restore the newest backup: "drover db restore"'

interface Found {
  schema: string | null
  rows: Record<string, number>
}

async function checkStore(
  deps: MaintenanceDeps,
  store: Store,
  findings: Finding[],
  found: Found,
): Promise<void> {
  if (isPostgresUrl(deps.config.database)) findings.push(...(await store.read(checkVersion)))
  const applied = await store.read(readAppliedMigrations)
  if (applied === null) {
    const what = `no Drover has used the database ${nameOf(deps.config)} yet: it has none of its tables`
    findings.push({ severity: 'problem', what, remedy: 'start Drover on it, or restore a backup into it' })
    return
  }
  found.schema = applied.at(-1)?.name ?? null
  findings.push(...compareSchema(deps, applied))
  // Listed before the database is read: what comes and goes meanwhile is not mistaken for a left-over.
  const [stored, folders] = [await listStoredBundles(deps), listNodeFolders(deps)]
  const { rows, broken } = await store.read(async (tx) => ({
    rows: await countRows(tx),
    broken: await checkReferences(tx),
  }))
  found.rows = rows
  findings.push(...broken)
  findings.push(...(await checkSecrets(deps, store, applied)))
  findings.push(...(await checkBundles(deps, store, stored)))
  findings.push(...(await checkNodeFolders(deps, store, folders)))
}

async function checkVersion(tx: Tx): Promise<Finding[]> {
  const { rows } = await sql<{
    version: string
  }>`select current_setting('server_version_num') as version`.execute(tx)
  const version = Number(rows[0]?.version)
  if (version >= OLDEST_POSTGRES) return []
  const what = `this PostgreSQL is of version ${Math.floor(version / 10_000)}, and Drover needs 14 or later`
  return [{ severity: 'problem', what, remedy: 'move the database to a newer PostgreSQL' }]
}

function compareSchema(
  { config }: MaintenanceDeps,
  applied: NonNullable<Awaited<ReturnType<typeof readAppliedMigrations>>>,
): Finding[] {
  const known = readMigrations(isPostgresUrl(config.database) ? 'postgres' : 'sqlite')
  try {
    const pending = planMigrations(known, applied)
    const newer = applied.filter(({ number }) => !known.some((one) => one.number === number))
    return [
      ...pending.map(
        ({ name }): Finding => ({
          severity: 'note',
          what: `migration ${name} is still to come`,
          remedy: 'this version of Drover applies it when it starts; back up before',
        }),
      ),
      ...newer.map(
        ({ name }): Finding => ({
          severity: 'note',
          what: `migration ${name} is of a newer Drover, beside which this one can run`,
          remedy: 'finish the upgrade: start the newer version everywhere',
        }),
      ),
    ]
  } catch (error) {
    return [{ severity: 'problem', what: messageOf(error), remedy: 'use the newer version of Drover' }]
  }
}
