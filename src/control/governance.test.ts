import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { GovernanceError } from '../domain/errors.ts'
import type { GovernancePolicy } from '../domain/infra.ts'
import { type Bench, createBench, zipOf } from './test-bench.ts'

let bench: Bench
beforeEach(async () => {
  bench = await createBench()
  const { control, admin } = bench
  await control.profiles.create(admin, { name: 'p', type: 'scripted', properties: {} })
  await control.publishedProjects.create(admin, { key: 'web' })
  for (const version of ['1', '2']) {
    const content = { stream: zipOf({ 'start.sh': version }) }
    await control.bundles.publish(admin, { content, name: 'web', version })
  }
  await control.governance.setRule(admin, 'web', 'Production', { requiredSignOffs: 1 })
  await approve('web@1')
})
afterEach(() => bench.close())

const approve = (bundle: string) =>
  bench.control.approvals.approve(bench.as('qa', 'operator'), bundle, { stage: 'Production' })
const infra = (governance: GovernancePolicy) =>
  bench.control.infras.create(bench.admin, { name: 'prod', stage: 'Production', profile: 'p', governance })
const create = (bundle: string, more: object = {}) =>
  bench.control.deployments.create(bench.admin, {
    name: 'web',
    infra: 'prod',
    publishedProject: 'web',
    bundle,
    ...more,
  })
const save = (bundle: string, more: object = {}) =>
  bench.control.deployments.save(bench.admin, 'web', { bundle }, more)
const start = (more: object = {}) => bench.control.deployments.startUpdate(bench.admin, 'web', more)

async function told(type: string): Promise<string[]> {
  return (await bench.events()).filter((event) => event.type === type).map(({ because }) => because)
}

test('PREVENT lets nothing pass that is not approved: not created, not saved, not updated', async () => {
  await infra('PREVENT')
  await assert.rejects(create('2', { ignoreWarnings: true }), (error: unknown) => {
    assert.ok(error instanceof GovernanceError)
    assert.deepEqual([error.code, error.mayIgnore], ['governance_refused', false])
    assert.deepEqual(
      error.messages.map(({ severity, code }) => [severity, code]),
      [['ERROR', 'APPROVALS_MISSING']],
    )
    return true
  })
  await create('1')
  await assert.rejects(save('2', { ignoreWarnings: true }), { code: 'governance_refused' })
  await bench.control.approvals.withdraw(bench.as('qa', 'operator'), 'web@1', { stage: 'Production' })
  await assert.rejects(start({ ignoreWarnings: true }), { code: 'governance_refused' })
  await approve('web@1')
  assert.equal((await start()).isRunning, true)
  const refused = await told('governance.refused')
  assert.equal(refused.length, 3)
  assert.match(refused[0] ?? '', /bundle web@2 for deployment "web" on infra "prod".*0 of 1 approvals/)
  assert.equal((await told('governance.passed')).length, 2)
})

test('WARN refuses, too, and says how to go on; who goes on is written down', async () => {
  await infra('WARN')
  await assert.rejects(create('2'), (error: unknown) => {
    assert.ok(error instanceof GovernanceError)
    assert.match(error.message, /ask again with ignoreWarnings/)
    assert.deepEqual(
      error.messages.map(({ severity, isFatal }) => [severity, isFatal]),
      [['WARNING', false]],
    )
    return error.mayIgnore
  })
  await create('2', { ignoreWarnings: true })
  await assert.rejects(start(), { code: 'governance_refused' })
  await start({ ignoreWarnings: true })
  const ignored = await told('governance.ignored')
  assert.equal(ignored.length, 2)
  assert.match(ignored[0] ?? '', /^root let bundle web@2 .* pass in spite of: bundle web@2 has 0 of 1/)
})

test('NO_CHECK asks nothing, and neither does what changes no bundle', async () => {
  await infra('NO_CHECK')
  await create('2')
  await start()
  assert.deepEqual(await told('governance.passed'), [])
  await bench.control.infras.update(bench.admin, 'prod', { governance: 'PREVENT' })
  await bench.control.deployments.save(bench.admin, 'web', { bundle: '2', projectFolderId: 'f' })
  await bench.control.deployments.disable(bench.admin, 'web')
  assert.deepEqual(await told('governance.refused'), [])
})

test('what would be said can be asked beforehand', async () => {
  const check = async (bundle?: string) =>
    (await bench.control.governance.check(bench.as('v', 'viewer'), 'web', bundle)).map(
      ({ severity, code }) => `${severity} ${code}`,
    )
  await infra('WARN')
  await create('1')
  assert.deepEqual(await check(), ['SUCCESS APPROVALS_COMPLETE'])
  assert.deepEqual(await check('2'), ['WARNING APPROVALS_MISSING'])
  await assert.rejects(check('9'), { code: 'not_found' })
  await bench.control.infras.update(bench.admin, 'prod', { governance: 'PREVENT' })
  assert.deepEqual(await check('2'), ['ERROR APPROVALS_MISSING'])
  await bench.control.infras.update(bench.admin, 'prod', { governance: 'NO_CHECK' })
  assert.deepEqual(await check('2'), [])
})

test('a stage without rules lets every bundle pass', async () => {
  await bench.control.infras.create(bench.admin, { name: 'dev', stage: 'Test', governance: 'PREVENT' })
  await create('2', { infra: 'dev' })
  assert.equal((await told('governance.passed')).length, 1)
})

test('an operator cannot get round the rules by an infra that does not ask', async () => {
  const operator = bench.as('ops', 'operator')
  const { infras } = bench.control
  const mine = { name: 'mine', stage: 'Production' }
  await assert.rejects(infras.create(operator, mine), { code: 'forbidden' })
  await infras.create(operator, { ...mine, governance: 'PREVENT' })
  await assert.rejects(infras.update(operator, 'mine', { governance: 'WARN' }), { code: 'forbidden' })
  await assert.rejects(infras.update(operator, 'mine', { stage: 'Test' }), { code: 'forbidden' })
  await infras.update(operator, 'mine', { governance: 'PREVENT', description: 'ours' })
  await assert.rejects(bench.control.publishedProjects.delete(operator, 'web'), { code: 'forbidden' })
})

test('deploying needs the right to it on the infra and on the published project', async () => {
  const { infras, publishedProjects, deployments } = bench.control
  await infra('NO_CHECK')
  const alice = bench.as('alice', 'operator')
  const input = { name: 'web', infra: 'prod', publishedProject: 'web', bundle: '1' }
  await publishedProjects.update(bench.admin, 'web', { permissions: [{ group: 'web', write: true }] })
  await assert.rejects(deployments.create(alice, input), { code: 'not_found' })
  const member = { ...alice, principal: { ...alice.principal, groups: ['web'] } }
  await assert.rejects(deployments.create(member, input), { code: 'forbidden' })
  await publishedProjects.update(bench.admin, 'web', {
    permissions: [{ group: 'web', deploy: true, write: true }],
  })
  await infras.update(bench.admin, 'prod', { permissions: [{ group: 'ops', deploy: true }] })
  await assert.rejects(deployments.create(member, input), { code: 'not_found' })
  const both = { ...alice, principal: { ...alice.principal, groups: ['web', 'ops'] } }
  await deployments.create(both, input)
  const names = async (who: typeof alice) =>
    (await deployments.list(who, {}, { limit: 10 })).items.map((view) => view.deployment.name)
  assert.deepEqual([await names(both), await names(member), await names(bench.admin)], [['web'], [], ['web']])
  await assert.rejects(deployments.startUpdate(member, 'web'), { code: 'not_found' })
  await assert.rejects(infras.get(member, 'prod'), { code: 'not_found' })
  assert.deepEqual((await infras.list(member, {}, { limit: 10 })).items, [])
  await assert.rejects(infras.update(both, 'prod', { description: 'ours' }), { code: 'forbidden' })
  await assert.rejects(publishedProjects.get(alice, 'web'), { code: 'not_found' })
  assert.deepEqual((await publishedProjects.list(alice, {}, { limit: 10 })).items, [])
  const zip = { content: { stream: zipOf({ a: 'x' }) }, name: 'web', version: '3' }
  await assert.rejects(bench.control.bundles.publish(alice, zip), { code: 'forbidden' })
})

test('a stage may be called as something that every object has, and asks for nothing until somebody sets it', async () => {
  const { stages, approvals, governance, deployments } = bench.control
  const name = 'constructor'
  await stages.set(bench.admin, [{ name: 'Production' }, { name }])
  await approvals.approve(bench.as('qa', 'operator'), 'web@2', { stage: name })
  const status = await approvals.status(bench.admin, 'web@2', name)
  assert.deepEqual(
    status.stages.map(({ rule, passes }) => [rule, passes]),
    [[null, true]],
  )
  await bench.control.infras.create(bench.admin, {
    ...{ name: 'own', stage: name, profile: 'p', governance: 'PREVENT' },
  })
  await deployments.create(bench.admin, {
    ...{ name: 'own', infra: 'own', publishedProject: 'web', bundle: '2' },
  })
  await governance.setRule(bench.admin, 'web', name, { requiredSignOffs: 2 })
  assert.equal((await governance.check(bench.admin, 'own'))[0]?.code, 'APPROVALS_MISSING')
})
