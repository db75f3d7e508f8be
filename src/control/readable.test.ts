import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { createTestSigner } from '../access/test-minisign.ts'
import type { Permission } from '../domain/permissions.ts'
import type { Page, PageRequest } from '../store/page.ts'
import { type Bench, createBench, zipOf } from './test-bench.ts'

const KEYS = ['a', 'hidden', 'b', 'secret', 'c']
const GUARDED = ['hidden', 'secret']

let bench: Bench
beforeEach(async () => {
  bench = await createBench()
  const { control, admin } = bench
  await control.profiles.create(admin, { name: 'p', type: 'scripted', properties: {} })
  await control.infras.create(admin, { name: 'open', stage: 'Test', profile: 'p' })
  await control.infras.create(admin, {
    ...{ name: 'guarded', stage: 'Test', profile: 'p' },
    permissions: [{ group: 'ops', deploy: true }],
  })
  for (const key of KEYS) {
    const content = { stream: zipOf({ 'start.sh': key }) }
    await control.publishedProjects.publish(admin, { content, name: key, version: '1' })
  }
  for (const key of GUARDED) await permit(key, { user: 'alice', ...NOTHING, write: true })
})
afterEach(() => bench.close())

const NOTHING = { read: false, write: false, deploy: false, admin: false }
const permit = (key: string, permission: Permission) =>
  bench.control.publishedProjects.update(bench.admin, key, { permissions: [permission] })
const alice = () => bench.as('user:alice', 'operator')
const bob = () => bench.as('user:bob', 'operator')
const deployment = (key: string, infra: string) =>
  bench.control.deployments.create(bench.admin, {
    ...{ name: `${key}-on-${infra}`, infra, publishedProject: key, bundle: '1' },
  })

/** What a listing shows, page by page. */
async function pagesOf<T>(
  list: (page: PageRequest) => Promise<Page<T>>,
  name: (item: T) => string,
): Promise<string[][]> {
  const pages: string[][] = []
  let cursor: string | null = null
  do {
    const page: Page<T> = await list({ limit: 2, sort: 'name', ...(cursor !== null && { cursor }) })
    pages.push(page.items.map(name))
    cursor = page.nextCursor
  } while (cursor !== null)
  return pages
}

test('bundles of a published project are there for those alone who may read it', async () => {
  const { bundles } = bench.control
  const hidden = await bundles.get(alice(), 'hidden@1')
  for (const ref of ['hidden@1', 'hidden', hidden.id]) {
    await assert.rejects(bundles.get(bob(), ref), { code: 'not_found' })
    await assert.rejects(bundles.download(bob(), ref), { code: 'not_found' })
    await assert.rejects(bundles.delete(bob(), ref), { code: 'not_found' })
  }
  const { bundle, stream } = await bundles.download(alice(), 'hidden')
  stream.destroy()
  assert.equal(bundle.id, hidden.id)
  assert.equal((await bundles.get(bob(), 'a@1')).name, 'a')
})

test('bundles are written, signed and deleted by those who may write to their published project', async () => {
  const { bundles, governance } = bench.control
  await permit('hidden', { user: 'bob', ...NOTHING, read: true })
  const publish = (caller: ReturnType<typeof bob>, version: string) =>
    bundles.publish(caller, {
      content: { stream: zipOf({ 'start.sh': 'hidden' }) },
      name: 'hidden',
      version,
    })
  // The same bytes under the same name are no way around it.
  for (const version of ['1', '2']) {
    await assert.rejects(publish(bob(), version), { code: 'forbidden', message: /right to write/ })
  }
  await assert.rejects(bundles.delete(bob(), 'hidden@1'), { code: 'forbidden', message: /right to write/ })
  await permit('hidden', { user: 'alice', ...NOTHING, write: true })
  const signature = createTestSigner().sign(Buffer.from('any'))
  await assert.rejects(governance.addSignature(bob(), 'hidden@1', signature), { code: 'not_found' })
  assert.equal((await governance.addSignature(alice(), 'hidden@1', signature)).addedBy, 'user:alice')
  assert.equal((await publish(alice(), '2')).createdBy, 'user:alice')
  assert.equal((await bundles.delete(alice(), 'hidden@1')).version, '1')
})

test('pages of bundles are full although some are left out', async () => {
  const { bundles } = bench.control
  const shownTo = (caller: ReturnType<typeof bob>) =>
    pagesOf(
      (page) => bundles.list(caller, {}, page),
      ({ name }) => name,
    )
  assert.deepEqual(await shownTo(bob()), [['a', 'b'], ['c']])
  assert.deepEqual(await shownTo(alice()), [['a', 'b'], ['c', 'hidden'], ['secret']])
  assert.deepEqual((await bundles.list(bob(), { name: 'hidden' }, { limit: 2 })).items, [])
})

test('pages of infras, published projects and deployments are full although some are left out', async () => {
  const { infras, publishedProjects, deployments } = bench.control
  for (const key of KEYS) await deployment(key, 'open')
  await deployment('a', 'guarded')
  await infras.create(bench.admin, { name: 'spare', stage: 'Test', profile: 'p' })
  const listed = [
    await pagesOf(
      (page) => infras.list(bob(), {}, page),
      (view) => view.infra.name,
    ),
    await pagesOf(
      (page) => publishedProjects.list(bob(), {}, { ...page, sort: 'key' }),
      (view) => view.publishedProject.key,
    ),
    await pagesOf(
      (page) => deployments.list(bob(), {}, page),
      (view) => view.deployment.name,
    ),
  ]
  assert.deepEqual(listed, [
    [['open', 'spare']],
    [['a', 'b'], ['c']],
    [['a-on-open', 'b-on-open'], ['c-on-open']],
  ])
})

test('an infra and a published project name no deployments that have to do with what somebody may not read', async () => {
  const { infras, publishedProjects } = bench.control
  await deployment('a', 'guarded')
  await deployment('a', 'open')
  await deployment('hidden', 'open')
  const named = async (caller: ReturnType<typeof bob>) => {
    const [infra, project] = [await infras.get(caller, 'open'), await publishedProjects.get(caller, 'a')]
    const [listed] = (await infras.list(caller, { name: 'open' }, { limit: 1 })).items
    assert.deepEqual(listed, infra)
    return [infra, project].map((view) => view.deployments.map(({ name }) => name).sort())
  }
  assert.deepEqual(await named(bob()), [['a-on-open'], ['a-on-open']])
  assert.deepEqual(await named(bench.admin), [
    ['a-on-open', 'hidden-on-open'],
    ['a-on-guarded', 'a-on-open'],
  ])
})

test('nobody runs what they may not read', async () => {
  const { clusters, pools, nodes, updates } = bench.control
  const code = { bundle: 'hidden@1' }
  const wanted = { name: 'web', profile: 'p', size: 1 }
  await assert.rejects(clusters.create(bob(), { ...wanted, code }), { code: 'not_found' })
  await clusters.create(alice(), { ...wanted, code })
  // What runs already may go on.
  const again = { bundle: 'hidden' }
  await assert.rejects(updates.start(bob(), 'web', { code: again }), { code: 'not_found' })
  await assert.rejects(updates.plan(bob(), 'web', { code: again }), { code: 'not_found' })
  await assert.rejects(pools.update(bob(), 'web', 'DefaultPool', { code: again }), { code: 'not_found' })
  await assert.rejects(pools.create(bob(), 'web', { name: 'more', profile: 'p', code }), {
    code: 'not_found',
  })
  await assert.rejects(nodes.createStandalone(bob(), { name: 'one', profile: 'p', code }), {
    code: 'not_found',
  })
  const { update } = await updates.start(bob(), 'web', { code: { commandLineArguments: [] } })
  assert.equal(update.type, 'Update')
})
