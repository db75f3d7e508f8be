import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ForbiddenError, NotFoundError } from '../domain/errors.ts'
import type { NodeId } from '../domain/ids.ts'
import type { Role } from '../domain/principal.ts'
import type { Asker, Caller, Control } from './control.ts'
import { type Bench, createBench, createWeb, zipOf } from './test-bench.ts'

let bench: Bench
before(async () => {
  bench = await createBench()
  await createWeb(bench)
})
after(() => bench.close())

const page = { limit: 10 }
const zip = () => ({ content: { stream: zipOf({ a: 'b' }) }, name: 'b' })

/** Every verb with the role it needs. What is asked for need not exist: who may not ask is refused before that. */
const tagged = { key: 'tags', patch: {} }

const verbs: readonly (readonly [Role, string, (control: Control, caller: Caller) => Promise<unknown>])[] = [
  ['viewer', 'projects.get', (c, who) => c.projects.get(who, 'default')],
  ['viewer', 'bundles.list', (c, who) => c.bundles.list(who, {}, page)],
  ['viewer', 'bundles.get', (c, who) => c.bundles.get(who, 'x')],
  ['viewer', 'bundles.download', (c, who) => c.bundles.download(who, 'x')],
  ['operator', 'bundles.publish', (c, who) => c.bundles.publish(who, zip())],
  ['operator', 'buckets.create', (c, who) => c.buckets.create(who, { name: 'abc' })],
  ['viewer', 'buckets.list', (c, who) => c.buckets.list(who, page)],
  ['viewer', 'buckets.get', (c, who) => c.buckets.get(who, 'x')],
  ['operator', 'buckets.delete', (c, who) => c.buckets.delete(who, 'x')],
  ['viewer', 'buckets.listObjects', (c, who) => c.buckets.listObjects(who, 'x', {}, page)],
  ['viewer', 'buckets.listVersions', (c, who) => c.buckets.listVersions(who, 'x', {}, page)],
  ['viewer', 'buckets.download', (c, who) => c.buckets.download(who, { bucket: 'abc', key: 'x' })],
  ['operator', 'buckets.deleteObject', (c, who) => c.buckets.deleteObject(who, { bucket: 'abc', key: 'x' })],
  ['operator', 'buckets.put', (c, who) => c.buckets.put(who, { bucket: 'abc', key: 'x', ...zip() })],
  ['operator', 'bundles.publishFrom', (c, who) => c.bundles.publishFrom(who, { bucket: 'abc', key: 'x' })],
  ['operator', 'bundles.delete', (c, who) => c.bundles.delete(who, 'x')],
  ['viewer', 'profiles.list', (c, who) => c.profiles.list(who, {}, page)],
  ['viewer', 'profiles.get', (c, who) => c.profiles.get(who, 'x')],
  ['viewer', 'profiles.types', (c, who) => c.profiles.types(who)],
  ['viewer', 'profiles.validate', (c, who) => c.profiles.validate(who, { type: 'x', properties: {} })],
  [
    'operator',
    'profiles.create',
    (c, who) => c.profiles.create(who, { name: 'x', type: 'x', properties: {} }),
  ],
  ['operator', 'profiles.update', (c, who) => c.profiles.update(who, 'x', { metadata: {} })],
  ['operator', 'profiles.delete', (c, who) => c.profiles.delete(who, 'x')],
  ['operator', 'environments.create', (c, who) => c.environments.create(who, { name: 'x' })],
  ['viewer', 'environments.list', (c, who) => c.environments.list(who, {}, page)],
  ['viewer', 'environments.get', (c, who) => c.environments.get(who, 'x')],
  ['operator', 'environments.update', (c, who) => c.environments.update(who, 'x', { name: 'y' })],
  ['operator', 'environments.setAttributes', (c, who) => c.environments.setAttributes(who, 'x', tagged)],
  ['operator', 'environments.delete', (c, who) => c.environments.delete(who, 'x')],
  ['viewer', 'stages.list', (c, who) => c.stages.list(who)],
  ['administrator', 'stages.set', (c, who) => c.stages.set(who, [{ name: 'x' }])],
  ['operator', 'infras.create', (c, who) => c.infras.create(who, { name: 'x', stage: 'x' })],
  ['viewer', 'infras.list', (c, who) => c.infras.list(who, {}, page)],
  ['viewer', 'infras.get', (c, who) => c.infras.get(who, 'x')],
  ['operator', 'infras.update', (c, who) => c.infras.update(who, 'x', {})],
  ['operator', 'infras.delete', (c, who) => c.infras.delete(who, 'x')],
  ['operator', 'publishedProjects.create', (c, who) => c.publishedProjects.create(who, { key: 'x' })],
  ['operator', 'publishedProjects.publish', (c, who) => c.publishedProjects.publish(who, zip())],
  ['viewer', 'publishedProjects.list', (c, who) => c.publishedProjects.list(who, {}, page)],
  ['viewer', 'publishedProjects.get', (c, who) => c.publishedProjects.get(who, 'x')],
  ['operator', 'publishedProjects.update', (c, who) => c.publishedProjects.update(who, 'x', {})],
  ['operator', 'publishedProjects.delete', (c, who) => c.publishedProjects.delete(who, 'y')],
  [
    'operator',
    'deployments.create',
    (c, who) => c.deployments.create(who, { name: 'x', infra: 'x', publishedProject: 'x', bundle: 'x' }),
  ],
  ['viewer', 'deployments.list', (c, who) => c.deployments.list(who, {}, page)],
  ['viewer', 'deployments.get', (c, who) => c.deployments.get(who, 'x')],
  ['viewer', 'deployments.status', (c, who) => c.deployments.status(who, 'x')],
  ['operator', 'deployments.save', (c, who) => c.deployments.save(who, 'x', {})],
  ['operator', 'deployments.enable', (c, who) => c.deployments.enable(who, 'x')],
  ['operator', 'deployments.disable', (c, who) => c.deployments.disable(who, 'x')],
  ['operator', 'deployments.startUpdate', (c, who) => c.deployments.startUpdate(who, 'x')],
  ['viewer', 'deployments.updates', (c, who) => c.deployments.updates(who, 'x', page)],
  ['viewer', 'deployments.getUpdate', (c, who) => c.deployments.getUpdate(who, 'x')],
  ['operator', 'deployments.cancel', (c, who) => c.deployments.cancel(who, 'x')],
  ['operator', 'deployments.promote', (c, who) => c.deployments.promote(who, 'x', { infra: 'x' })],
  ['operator', 'deployments.delete', (c, who) => c.deployments.delete(who, 'x')],
  ['viewer', 'approvals.approve', (c, who) => c.approvals.approve(who, 'y', { stage: 'x' })],
  ['viewer', 'approvals.reject', (c, who) => c.approvals.reject(who, 'y', { stage: 'x' })],
  ['viewer', 'approvals.withdraw', (c, who) => c.approvals.withdraw(who, 'y', { stage: 'x' })],
  ['viewer', 'approvals.list', (c, who) => c.approvals.list(who, { publishedProject: 'x' }, page)],
  ['viewer', 'approvals.status', (c, who) => c.approvals.status(who, 'y')],
  ['viewer', 'approvals.delegate', (c, who) => c.approvals.delegate(who, 'y', { to: 'x', forSeconds: 1 })],
  ['viewer', 'approvals.delegations', (c, who) => c.approvals.delegations(who, 'y')],
  ['viewer', 'approvals.endDelegation', (c, who) => c.approvals.endDelegation(who, 'y', 'x')],
  ['viewer', 'governance.check', (c, who) => c.governance.check(who, 'y')],
  ['viewer', 'governance.getRules', (c, who) => c.governance.getRules(who, 'y')],
  ['operator', 'governance.setRule', (c, who) => c.governance.setRule(who, 'y', 'x', null)],
  ['viewer', 'governance.keys', (c, who) => c.governance.keys(who, 'y')],
  ['operator', 'governance.addKey', (c, who) => c.governance.addKey(who, 'y', { name: 'x', publicKey: 'x' })],
  ['operator', 'governance.removeKey', (c, who) => c.governance.removeKey(who, 'y', 'x')],
  ['operator', 'governance.addSignature', (c, who) => c.governance.addSignature(who, 'y', 'x')],
  ['viewer', 'versions.catalogue', (c, who) => c.versions.catalogue(who)],
  ['viewer', 'versions.list', (c, who) => c.versions.list(who, 'x', page)],
  ['viewer', 'versions.get', (c, who) => c.versions.get(who, 'x')],
  ['operator', 'versions.change', (c, who) => c.versions.change(who, 'x', { version: '1.0' })],
  ['operator', 'versions.cancel', (c, who) => c.versions.cancel(who, 'x')],
  ['viewer', 'clusters.list', (c, who) => c.clusters.list(who, {}, page)],
  ['viewer', 'clusters.get', (c, who) => c.clusters.get(who, 'x')],
  ['viewer', 'clusters.listWithNodes', (c, who) => c.clusters.listWithNodes(who, {}, page)],
  ['viewer', 'events.listViews', (c, who) => c.events.listViews(who, {}, page)],
  ['viewer', 'events.get', (c, who) => c.events.get(who, 'x')],
  ['viewer', 'clusters.getWithNodes', (c, who) => c.clusters.getWithNodes(who, 'x')],
  ['operator', 'clusters.create', (c, who) => c.clusters.create(who, { name: 'x', profile: 'x' })],
  ['operator', 'clusters.update', (c, who) => c.clusters.update(who, 'x', { metadata: {} })],
  ['operator', 'clusters.change', (c, who) => c.clusters.change(who, 'x', { metadata: {} })],
  ['operator', 'clusters.setAttributes', (c, who) => c.clusters.setAttributes(who, 'x', tagged)],
  ['operator', 'clusters.configure', (c, who) => c.clusters.configure(who, 'x', { ...tagged, asked: {} })],
  ['operator', 'pools.setAttributes', (c, who) => c.pools.setAttributes(who, 'x', 'x', tagged)],
  ['operator', 'pools.configure', (c, who) => c.pools.configure(who, 'x', 'x', { ...tagged, asked: {} })],
  ['operator', 'clusters.resize', (c, who) => c.clusters.resize(who, 'x', { desiredCapacity: 1 })],
  ['operator', 'clusters.adjust', (c, who) => c.clusters.adjust(who, 'x', { minSize: 1 })],
  ['operator', 'clusters.scaleOut', (c, who) => c.clusters.scaleOut(who, 'x', {})],
  ['operator', 'clusters.scaleIn', (c, who) => c.clusters.scaleIn(who, 'x', {})],
  ['operator', 'clusters.check', (c, who) => c.clusters.check(who, 'x')],
  ['operator', 'clusters.recover', (c, who) => c.clusters.recover(who, 'x')],
  ['operator', 'clusters.delete', (c, who) => c.clusters.delete(who, 'x')],
  ['viewer', 'pools.list', (c, who) => c.pools.list(who, 'x')],
  ['viewer', 'pools.get', (c, who) => c.pools.get(who, 'x', 'x')],
  ['operator', 'pools.create', (c, who) => c.pools.create(who, 'x', { name: 'x', profile: 'x' })],
  ['operator', 'pools.update', (c, who) => c.pools.update(who, 'x', 'x', { minSize: 0 })],
  ['operator', 'pools.delete', (c, who) => c.pools.delete(who, 'x', 'x')],
  ['viewer', 'nodes.list', (c, who) => c.nodes.list(who, {}, page)],
  ['viewer', 'nodes.get', (c, who) => c.nodes.get(who, 'x', 'x')],
  [
    'viewer',
    'nodes.logs',
    (c, who) => c.nodes.logs(who, 'x', 'x', { follow: false, signal: AbortSignal.timeout(1000) }),
  ],
  ['viewer', 'nodes.details', (c, who) => c.nodes.details(who, ['x' as NodeId])],
  ['operator', 'nodes.create', (c, who) => c.nodes.create(who, 'x', {})],
  ['operator', 'nodes.add', (c, who) => c.nodes.add(who, 'x', { count: 1 })],
  ['operator', 'nodes.remove', (c, who) => c.nodes.remove(who, 'x', { nodes: ['x'] })],
  ['operator', 'nodes.delete', (c, who) => c.nodes.delete(who, 'x', 'x')],
  ['operator', 'nodes.replace', (c, who) => c.nodes.replace(who, 'x', { nodes: ['x'] })],
  ['operator', 'nodes.check', (c, who) => c.nodes.check(who, 'x', 'x')],
  ['operator', 'nodes.recover', (c, who) => c.nodes.recover(who, 'x', 'x')],
  ['operator', 'nodes.operate', (c, who) => c.nodes.operate(who, null, 'x', { operation: 'x' })],
  ['operator', 'clusters.operate', (c, who) => c.clusters.operate(who, 'x', { operation: 'x' })],
  ['operator', 'nodes.adopt', (c, who) => c.nodes.adopt(who, { name: 'x', identity: 'x', type: 'x' })],
  ['viewer', 'nodes.previewAdoption', (c, who) => c.nodes.previewAdoption(who, { identity: 'x', type: 'x' })],
  ['operator', 'nodes.update', (c, who) => c.nodes.update(who, null, 'x', {})],
  ['operator', 'nodes.createMember', (c, who) => c.nodes.createMember(who, 'x', {})],
  [
    'operator',
    'nodes.createStandalone',
    (c, who) => c.nodes.createStandalone(who, { name: 'x', profile: 'x' }),
  ],
  ['operator', 'nodes.join', (c, who) => c.nodes.join(who, 'x', { nodes: ['x'] })],
  ['operator', 'nodes.leave', (c, who) => c.nodes.leave(who, 'x', { nodes: ['x'] })],
  ['operator', 'nodes.replaceWith', (c, who) => c.nodes.replaceWith(who, 'x', { nodes: { x: 'y' } })],
  ['viewer', 'revisions.list', (c, who) => c.revisions.list(who, 'x', undefined, page)],
  ['viewer', 'revisions.get', (c, who) => c.revisions.get(who, 'x', undefined, 1)],
  ['viewer', 'updates.list', (c, who) => c.updates.list(who, {}, page)],
  ['viewer', 'updates.explain', (c, who) => c.updates.explain(who, 'x')],
  ['viewer', 'updates.history', (c, who) => c.updates.history(who, 'x')],
  ['viewer', 'revisions.load', (c, who) => c.revisions.load(who, [])],
  ['viewer', 'revisions.compare', (c, who) => c.revisions.compare(who, 'x', undefined, { from: 1, to: 2 })],
  ['operator', 'updates.continue', (c, who) => c.updates.continue(who, 'x')],
  ['viewer', 'updates.get', (c, who) => c.updates.get(who, 'x')],
  ['viewer', 'updates.nodes', (c, who) => c.updates.nodes(who, 'x', page)],
  ['viewer', 'updates.plan', (c, who) => c.updates.plan(who, 'x', {})],
  ['viewer', 'updates.planRollback', (c, who) => c.updates.planRollback(who, 'x', {})],
  ['operator', 'updates.start', (c, who) => c.updates.start(who, 'x', {})],
  ['operator', 'updates.rollback', (c, who) => c.updates.rollback(who, 'x', {})],
  ['operator', 'updates.cancel', (c, who) => c.updates.cancel(who, 'x', {})],
  ['operator', 'updates.pause', (c, who) => c.updates.pause(who, 'x', {})],
  ['operator', 'updates.resume', (c, who) => c.updates.resume(who, 'x')],
  ['viewer', 'actions.hookMessages', (c, who) => c.actions.hookMessages(who, 'x')],
  ['viewer', 'receivers.list', (c, who) => c.receivers.list(who, {}, page)],
  ['viewer', 'receivers.get', (c, who) => c.receivers.get(who, 'x')],
  ['viewer', 'receivers.messages', (c, who) => c.receivers.messages(who, 'x', {}, page)],
  ['operator', 'receivers.create', (c, who) => c.receivers.create(who, { name: 'x', type: 'message' })],
  ['operator', 'receivers.update', (c, who) => c.receivers.update(who, 'x', { params: {} })],
  ['operator', 'receivers.delete', (c, who) => c.receivers.delete(who, 'x')],
  ['operator', 'receivers.rotate', (c, who) => c.receivers.rotate(who, 'x')],
  ['operator', 'receivers.trigger', (c, who) => c.receivers.trigger(who, 'y', {})],
  ['operator', 'receivers.notify', (c, who) => c.receivers.notify(who, 'y')],
  ['viewer', 'policies.list', (c, who) => c.policies.list(who, {}, page)],
  ['viewer', 'policies.get', (c, who) => c.policies.get(who, 'x')],
  ['viewer', 'policies.types', (c, who) => c.policies.types(who)],
  ['viewer', 'policies.validate', (c, who) => c.policies.validate(who, { type: 'x', properties: {} })],
  [
    'operator',
    'policies.create',
    (c, who) => c.policies.create(who, { name: 'x', type: 'x', properties: {} }),
  ],
  ['operator', 'policies.update', (c, who) => c.policies.update(who, 'x', { name: 'y' })],
  ['operator', 'policies.delete', (c, who) => c.policies.delete(who, 'x')],
  ['viewer', 'clusterPolicies.list', (c, who) => c.clusterPolicies.list(who, 'x')],
  ['viewer', 'clusterPolicies.get', (c, who) => c.clusterPolicies.get(who, 'x', 'x')],
  ['operator', 'clusterPolicies.attach', (c, who) => c.clusterPolicies.attach(who, 'x', { policy: 'x' })],
  ['operator', 'clusterPolicies.detach', (c, who) => c.clusterPolicies.detach(who, 'x', 'x')],
  [
    'operator',
    'clusterPolicies.update',
    (c, who) => c.clusterPolicies.update(who, 'x', 'x', { enabled: true }),
  ],
  ['viewer', 'actions.list', (c, who) => c.actions.list(who, {}, page)],
  ['viewer', 'actions.get', (c, who) => c.actions.get(who, 'x')],
  ['operator', 'actions.cancel', (c, who) => c.actions.cancel(who, 'x', {})],
  ['operator', 'actions.suspend', (c, who) => c.actions.suspend(who, 'x')],
  ['operator', 'actions.resume', (c, who) => c.actions.resume(who, 'x')],
  ['operator', 'actions.completeLifecycle', (c, who) => c.actions.completeLifecycle(who, 'x')],
  ['viewer', 'events.list', (c, who) => c.events.list(who, {}, page)],
  ['viewer', 'events.after', (c, who) => c.events.after(who, {}, 0, 10)],
  ['viewer', 'events.last', (c, who) => c.events.last(who)],
  ['administrator', 'apiKeys.list', (c, who) => c.apiKeys.list(who, page)],
  [
    'administrator',
    'apiKeys.create',
    (c, who) => c.apiKeys.create(who, { name: 'engine', grants: [{ project: 'default', role: 'viewer' }] }),
  ],
]

const ranks: readonly (Role | null)[] = [null, 'viewer', 'operator', 'administrator']

for (const [needed, verb, ask] of verbs) {
  test(`${verb} is refused to all below ${needed}, and the refusal is an event`, async () => {
    for (const role of ranks) {
      const who = bench.as(`${role}-of-${verb}`, role)
      const refused = await ask(bench.control, who).then(
        () => false,
        (error: unknown) => error instanceof ForbiddenError,
      )
      assert.equal(refused, ranks.indexOf(role) < ranks.indexOf(needed), `as ${role}`)
      const events = (await bench.events()).filter(
        (event) => event.type === 'access.refused' && event.principal === who.principal.name,
      )
      assert.equal(events.length, refused ? 1 : 0)
    }
  })
}

test('the table above names every verb of a project', () => {
  // What is called with a receiver's own credential is in its own tests.
  const exempt = ['projects.create', 'projects.list', 'apiKeys.revoke', 'engines.list'].concat(
    'receivers.call',
    'receivers.send',
  )
  // About users, who are of no one project; their own tests say who may ask.
  const ofUsers = ['users', 'applicationCredentials', 'tokens', 'accessKeys']
  const groups = Object.entries(bench.control).filter(
    ([noun, group]) => typeof group === 'object' && !ofUsers.includes(noun),
  )
  const all = groups.flatMap(([noun, group]) => Object.keys(group).map((name) => `${noun}.${name}`))
  assert.deepEqual(all.sort(), [...verbs.map(([, verb]) => verb), ...exempt].sort())
})

test('a role in one project is none in another, and a stranger cannot tell whether a project exists', async () => {
  await bench.control.projects.create(bench.admin, { name: 'other' })
  const who = bench.as('stranger', 'administrator')
  const messageFor = async (project: string) => {
    const error: unknown = await bench.control.clusters
      .list({ ...who, project }, {}, page)
      .catch((thrown: unknown) => thrown)
    assert.ok(error instanceof ForbiddenError)
    return error.message.replace(project, '…')
  }
  assert.equal(await messageFor('other'), await messageFor('nothing'))
  await assert.rejects(
    bench.control.clusters.list({ ...bench.admin, project: 'nothing' }, {}, page),
    NotFoundError,
  )
})

test('projects are made by administrators of everything only, and listed for those who have a role in them', async () => {
  const { control } = bench
  await assert.rejects(
    control.projects.create(bench.as('project-admin', 'administrator'), { name: 'mine' }),
    ForbiddenError,
  )
  const names = async (asker: Asker) =>
    (await control.projects.list(asker, page)).items.map((project) => project.name)
  assert.deepEqual(await names(bench.as('v', 'viewer')), ['default'])
  assert.deepEqual(await names(bench.as('n', null)), [])
  assert.ok((await names(bench.admin)).length > 1)
  await assert.rejects(control.projects.create(bench.admin, { name: 'default' }), { code: 'already_exists' })
  await assert.rejects(control.engines.list(bench.as('n', null)), ForbiddenError)
  assert.deepEqual(await control.engines.list(bench.as('v', 'viewer')), [])
  assert.deepEqual(await control.whoami(bench.as('v', 'viewer')), {
    name: 'v',
    groups: [],
    grants: [{ projectId: bench.projectId, project: 'default', role: 'viewer' }],
  })
})
