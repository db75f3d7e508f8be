import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import type { NodeTemplate } from '../domain/revision.ts'
import { checkNodeTemplate } from './node-template.ts'
import { type Bench, createBench, createWeb, makeNodes } from './test-bench.ts'

const PASSWORD = 'correct-horse-battery'
const login = { userName: 'root', password: PASSWORD }

describe('a node template', () => {
  const wrong: readonly (readonly [string, object])[] = [
    ['nodeTemplate.users', { users: [] }],
    ['nodeTemplate.hooks.preInstall', { hooks: { preInstall: { command: ['true'], script: 'true' } } }],
    ['nodeTemplate.hooks.preInstall.command', { hooks: { preInstall: {} } }],
    ['nodeTemplate.hooks.preInstall.script', { hooks: { preInstall: { script: '' } } }],
    ['nodeTemplate.hooks.preInstall.script', { hooks: { preInstall: { script: 'a\0b' } } }],
    ['nodeTemplate.hooks.preInstall.script', { hooks: { preInstall: { script: 'x'.repeat(65_537) } } }],
    ['nodeTemplate.login', { login: 'root' }],
    ['nodeTemplate.login', { login: { userName: 'root' } }],
    ['nodeTemplate.login', { login: { ...login, keyPair: 'mine' } }],
    ['nodeTemplate.login.user', { login: { user: 'root' } }],
    ['nodeTemplate.login.userName', { login: { userName: '-oProxyCommand=x', keyPair: 'mine' } }],
    ['nodeTemplate.login.password', { login: { userName: 'root', password: '' } }],
  ]
  for (const [field, template] of wrong) {
    test(`with ${JSON.stringify(template).slice(0, 70)} is refused, naming ${field}`, () => {
      assert.throws(
        () => checkNodeTemplate(template as NodeTemplate),
        (error: Error) => error.message.startsWith(`${field}:`) && !error.message.includes(PASSWORD),
      )
    })
  }
})

describe('the template of a pool', () => {
  let bench: Bench
  beforeEach(async () => {
    bench = await createBench()
  })
  afterEach(() => bench.close())

  const template = { hooks: { postInstall: { script: '#!/bin/bash\necho ready\n' } }, login }

  test('is for nodes that come from now on; a repair brings those there that are there', async () => {
    const { control, admin } = bench
    const { pool } = await createWeb(bench, 2)
    const [node] = await makeNodes(bench, pool, 2)
    const changed = await control.pools.update(admin, 'web', 'DefaultPool', { nodeTemplate: template })
    assert.notEqual(changed.committedRevisionId, pool.committedRevisionId)
    const view = await control.pools.get(admin, 'web', 'DefaultPool')
    assert.deepEqual([view.committedRevision, view.nodes.total, view.nodes.upToDate], [2, 2, 0])
    assert.equal((await control.nodes.get(admin, 'web', node!.id)).drifted, true)
    const started = await control.updates.start(admin, 'web', { type: 'Repair', nodes: [node!.id] })
    assert.deepEqual([started.toRevision, started.update.selection], [2, [node!.id]])
    const again = { nodeTemplate: { hooks: {} } }
    await assert.rejects(control.pools.update(admin, 'web', 'DefaultPool', again), { code: 'conflict' })
  })

  test('that is the same again makes no new revision', async () => {
    const { control, admin } = bench
    await createWeb(bench)
    const update = () => control.pools.update(admin, 'web', 'DefaultPool', { nodeTemplate: template })
    const first = await update()
    assert.equal((await update()).committedRevisionId, first.committedRevisionId)
  })

  test('keeps the secrets that are given back as they are shown, and no other user gets them', async () => {
    const { control, admin } = bench
    await createWeb(bench)
    await control.pools.update(admin, 'web', 'DefaultPool', { nodeTemplate: template })
    const { revision } = await control.revisions.get(admin, 'web', undefined, 2)
    const shown = revision.spec.nodeTemplate
    const same = await control.pools.update(admin, 'web', 'DefaultPool', { nodeTemplate: shown })
    assert.equal(same.committedRevisionId, revision.id)
    const other = { login: { ...shown.login!, userName: 'ann' } }
    await assert.rejects(control.pools.update(admin, 'web', 'DefaultPool', { nodeTemplate: other }), {
      field: 'nodeTemplate.login.password',
    })
  })

  test('may be another for a node of its own, which has a name of its own', async () => {
    const { control, admin } = bench
    const { revision } = await createWeb(bench, 1)
    const input = { name: 'alone', nodeTemplate: template }
    const { node } = await control.nodes.createMember(admin, 'web', input)
    assert.equal(node.name, 'alone')
    assert.notEqual(node.revisionId, revision.id)
    const second = await control.nodes.createMember(admin, 'web', { nodeTemplate: template })
    assert.equal(second.node.revisionId, node.revisionId)
    await assert.rejects(control.nodes.createMember(admin, 'web', input), { code: 'already_exists' })
    const plain = await control.nodes.createMember(admin, 'web', {})
    assert.equal(plain.node.revisionId, revision.id)
  })

  test('has secrets that no answer, event, list or stored request shows', async () => {
    const { control, admin } = bench
    await createWeb(bench)
    const ann = bench.as('ann', 'operator', 'once')
    const started = await control.updates.start(ann, 'web', { nodeTemplate: template })
    const again = await control.updates.start(ann, 'web', { nodeTemplate: template })
    assert.equal(again.update.id, started.update.id)
    const revisions = await control.revisions.list(admin, 'web', undefined, { limit: 10 })
    const plan = await control.updates.plan(admin, 'web', { nodeTemplate: { login } })
    const params = { nodeTemplate: { login } }
    const receiver = await control.receivers.create(admin, {
      ...{ name: 'hook', type: 'webhook', cluster: 'web', action: 'CLUSTER_UPDATE', params },
    })
    const receivers = await control.receivers.list(admin, {}, { limit: 10 })
    const one = await control.receivers.get(admin, 'hook')
    for (const shown of [started, again, revisions, plan, receiver, receivers, one]) {
      const text = JSON.stringify(shown)
      assert.ok(!text.includes(PASSWORD), text)
      assert.match(text, /"password":"\*\*\*"/)
    }
    assert.ok(!(await bench.everythingStored()).includes(PASSWORD))
  })
})
