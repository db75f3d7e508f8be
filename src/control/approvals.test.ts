import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { createTestSigner } from '../access/test-minisign.ts'
import type { Bundle } from '../domain/bundle.ts'
import type { Caller } from './control.ts'
import type { StageRuleInput } from './governance-verbs.ts'
import { type Bench, createBench, zipOf } from './test-bench.ts'

const page = { limit: 100 }
const password = 'correct horse'
const HOUR = 3_600_000

let bench: Bench
let ada: Caller
let bob: Caller
let eve: Caller
beforeEach(async () => {
  bench = await createBench()
  await bench.control.publishedProjects.create(bench.admin, { key: 'web' })
  ada = await logIn('ada', ['qa'])
  bob = await logIn('bob', ['qa'])
  eve = await logIn('eve', [])
  await rule({ requiredSignOffs: 2, reviewers: [{ group: 'qa' }, { user: 'eve' }] })
  await publish('1')
})
afterEach(() => bench.close())

/** Reviewers are viewers: they decide what others deploy. */
async function logIn(name: string, groups: readonly string[], role = 'viewer' as const): Promise<Caller> {
  const grants = [{ project: 'default', role }]
  await bench.control.users.create(bench.admin, { name, password, grants, groups })
  return await loggedIn(name)
}

async function loggedIn(name: string): Promise<Caller> {
  const proof = { kind: 'password', user: name, password } as const
  const { secret } = await bench.control.tokens.issue({ proof, address: '10.0.0.1' })
  return { principal: await bench.authenticator.authenticateToken(secret), project: 'default' }
}

function rule(input: StageRuleInput, stage = 'Test') {
  return bench.control.governance.setRule(bench.admin, 'web', stage, input)
}

function publish(version: string, who = bench.admin): Promise<Bundle> {
  return bench.control.bundles.publish(who, {
    content: { stream: zipOf({ 'start.sh': version }) },
    name: 'web',
    version,
  })
}

const approve = (who: Caller, bundle = 'web@1', more: object = {}) =>
  bench.control.approvals.approve(who, bundle, { stage: 'Test', ...more })
const reject = (who: Caller, comment = '') =>
  bench.control.approvals.reject(who, 'web@1', { stage: 'Test', comment })

async function status(bundle = 'web@1') {
  const { stages } = await bench.control.approvals.status(bench.admin, bundle, 'Test')
  const { passes, messages } = stages[0]!
  return { passes, codes: messages.map(({ code }) => code), messages }
}

test('a bundle passes when enough reviewers have approved it, and not before', async () => {
  assert.deepEqual(await status(), { ...(await status()), passes: false, codes: ['APPROVALS_MISSING'] })
  await approve(ada)
  await approve(ada)
  assert.equal((await status()).passes, false)
  await approve(eve, 'web@1', { comment: 'fast enough' })
  assert.deepEqual((await status()).codes, ['APPROVALS_COMPLETE'])
  assert.equal((await status()).passes, true)
  const told = (await bench.events()).filter(({ type }) => type === 'bundle.approved')
  assert.deepEqual(
    told.map(({ because }) => because),
    [
      'user:ada approved bundle web@1 for stage "Test"',
      'user:ada approved bundle web@1 for stage "Test"',
      'user:eve approved bundle web@1 for stage "Test": fast enough',
    ],
  )
})

test('what somebody says newly takes the place of what they said, and both are kept', async () => {
  await approve(ada)
  await approve(eve)
  await reject(ada, 'leaks memory')
  assert.deepEqual((await status()).codes, ['BUNDLE_REJECTED', 'APPROVALS_MISSING'])
  await approve(ada)
  assert.equal((await status()).passes, true)
  const { items } = await bench.control.approvals.list(ada, { bundle: 'web@1' }, page)
  assert.deepEqual(
    items
      .filter(({ reviewer }) => reviewer === 'user:ada')
      .map(({ decision, endedBy }) => [decision, endedBy]),
    [
      ['APPROVED', null],
      ['REJECTED', 'user:ada'],
      ['APPROVED', 'user:ada'],
    ],
  )
})

test('a rejection is withdrawn by who gave it or by who administers the published project', async () => {
  const { approvals } = bench.control
  await approve(ada)
  await approve(eve)
  await reject(bob)
  assert.equal((await status()).passes, false)
  const bobs = { stage: 'Test', reviewer: 'user:bob' }
  await assert.rejects(approvals.withdraw(ada, 'web@1', bobs), { code: 'forbidden' })
  await approvals.withdraw(bench.admin, 'web@1', bobs)
  assert.equal((await status()).passes, true)
  await assert.rejects(approvals.withdraw(bob, 'web@1', { stage: 'Test' }), { code: 'not_found' })
  await approvals.withdraw(ada, 'web@1', { stage: 'Test' })
  assert.equal((await status()).passes, false)
})

test('only reviewers sign off, for stages that there are, and only for a version', async () => {
  const kim = await logIn('kim', ['dev'])
  const operator = bench.as('ops', 'operator')
  for (const who of [kim, operator]) {
    await assert.rejects(approve(who), { code: 'forbidden', message: /group "qa", user "eve"/ })
  }
  const refused = (await bench.events()).filter(({ type }) => type === 'access.refused')
  assert.deepEqual(
    refused.map(({ principal }) => principal),
    ['user:kim', 'ops'],
  )
  await assert.rejects(approve(ada, 'web'), { field: 'bundle' })
  await assert.rejects(approve(ada, 'web@9'), { code: 'not_found' })
  await assert.rejects(bench.control.approvals.approve(ada, 'web@1', { stage: 'Nowhere' }), {
    message: /Development, Test, Production/,
  })
})

test('where no reviewer is named, whoever may write the published project signs off', async () => {
  await rule({ requiredSignOffs: 1 })
  await assert.rejects(approve(ada), { code: 'forbidden' })
  await approve(bench.as('ops', 'operator'))
  assert.equal((await status()).passes, true)
})

test('a bundle that nobody has to approve says so', async () => {
  await bench.control.bundles.publish(bench.admin, {
    content: { stream: zipOf({ a: 'b' }) },
    name: 'other',
    version: '1',
  })
  await assert.rejects(approve(ada, 'other@1'), { code: 'invalid_state', message: /no published project/ })
})

test('who published a bundle cannot approve it, unless the rule lets them', async () => {
  const uma = await logIn('uma', ['qa'])
  await bench.control.users.update(bench.admin, 'uma', { grants: [{ project: 'default', role: 'operator' }] })
  const author = await loggedIn('uma')
  await publish('2', author)
  await assert.rejects(approve(uma, 'web@2'), { code: 'invalid_state', message: /user:uma/ })
  await rule({ requiredSignOffs: 1, publisherMayApprove: true })
  await approve(author, 'web@2')
  assert.equal((await status('web@2')).passes, true)
  await rule({ requiredSignOffs: 1 })
  assert.deepEqual((await status('web@2')).codes, ['APPROVAL_OF_PUBLISHER', 'APPROVALS_MISSING'])
})

test('approvals expire, by the rule or sooner if the reviewer says so', async () => {
  await rule({ requiredSignOffs: 1, reviewers: [{ group: 'qa' }], expiresAfterSeconds: 7200 })
  await approve(ada, 'web@1', { expiresInSeconds: 3600 })
  assert.equal((await status()).passes, true)
  bench.turn(HOUR)
  assert.deepEqual((await status()).codes, ['APPROVAL_EXPIRED', 'APPROVALS_MISSING'])
  await approve(ada)
  bench.turn(2 * HOUR - 1)
  assert.equal((await status()).passes, true)
  bench.turn(1)
  assert.equal((await status()).passes, false)
})

test('who leaves the reviewers by a change of the rule counts no more', async () => {
  await approve(ada)
  await approve(eve)
  await rule({ requiredSignOffs: 1, reviewers: [{ user: 'bob' }] })
  assert.equal((await status()).passes, false)
})

test('a reviewer lets somebody else sign off for a while', async () => {
  const { approvals } = bench.control
  const kim = await logIn('kim', [])
  await approvals.delegate(ada, 'web', { to: 'kim', forSeconds: 3600 })
  const signed = await approve(kim)
  assert.deepEqual([signed.reviewer, signed.onBehalfOf, signed.groups], ['user:kim', 'user:ada', ['qa']])
  await approve(ada)
  assert.deepEqual((await status()).codes, ['APPROVALS_MISSING'])
  await approve(bob)
  assert.equal((await status()).passes, true)
  bench.turn(HOUR)
  await assert.rejects(approve(kim), { code: 'forbidden' })
  assert.equal((await status()).passes, true)
  assert.deepEqual(await approvals.delegations(ada, 'web'), [])
})

test('nobody lends what they have not, and what is lent ends with the right of the lender', async () => {
  const { approvals, users } = bench.control
  const kim = await logIn('kim', [])
  const lou = await logIn('lou', [])
  const lend = (who: Caller, to: string, forSeconds = 60) =>
    approvals.delegate(who, 'web', { to, forSeconds })
  await assert.rejects(lend(kim, 'lou'), { code: 'forbidden' })
  await assert.rejects(lend(ada, 'nobody'), { field: 'to' })
  await assert.rejects(lend(ada, 'ada'), { field: 'to' })
  await lend(ada, 'kim')
  await assert.rejects(lend(kim, 'lou'), { code: 'forbidden' })
  await assert.rejects(approve(lou), { code: 'forbidden' })
  await users.update(bench.admin, 'ada', { groups: [] })
  await assert.rejects(approve(kim), { code: 'forbidden' })
  await users.update(bench.admin, 'ada', { groups: ['qa'] })
  const [delegation] = await approvals.delegations(kim, 'web')
  await assert.rejects(approvals.endDelegation(kim, 'web', delegation!.id), { code: 'forbidden' })
  await approvals.endDelegation(ada, 'web', delegation!.id)
  await assert.rejects(approve(kim), { code: 'forbidden' })
})

test('an application credential signs off nothing', async () => {
  const { applicationCredentials, tokens } = bench.control
  const { credential, secret } = await applicationCredentials.create(ada, 'ada', {
    name: 'ci',
    project: 'default',
  })
  const proof = {
    kind: 'application_credential',
    credential: credential.id,
    secret: secret as string,
  } as const
  const issued = await tokens.issue({ proof, address: '10.0.0.1' })
  const principal = await bench.authenticator.authenticateToken(issued.secret)
  const who = { principal, project: 'default' }
  await assert.rejects(approve(who), { code: 'forbidden', message: /log in by password/ })
  await assert.rejects(bench.control.approvals.delegate(who, 'web', { to: 'bob', forSeconds: 60 }), {
    code: 'forbidden',
  })
})

test('what somebody may not read does not exist for them', async () => {
  await bench.control.publishedProjects.update(bench.admin, 'web', {
    permissions: [{ group: 'qa', read: true }],
  })
  const { approvals, governance } = bench.control
  const hidden = [
    () => approve(eve),
    () => approvals.status(eve, 'web@1'),
    () => approvals.list(eve, { publishedProject: 'web' }, page),
    () => approvals.list(eve, { bundle: 'web@1' }, page),
    () => approvals.delegations(eve, 'web'),
    () => governance.getRules(eve, 'web'),
    () => governance.keys(eve, 'web'),
  ]
  for (const attempt of hidden) await assert.rejects(attempt(), { code: 'not_found' })
  await approve(ada)
})

test('rules are checked, kept with a version, and taken away', async () => {
  const { governance } = bench.control
  const broken: readonly (readonly [StageRuleInput, string])[] = [
    [{ requiredSignOffs: -1 }, 'requiredSignOffs'],
    [{ requiredSignOffs: 2, reviewers: [{ user: 'ada' }] }, 'requiredSignOffs'],
    [{ reviewers: [{ user: 'a b' }] }, 'reviewers[0].user'],
    [{ reviewers: [{ user: 'ada', group: 'qa' } as never] }, 'reviewers[0]'],
    [{ expiresAfterSeconds: 0 }, 'expiresAfterSeconds'],
  ]
  for (const [input, field] of broken) await assert.rejects(rule(input), { field })
  await assert.rejects(rule({}, 'Nowhere'), { field: 'stage' })
  const { version } = await governance.getRules(ada, 'web')
  const again = governance.setRule(bench.admin, 'web', 'Test', {}, { ifMatch: version + 1 })
  await assert.rejects(again, { code: 'precondition_failed' })
  await assert.rejects(governance.setRule(bench.as('ops', 'operator'), 'web', 'Test', {}), {
    code: 'forbidden',
  })
  const after = await governance.setRule(bench.admin, 'web', 'Test', null, { ifMatch: version })
  assert.deepEqual([after.stages, after.version], [{}, version + 1])
  assert.equal((await status()).passes, true)
})

test('a signature with a trusted key lets a bundle pass, for as long as the key is trusted', async () => {
  const { governance, approvals } = bench.control
  await rule({ requireSignature: true })
  const signer = createTestSigner()
  const zip = await bytesOf('web@1')
  assert.deepEqual((await status()).codes, ['SIGNATURE_MISSING'])
  const added = await governance.addSignature(bench.admin, 'web@1', signer.sign(zip, 'built by ci'))
  assert.equal(added.comment, 'built by ci')
  assert.match((await status()).messages[0]?.message ?? '', new RegExp(`${added.keyId} only`))
  const key = await governance.addKey(bench.admin, 'web', { name: 'release', publicKey: signer.publicKey })
  assert.equal(key.keyId, added.keyId)
  assert.deepEqual((await status()).codes, ['SIGNATURE_TRUSTED'])
  const { provenance } = await approvals.status(ada, 'web@1')
  assert.deepEqual(
    [provenance.publishedBy, provenance.source, provenance.signatures.map((one) => one.key)],
    ['root', { kind: 'upload' }, ['release']],
  )
  assert.equal((await governance.addSignature(bench.admin, 'web@1', added.text)).id, added.id)
  await governance.removeKey(bench.admin, 'web', 'release')
  assert.equal((await status()).passes, false)
})

test('a signature over other bytes, or a key twice, is refused', async () => {
  const { governance } = bench.control
  const signer = createTestSigner()
  const key = { name: 'release', publicKey: signer.publicKey }
  await governance.addKey(bench.admin, 'web', key)
  await assert.rejects(governance.addKey(bench.admin, 'web', { ...key, name: 'other' }), {
    code: 'already_exists',
  })
  await assert.rejects(governance.addKey(bench.as('ops', 'operator'), 'web', key), { code: 'forbidden' })
  await assert.rejects(governance.addSignature(bench.admin, 'web@1', signer.sign(Buffer.from('other'))), {
    field: 'signature',
    message: /web@1 with key "release"/,
  })
  await assert.rejects(governance.addSignature(bench.admin, 'web@1', 'nonsense'), { field: 'signature' })
})

async function bytesOf(ref: string): Promise<Buffer> {
  const { stream } = await bench.control.bundles.download(bench.admin, ref)
  return Buffer.concat(await stream.toArray())
}
