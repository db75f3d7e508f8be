import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import type { ProfileId, ProjectId } from '../domain/ids.ts'
import { findProfile, insertProfile } from './profiles.ts'
import { insertProject } from './projects.ts'
import type { Store } from './store.ts'
import { onEachDatabase, type TestDatabase } from './test-databases.ts'

const PROJECT = 'p' as ProjectId
const FIRST = '0193e1a0-6c1e-7000-8a3b-5f5e0c9d1b2a'
const SECOND = '0193e1a0-6c1e-7001-8a3b-5f5e0c9d1b2a'

onEachDatabase((create) => {
  let database: TestDatabase
  let store: Store
  beforeEach(async () => {
    database = await create()
    store = await database.open()
    await store.write((tx) => insertProject(tx, { id: PROJECT, name: 'default', createdAt: 0 }))
  })
  afterEach(async () => {
    await store.close()
    await database.remove()
  })

  const insert = (id: string, name: string) =>
    store.write((tx) =>
      insertProfile(tx, {
        id: id as ProfileId,
        projectId: PROJECT,
        name,
        type: 'scripted',
        version: '1.0',
        properties: {},
        metadata: {},
        attributes: {},
        createdAt: 0,
        createdBy: 'test',
        updatedAt: null,
      }),
    )
  const find = async (reference: string) =>
    (await store.read((tx) => findProfile(tx, PROJECT, reference)))?.id

  test('an id, a name and the beginning of an id all name a thing', async () => {
    await insert(FIRST, 'web')
    for (const reference of [FIRST, 'web', '0193e1a0', '0193E1A0-6C1E', FIRST.slice(0, -1)]) {
      assert.equal(await find(reference), FIRST, reference)
    }
    for (const reference of ['we', '0193e1a', '0193e1a1', `${FIRST}0`])
      assert.equal(await find(reference), undefined, reference)
  })

  test('an exact name goes before the beginning of an id', async () => {
    await insert(FIRST, 'web')
    await insert(SECOND, '0193e1a0')
    assert.equal(await find('0193e1a0'), SECOND)
  })

  test('what several go by is refused with their ids', async () => {
    await insert(FIRST, 'web')
    await insert(SECOND, 'web')
    for (const reference of ['web', '0193e1a0', '0193e1a0-6c1e-700']) {
      await assert.rejects(find(reference), {
        code: 'ambiguous',
        message: `profile "${reference}" may be any of ${FIRST}, ${SECOND}; give the id`,
      })
    }
    assert.equal(await find('0193e1a0-6c1e-7001'), SECOND)
  })
})
