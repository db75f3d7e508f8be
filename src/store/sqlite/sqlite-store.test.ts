import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, test } from 'node:test'
import type { ProjectId } from '../../domain/ids.ts'
import { findProject, insertProject, listProjects } from '../projects.ts'
import type { Store, Tx } from '../store.ts'
import { openSqliteStore } from './sqlite-store.ts'

let folder: string
let path: string
let store: Store
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drover-store-'))
  path = join(folder, 'drover.db')
  store = await openSqliteStore({ path })
})
afterEach(async () => {
  await store.close()
  await rm(folder, { recursive: true })
})

const insert = (tx: Tx, name: string) => insertProject(tx, { id: name as ProjectId, name, createdAt: 0 })
const names = async (from: Store = store) =>
  (await from.read((tx) => listProjects(tx, {}, { limit: 1000 }))).items.map((project) => project.name)

test('what a resolved write wrote is there for the next read, and for another connection', async () => {
  const answer = await store.write(async (tx) => {
    await insert(tx, 'a')
    return 'done'
  })
  assert.equal(answer, 'done')
  assert.deepEqual(await names(), ['a'])
  const other = new DatabaseSync(path, { readOnly: true })
  assert.equal(other.prepare('SELECT count(*) AS count FROM projects').get()?.['count'], 1)
  other.close()
})

test('writes run one after the other, in the order they were asked for', async () => {
  const order: string[] = []
  const write = (name: string) =>
    store.write(async (tx) => {
      order.push(`${name} begins`)
      await insert(tx, name)
      await findProject(tx, name)
      order.push(`${name} ends`)
    })
  await Promise.all(['a', 'b', 'c'].map(write))
  assert.deepEqual(order, ['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends'])
})

test('its version changes with every commit, and with nothing else', async () => {
  const before = store.version?.()
  assert.deepEqual(await names(), [])
  assert.equal(store.version?.(), before)
  await store.write((tx) => insert(tx, 'a'))
  assert.notEqual(store.version?.(), before)
})

test('a file that cannot be opened is said so, with its path', async () => {
  await assert.rejects(openSqliteStore({ path: join(folder, 'no', 'such', 'folder.db') }), {
    code: 'store_unavailable',
    message: /no\/such\/folder\.db/,
  })
})

test('a process that is killed loses nothing that it had acknowledged', async () => {
  const other = join(folder, 'killed.db')
  const script = join(import.meta.dirname, 'write-until-killed.ts')
  const child = spawn(process.execPath, [script, other], { stdio: ['ignore', 'pipe', 'inherit'] })
  const acknowledged: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => {
    acknowledged.push(line)
    if (acknowledged.length === 300) child.kill('SIGKILL')
  })
  await once(child, 'close')
  assert.ok(acknowledged.length >= 300)
  // The last line may have been cut off by the kill.
  const whole = acknowledged.filter((line) => /^project-\d+$/.test(line)).slice(0, -1)
  const reopened = await openSqliteStore({ path: other })
  try {
    const kept = new Set(
      await reopened.read(async (tx) =>
        (await tx.selectFrom('projects').select('name').execute()).map((row) => row.name),
      ),
    )
    assert.deepEqual(
      whole.filter((name) => !kept.has(name)),
      [],
    )
  } finally {
    await reopened.close()
  }
})
