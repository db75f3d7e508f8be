import assert from 'node:assert/strict'
import { test } from 'node:test'
import { start } from './test-client.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')
const hash = 'a'.repeat(86)
const salted = base64(`$6$salt$${hash}`)
const login = { userPassword: { username: 'root', password: 'Correct-Horse1' } }
const lifeCycle = { preInstall: 'ZWNobyAx', postInstall: 'ZWNobyAx' }
const template = { lifeCycle, login }
const unknown = 'aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa'

const withPassword = (password: unknown, username?: string) => ({
  nodeTemplate: { lifeCycle, login: { userPassword: { password, ...(username && { username }) } } },
})
const withScripts = (pre: unknown, post?: unknown) => ({
  nodeTemplate: { login, lifeCycle: { preInstall: pre, ...(post !== undefined && { postInstall: post }) } },
})

/** What a request for DefaultPool has otherwise, and what the refusal says. */
const refused: readonly (readonly [string, object, RegExp])[] = [
  ['no maxUnavailable', { maxUnavailable: undefined }, /^spec.maxUnavailable is required/],
  ['a maxUnavailable of 0', { maxUnavailable: 0 }, /^spec.maxUnavailable must be .* between 1 and 20/],
  ['a maxUnavailable of 21', { maxUnavailable: 21 }, /^spec.maxUnavailable/],
  ['half a node', { maxUnavailable: 1.5 }, /^spec.maxUnavailable/],
  ['a maxUnavailable that is a text', { maxUnavailable: '1' }, /^spec.maxUnavailable/],
  ['no nodePoolID', { nodePoolID: undefined }, /^spec.nodePoolID is required/],
  [
    'another nodePoolID than the path',
    { nodePoolID: unknown },
    /^spec.nodePoolID is aaaaaaaa.*path names DefaultPool/,
  ],
  ['nodeIDs that are no list', { nodeIDs: 'a' }, /^spec.nodeIDs must be an array/],
  ['a number among nodeIDs', { nodeIDs: [1] }, /^spec.nodeIDs\[0\] must be a string/],
  ['a node that does not exist', { nodeIDs: [unknown] }, /^spec.nodeIDs names aaaaaaaa.*is no node of/],
  [
    'no template for DefaultPool',
    { nodeTemplate: undefined },
    /^spec.nodeTemplate is required for DefaultPool/,
  ],
  ['no lifeCycle', { nodeTemplate: { login } }, /^spec.nodeTemplate.lifeCycle is required/],
  ['no login', { nodeTemplate: { lifeCycle } }, /^spec.nodeTemplate.login is required/],
  ['neither login method', { nodeTemplate: { lifeCycle, login: {} } }, /login must have exactly one of/],
  [
    'both login methods',
    { nodeTemplate: { lifeCycle, login: { sshKey: 'mine', ...login } } },
    /login must have exactly one of/,
  ],
  ['no password', withPassword(undefined), /password is required/],
  ['a password that is no text', withPassword(12345678), /password must be a string/],
  ['a short password', withPassword('Ab1!xyz'), /must have 8 to 26 characters/],
  ['a long password', withPassword(`Ab1!${'x'.repeat(23)}`), /must have 8 to 26 characters/],
  ['a password of two kinds', withPassword('abcdefgh1'), /must have three of/],
  ['a password with other marks', withPassword('Abcdefg1;'), /nothing else/],
  ['the user’s name', withPassword('Admin.User1', 'admin.user1'), /must not be the user name/],
  ['the user’s name turned around', withPassword('1resU.nimdA', 'admin.user1'), /or its reverse/],
  ['a salted password cut short', withPassword(base64('$6$salt$abc')), /no complete SHA-512 crypt string/],
  ['a password salted otherwise', withPassword(base64(`$5$salt$${'a'.repeat(43)}`)), /SHA-512/],
  ['a masked password that stands for none', withPassword('********'), /there is none/],
  ['a user no system has', withPassword('Correct-Horse1', '-oProxy'), /must be the name of a user/],
  ['a script that is not Base64', withScripts('echo 1'), /preInstall must be Base64/],
  ['a script with Base64 cut short', withScripts('ZWNobyA'), /preInstall must be Base64/],
  ['a script that is no text', withScripts(Buffer.from([0xff, 0xfe]).toString('base64')), /text in UTF-8/],
  ['a script that is a number', withScripts(7), /preInstall must be a string/],
  [
    'scripts of 10,244 characters together',
    withScripts('A'.repeat(5124), 'A'.repeat(5120)),
    /preInstall and spec.nodeTemplate.lifeCycle.postInstall have 10244 characters together, at most 10240/,
  ],
]

test('a synchronisation', async (t) => {
  const client = await start(t)
  const cluster = await client.makeCluster('shop')
  const upgrade = (change: object, pool = 'DefaultPool') =>
    client.ask('POST', `/clusters/${cluster}/nodepools/${pool}/operation/upgrade`, {
      spec: { maxUnavailable: 1, nodePoolID: pool, nodeTemplate: template, ...change },
    })

  for (const [what, change, wanted] of refused) {
    await t.test(`with ${what} is refused`, async () => {
      const { status, body, text } = await upgrade(change)
      assert.deepEqual([status, body.errorCode], [400, 'CCE.01400001'], text)
      assert.match(body.errorMsg, wanted)
      const { errorCode, errorMsg, ...copies } = body
      assert.deepEqual(copies, { errorMessage: errorMsg, error_code: errorCode, error_msg: errorMsg })
      assert.ok(!text.includes('Correct-Horse1'))
    })
  }

  await t.test('without a spec, with one that is none, or of another kind is refused', async () => {
    const path = `/clusters/${cluster}/nodepools/DefaultPool/operation/upgrade`
    for (const body of [{}, { spec: [] }, [], 'null', '{', { kind: 'Pod', spec: {} }]) {
      const answer = await client.ask('POST', path, body)
      assert.deepEqual([answer.status, answer.body.error_code], [400, 'CCE.01400001'], JSON.stringify(body))
    }
  })

  await t.test('of a pool or a cluster that does not exist is refused', async () => {
    assert.equal((await upgrade({ nodeTemplate: undefined }, unknown)).body.errorCode, 'CCE.01404001')
    const spec = { maxUnavailable: 1, nodePoolID: 'DefaultPool', nodeTemplate: template }
    const path = `/clusters/${unknown}/nodepools/DefaultPool/operation/upgrade`
    const { status, body } = await client.ask('POST', path, { spec })
    assert.deepEqual([status, body.errorCode], [404, 'CCE.01404001'])
  })

  const accepted: readonly (readonly [string, object])[] = [
    ['scripts of 10,240 characters together', withScripts('IyEK'.repeat(1280), 'IyEK'.repeat(1280))],
    ['Base64 in lines, as the shell prints it', withScripts('ZWNo\nbyAx\n')],
    ['empty scripts', withScripts('', '')],
    ['a key pair', { nodeTemplate: { lifeCycle: {}, login: { sshKey: 'mine' } } }],
    ['a salted password', withPassword(salted)],
    ['a password in the clear', withPassword('Correct-Horse1', 'ann')],
    ['what stands for a password in the vendor’s sample', withPassword('xxxxx')],
    ['members that mean nothing here', { force: true, retryTimes: 3 }],
  ]
  for (const [what, change] of accepted) {
    await t.test(`with ${what} is accepted, with an empty answer`, async () => {
      const { status, text } = await upgrade(change)
      assert.deepEqual([status, text], [200, ''])
      const { status: pool } = await client.until(
        `/clusters/${cluster}/nodepools/DefaultPool`,
        ({ status: { conditions } }) => conditions[0].status === 'False',
      )
      const job = await client.until(`/jobs/${pool.jobId}`, ({ status: { phase } }) => phase === 'Success')
      assert.equal(job.spec.resourceID, 'DefaultPool')
    })
  }
})

test('nodes and templates are of the pool that is synchronised, one synchronisation at a time', async (t) => {
  const { ask, makeCluster, makePool, nodesOf, server, until } = await start(t)
  const cluster = await makeCluster('shop')
  const [web, other] = [await makePool(cluster, 'web', 2), await makePool(cluster, 'other', 1)]
  const nodes = await nodesOf(cluster)
  const idsIn = (pool: string) =>
    nodes
      .filter(({ metadata }) => metadata.ownerReferences.nodepoolID === pool)
      .map(({ metadata }) => metadata.uid)
  const upgrade = (spec: object) =>
    ask('POST', `/clusters/${cluster}/nodepools/${web}/operation/upgrade`, {
      spec: { maxUnavailable: 1, nodePoolID: web, ...spec },
    })
  const stranger = await upgrade({ nodeIDs: [...idsIn(web), ...idsIn(other)] })
  assert.match(stranger.body.errorMsg, /^spec.nodeIDs names node .*is not in this node pool/)
  const withTemplate = await upgrade({ nodeTemplate: template })
  assert.match(withTemplate.body.errorMsg, /^spec.nodeTemplate is for DefaultPool only/)
  const skipsAll = await upgrade({ skippedNodes: idsIn(web) })
  assert.match(skipsAll.body.errorMsg, /^spec.skippedNodes leaves no node/)

  // Held up by nodes that take long to start, so that the second one comes while the first is there.
  const caller = {
    principal: { name: 'root', grants: [{ projectId: '*', role: 'administrator' }] },
    project: 'default',
  } as const
  const slow = { name: 'slow', type: 'scripted', properties: { latency: { startMs: 60_000 } } }
  await server.control.profiles.create(caller, slow)
  await server.control.pools.update(caller, cluster, web, { profile: 'slow' })
  const [skipped, chosen] = idsIn(web)
  assert.equal((await upgrade({ skippedNodes: [skipped] })).status, 200)
  const again = await upgrade({})
  assert.deepEqual([again.status, again.body.errorCode], [429, 'CCE.01429002'])
  const deletion = await ask('DELETE', `/clusters/${cluster}/nodepools/${web}`)
  assert.deepEqual([deletion.status, deletion.body.errorCode], [403, 'CCE.01403003'])
  const pool = await until(`/clusters/${cluster}/nodepools/${web}`, ({ status }) => status.activeNode === 1)
  assert.equal(pool.status.conditions[0].type, 'ConfigurationSynchronizing')
  assert.equal(pool.status.conditions[0].status, 'True')
  const phases = (await nodesOf(cluster)).map(({ metadata, status }) => [metadata.uid, status.phase])
  assert.equal(Object.fromEntries(phases)[chosen!], 'Upgrading')
  assert.equal(Object.fromEntries(phases)[skipped!], 'Active')
  const job = (await ask('GET', `/jobs/${pool.status.jobId}`)).body
  assert.equal(job.status.phase, 'Running')
})
