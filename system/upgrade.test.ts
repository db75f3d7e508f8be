import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Client as Database } from 'pg'
import { type Migration, readMigrations } from '../src/store/migrations.ts'
import { migrate } from '../src/store/postgres/migrate.ts'
import { checkProcesses } from './checks.ts'
import { Drover } from './drover.ts'
import { Fleet } from './fleet.ts'
import { chooseSeed, createRandom } from './random.ts'
import { waitFor } from './wait-for.ts'
import { choosePorts, createWeb, type UpdateView } from './workload.ts'

const SIZE = 4
const TABLES = [
  'clusters',
  'node_pools',
  'nodes',
  'revisions',
  'updates',
  'actions',
  'events',
  'projects',
  'bundles',
]

/** What a newer Drover may do to a schema that older ones go on using. */
const added: Migration = {
  number: 9001,
  name: '9001_added.sql',
  sql: [
    'CREATE TABLE zones (id TEXT PRIMARY KEY)',
    ...TABLES.map((table) => `ALTER TABLE ${table} ADD COLUMN zone TEXT NOT NULL DEFAULT 'a'`),
    'CREATE INDEX nodes_zone ON nodes (zone)',
  ].join(';\n'),
  breaking: false,
}
const broken: Migration = {
  number: 9002,
  name: '9002_renamed.sql',
  sql: 'ALTER TABLE nodes RENAME COLUMN zone TO site',
  breaking: true,
}

test('servers go on while a newer version changes the schema, others join, and a breaking change is refused', async (t) => {
  const seed = chooseSeed()
  t.diagnostic(`DROVER_SYSTEM_SEED=${seed}`)
  const random = createRandom(seed)
  const flags = choosePorts(random)
  const fleet = await Fleet.begin({ size: 2, random, flags })
  t.after(() => fleet.destroy())
  const [old, other] = fleet.servers as [Drover, Drover]
  const isEnded = async (path: string) => (await old.get<UpdateView>(path)).endedAt !== null
  const runUpdate = async (by: Drover, version: string, meanwhile: () => Promise<void>) => {
    const body = {
      code: { bundle: `hello-http@${version}` },
      params: { maxUnavailable: 1, minReadySeconds: 1 },
    }
    const { status, body: answer } = await by.ask('POST', '/clusters/web/updates', { body })
    assert.equal(status, 202, JSON.stringify(answer))
    const path = `/updates/${answer.update.id}`
    await meanwhile()
    assert.equal(await isEnded(path), false, 'the update was over before anything happened')
    await waitFor(`${path} ends`, 60_000, () => isEnded(path))
    const ended = await by.get<UpdateView>(path)
    assert.equal(ended.status, 'Successful', ended.because)
  }
  await createWeb(old, SIZE)

  await runUpdate(old, '2', () => applyNewer(fleet.databaseUrl, [added]))
  for (const server of fleet.servers) {
    for (const path of [
      '/clusters/web',
      '/clusters/web/nodes',
      '/clusters',
      '/updates',
      '/events',
      '/actions',
    ]) {
      for (let again = 0; again < 5; again += 1) await server.get(path)
    }
  }
  await runUpdate(other, '1', async () => {
    await other.end('SIGTERM')
    await other.start()
  })
  await checkProcesses(old, fleet.dataFolder)

  await applyNewer(fleet.databaseUrl, [added, broken])
  await other.end('SIGTERM')
  const late = await Drover.prepare({
    flags,
    dataFolder: fleet.dataFolder,
    env: { DROVER_DATABASE: fleet.databaseUrl },
  })
  t.after(() => late.destroy())
  const { exitCode, stderr } = await late.run(late.serveArguments())
  assert.notEqual(exitCode, 0)
  assert.match(
    stderr,
    /the database is at schema 9002 \(9002_renamed\.sql\), this program knows \d+: start the newer Drover/,
  )
  assert.ok(!stderr.includes('    at '), 'a stack trace is no explanation')
})

/** As a newer program does at its start. */
async function applyNewer(url: string, newer: readonly Migration[]): Promise<void> {
  const database = new Database({ connectionString: url })
  await database.connect()
  try {
    await migrate(database, [...readMigrations('postgres'), ...newer])
  } finally {
    await database.end()
  }
}
