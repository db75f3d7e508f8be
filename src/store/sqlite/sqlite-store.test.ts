import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, test } from 'node:test'
import { NotFoundError } from '../../domain/errors.ts'
import type { ProjectId } from '../../domain/ids.ts'
import { isUniqueViolation } from '../errors.ts'
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

test('a write sees its own rows before they are committed', async () => {
  const found = await store.write(async (tx) => {
    await insert(tx, 'a')
    return await findProject(tx, 'a')
  })
  assert.equal(found?.name, 'a')
})

test('a write that throws keeps nothing of itself and takes no other of its group with it', async () => {
  const writes = Array.from({ length: 50 }, (_, index) =>
    store.write(async (tx) => {
      await insert(tx, `p${index}`)
      if (index % 10 === 3) throw new NotFoundError('thing', `${index}`)
      return index
    }),
  )
  const results = await Promise.allSettled(writes)
  const failed = results.flatMap((result, index) => (result.status === 'rejected' ? [index] : []))
  assert.deepEqual(failed, [3, 13, 23, 33, 43])
  const rejected = results[13] as PromiseRejectedResult
  assert.ok(rejected.reason instanceof NotFoundError)
  const kept = await names()
  assert.equal(kept.length, 45)
  assert.ok(!kept.includes('p13') && kept.includes('p14'))
})

test('a statement that fails inside a write undoes all of that write', async () => {
  await store.write((tx) => insert(tx, 'a'))
  const write = store.write(async (tx) => {
    await insert(tx, 'b')
    await insert(tx, 'a')
  })
  const error: unknown = await write.catch((thrown: unknown) => thrown)
  assert.equal((error as { code?: unknown }).code, 'store_unavailable')
  assert.equal(isUniqueViolation(error), true)
  assert.deepEqual(await names(), ['a'])
})

test('a unique violation is known inside the transaction too, and nothing else is taken for one', async () => {
  await store.write((tx) => insert(tx, 'a'))
  const seen = await store.write(async (tx) => {
    const error: unknown = await insert(tx, 'a').catch((thrown: unknown) => thrown)
    return isUniqueViolation(error)
  })
  assert.equal(seen, true)
  assert.equal(isUniqueViolation(new Error('UNIQUE constraint failed')), false)
  assert.equal(isUniqueViolation('x'), false)
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

test('a read is one snapshot, whatever is committed meanwhile', async () => {
  await store.write((tx) => insert(tx, 'a'))
  let proceed = () => {}
  const gate = new Promise<void>((resolve) => {
    proceed = resolve
  })
  const read = store.read(async (tx) => {
    const before = (await listProjects(tx, {}, { limit: 10 })).items.length
    await gate
    return [before, (await listProjects(tx, {}, { limit: 10 })).items.length]
  })
  await store.write((tx) => insert(tx, 'b'))
  proceed()
  assert.deepEqual(await read, [1, 1])
  assert.deepEqual(await names(), ['a', 'b'])
})

test('nothing can be written in a read', async () => {
  await assert.rejects(
    store.read((tx) => insert(tx, 'a')),
    { code: 'store_unavailable' },
  )
  assert.deepEqual(await names(), [])
})

test('closing waits for what is under way, and refuses what comes after', async () => {
  const write = store.write((tx) => insert(tx, 'a'))
  await store.close()
  await write
  await assert.rejects(
    store.write((tx) => insert(tx, 'b')),
    { code: 'store_unavailable' },
  )
  store = await openSqliteStore({ path })
  assert.deepEqual(await names(), ['a'])
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
