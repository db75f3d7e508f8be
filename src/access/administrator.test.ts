import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { listEvents } from '../store/events.ts'
import { findProject } from '../store/projects.ts'
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts'
import type { Store } from '../store/store.ts'
import { systemClock } from '../system/clock.ts'
import { createIds } from '../system/ids.ts'
import type { Log } from '../system/log.ts'
import { type AdministratorDeps, ensureAdministrator } from './administrator.ts'
import { createAuthenticator } from './authenticator.ts'

let folder: string
let file: string
let store: Store
let deps: AdministratorDeps
let logged: string[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drover-access-'))
  file = join(folder, 'keys', 'admin-key')
  store = await openSqliteStore({ path: join(folder, 'drover.db') })
  logged = []
  const say = (fields: object, message: string) => {
    logged.push(JSON.stringify(fields) + message)
  }
  const log: Log = { debug: say, info: say, warn: say, error: say }
  deps = { store, clock: systemClock, ids: createIds(Date.now), log }
})
afterEach(async () => {
  await store.close()
  await rm(folder, { recursive: true })
})

const keyInFile = async () => (await readFile(file, 'utf8')).trim()
const authenticate = (secret: string) =>
  createAuthenticator({ store, clock: systemClock }).authenticate(`Bearer ${secret}`)

test('the first start makes a project and a key that may do everything, in a file of its owner', async () => {
  assert.equal(await ensureAdministrator(deps, { file }), true)
  assert.equal((await stat(file)).mode & 0o777, 0o600)
  assert.equal((await stat(dirname(file))).mode & 0o777, 0o700)
  assert.deepEqual(await readdir(dirname(file)), ['admin-key'])
  const secret = await keyInFile()
  assert.deepEqual(await authenticate(secret), {
    name: 'admin',
    groups: [],
    grants: [{ projectId: '*', role: 'administrator' }],
  })
  assert.ok(await store.read((tx) => findProject(tx, 'default')))
  const events = await store.read((tx) => listEvents(tx, {}, { limit: 10 }))
  assert.deepEqual(
    events.items.map((event) => event.type),
    ['apiKey.created'],
  )
  assert.ok(logged.length > 0)
  assert.ok(![...logged, JSON.stringify(events)].join().includes(secret.split('_')[2]!))
})

test('later starts leave the key alone', async () => {
  await ensureAdministrator(deps, { file })
  const secret = await keyInFile()
  assert.equal(await ensureAdministrator(deps, { file }), false)
  assert.equal(await keyInFile(), secret)
})

test('when the file is gone, the log says how to make another key', async () => {
  await ensureAdministrator(deps, { file })
  await rm(file)
  assert.equal(await ensureAdministrator(deps, { file }), false)
  assert.match(logged.at(-1) ?? '', /drover serve --reset-admin-key/)
})

test('a reset makes another key and revokes the one before', async () => {
  await ensureAdministrator(deps, { file })
  const before = await keyInFile()
  assert.equal(await ensureAdministrator(deps, { file, reset: true }), true)
  const now = await keyInFile()
  assert.notEqual(now, before)
  assert.equal((await authenticate(now)).name, 'admin')
  await assert.rejects(authenticate(before), { code: 'unauthenticated' })
  assert.equal((await stat(file)).mode & 0o777, 0o600)
})

test('two first starts at once make one key, and the file has that one', async () => {
  const made = await Promise.all([ensureAdministrator(deps, { file }), ensureAdministrator(deps, { file })])
  assert.deepEqual(made.sort(), [false, true])
  await authenticate(await keyInFile())
})

test('a symlink in the place of the file is replaced, not written through', async () => {
  const elsewhere = join(folder, 'elsewhere')
  await writeFile(elsewhere, 'untouched')
  file = join(folder, 'admin-key')
  await symlink(elsewhere, file)
  await ensureAdministrator(deps, { file })
  assert.equal(await readFile(elsewhere, 'utf8'), 'untouched')
  await authenticate(await keyInFile())
})

test('when the file cannot be written, no key is made', async () => {
  await writeFile(join(folder, 'blocked'), '')
  await assert.rejects(ensureAdministrator(deps, { file: join(folder, 'blocked', 'admin-key') }))
  assert.equal(await ensureAdministrator(deps, { file }), true)
})
