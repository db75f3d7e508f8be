import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clusterSpec, start } from './test-client.ts'

const rootVolume = { size: 40, volumetype: 'SAS' }
const machine = { flavor: 'c7.large.2', az: 'az1', rootVolume }
const unknown = 'aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa'
const script = (text: string) => Buffer.from(text).toString('base64')

/** What a request for a new thing has otherwise, and what the refusal names. */
const CLUSTERS: readonly (readonly [object, RegExp])[] = [
  [{ metadata: {} }, /^metadata.name is required/],
  [{ metadata: { name: 'Shop' } }, /^metadata.name must have 4 to 63/],
  [{ metadata: { name: 'abc' } }, /^metadata.name/],
  [{ metadata: { name: 'shop-' } }, /^metadata.name/],
  [{ kind: 'Pod' }, /^kind must be Cluster/],
  [{ apiVersion: 'v4' }, /^apiVersion must be v3/],
  [{ spec: undefined }, /^spec is required/],
  [{ spec: { ...clusterSpec, hostNetwork: undefined } }, /^spec.hostNetwork is required/],
  [{ spec: { ...clusterSpec, hostNetwork: { vpc: 'v' } } }, /^spec.hostNetwork.subnet is required/],
  [{ spec: { ...clusterSpec, containerNetwork: { mode: 'flat' } } }, /^spec.containerNetwork.mode must be/],
  [{ spec: { ...clusterSpec, type: 'Cloud' } }, /^spec.type must be/],
  [{ spec: { ...clusterSpec, description: 'x'.repeat(201) } }, /^spec.description/],
  [{ spec: { ...clusterSpec, deletionProtection: 'yes' } }, /^spec.deletionProtection must be true or false/],
]
const POOLS: readonly (readonly [object, RegExp])[] = [
  [{ metadata: { name: 'DefaultPool' } }, /^metadata.name must have 1 to 50/],
  [{ metadata: { name: 'web-' } }, /^metadata.name/],
  [{ metadata: { name: 'x'.repeat(51) } }, /^metadata.name/],
  [{ spec: {} }, /^spec.nodeTemplate is required/],
  [{ spec: { nodeTemplate: {}, initialNodeCount: -1 } }, /^spec.initialNodeCount must be an integer/],
  [{ spec: { nodeTemplate: { taints: [{ key: 'a', effect: 'Never' }] } } }, /taints\[0\].effect must be/],
  [{ spec: { nodeTemplate: { taints: Array(21).fill({}) } } }, /taints has more than 20/],
  [{ spec: { nodeTemplate: { userTags: Array(9).fill({ key: 'a' }) } } }, /userTags has more than 8/],
  [{ spec: { nodeTemplate: { k8sTags: { a: 'x'.repeat(64) } } } }, /k8sTags.a must have at most 63/],
  [{ spec: { nodeTemplate: { dataVolumes: [{ size: 1 }] } } }, /dataVolumes\[0\].volumetype is required/],
  [{ spec: { nodeTemplate: { login: {} } } }, /login must have exactly one of/],
  [{ spec: { nodeTemplate: { extendParam: { 'alpha.cce/preInstall': '!' } } } }, /preInstall must be Base64/],
  [
    { spec: { nodeTemplate: { userTags: [{ key: 'drover.profile', value: 'none' }] } } },
    /^drover.profile names none/,
  ],
]
const NODES: readonly (readonly [object, RegExp])[] = [
  [{ metadata: { name: 'Web' } }, /^metadata.name must have 1 to 56/],
  [{ spec: { ...machine, flavor: undefined } }, /^spec.flavor is required/],
  [{ spec: { ...machine, az: undefined } }, /^spec.az is required/],
  [{ spec: { ...machine, rootVolume: undefined } }, /^spec.rootVolume is required/],
  [{ spec: { ...machine, count: 0 } }, /^spec.count must be an integer between 1 and 50/],
  [{ spec: { ...machine, login: { sshKey: 'a', userPassword: {} } } }, /^spec.login must have exactly one/],
  [{ metadata: { annotations: { 'kubernetes.io/node-pool.id': unknown } } }, /no pool of this cluster/],
  [
    { metadata: { annotations: { 'drover.host': '10.0.0.1' } }, spec: { ...machine, count: 2 } },
    /^spec.count/,
  ],
]

test('what is wrong with a new cluster, pool or node is said by its name, and nothing is made', async (t) => {
  const { ask, makeCluster } = await start(t)
  const id = await makeCluster('shop')
  const rows = [
    ['/clusters', { metadata: { name: 'other' }, spec: clusterSpec }, CLUSTERS],
    [`/clusters/${id}/nodepools`, { metadata: { name: 'web' }, spec: { nodeTemplate: {} } }, POOLS],
    [`/clusters/${id}/nodes`, { metadata: { name: 'one' }, spec: machine }, NODES],
  ] as const
  for (const [path, right, wrong] of rows) {
    for (const [change, wanted] of wrong) {
      const { status, body, text } = await ask('POST', path, { ...right, ...change })
      assert.deepEqual([status, body.errorCode], [400, 'CCE.01400001'], text)
      assert.match(body.errorMsg, wanted)
    }
  }
  assert.equal((await ask('GET', '/clusters')).body.items.length, 1)
  assert.equal((await ask('GET', `/clusters/${id}/nodepools`)).body.items.length, 0)
  assert.equal((await ask('GET', `/clusters/${id}/nodes`)).body.items.length, 0)
  const twice = await ask('POST', '/clusters', { metadata: { name: 'shop' }, spec: clusterSpec })
  assert.deepEqual([twice.status, twice.body.errorCode], [409, 'CCE.01409001'])
  for (const path of [`/clusters/${unknown}`, `/clusters/${id.slice(0, 8)}`, '/clusters/shop']) {
    assert.equal((await ask('GET', path)).status, 404)
  }
  for (const limit of ['0', '2001', 'x']) {
    assert.equal((await ask('GET', `/clusters/${id}/nodes?limit=${limit}`)).status, 400)
  }
})

test('an update of a pool keeps what it leaves out, passwords among it, and shows none', async (t) => {
  const { ask, server, makeCluster, makePool, projectId } = await start(t)
  const cluster = await makeCluster('shop')
  const login = { userPassword: { username: 'root', password: 'Correct-Horse1' } }
  const pool = await makePool(cluster, 'web', 1, { ...machine, login, k8sTags: { tier: 'web' } })
  const path = `/clusters/${cluster}/nodepools/${pool}`
  const update = (nodeTemplate: object, more: object = { ignoreInitialNodeCount: true }) =>
    ask('PUT', path, { spec: { nodeTemplate, ...more } })
  const stored = async () => {
    const principal = { name: 'root', grants: [{ projectId: '*', role: 'administrator' }] } as const
    const caller = { principal, project: projectId }
    const { committedRevision } = await server.control.pools.get(caller, cluster, pool)
    const { revision } = await server.control.revisions.get(caller, cluster, pool, committedRevision)
    return { number: revision.number, ...revision.spec.nodeTemplate }
  }
  const shown = (await ask('GET', path)).body.spec.nodeTemplate
  assert.equal(shown.login.userPassword.password, '********')
  assert.equal((await update(shown)).status, 200)
  assert.equal((await stored()).number, 1)

  const extendParam = { 'alpha.cce/preInstall': script('echo 1'), maxPods: 110 }
  const changed = await update({ extendParam })
  assert.deepEqual(
    [changed.body.spec.nodeTemplate.k8sTags, changed.body.spec.nodeTemplate.extendParam],
    [{ tier: 'web' }, extendParam],
  )
  assert.partialDeepStrictEqual(await stored(), {
    number: 2,
    hooks: { preInstall: { script: 'echo 1' } },
    login: { userName: 'root', password: '***' },
  })
  const removed = await update({ login: { removeUserPassword: true } })
  assert.equal(removed.body.spec.nodeTemplate.login, undefined)
  assert.equal((await stored()).login, undefined)
  await update({ login: { sshKey: 'mine' }, extendParam: { 'alpha.cce/preInstall': '' } })
  assert.deepEqual(await stored(), { number: 4, login: { userName: 'root', keyPair: 'mine' } })

  const wrong: readonly (readonly [Promise<{ status: number; body: { errorMsg: string } }>, RegExp])[] = [
    [update({ flavor: 'other' }), /flavor cannot be changed/],
    [update({ az: 'other' }), /az cannot be changed/],
    [update({ login: { sshKey: 'a', removeSSHKey: true } }), /removeSSHKey cannot be true beside/],
    [ask('PUT', path, { metadata: { name: 'new' }, spec: {} }), /metadata.name cannot be changed/],
    [ask('PUT', `/clusters/${cluster}/nodepools/DefaultPool`, { spec: {} }), /is DefaultPool/],
    [ask('DELETE', `/clusters/${cluster}/nodepools/DefaultPool`), /is DefaultPool/],
    [ask('POST', `${path}/operation/scale`, { spec: { desiredNodeCount: 2 } }), /scaleGroups is required/],
    [
      ask('POST', `${path}/operation/scale`, { spec: { desiredNodeCount: 2, scaleGroups: ['x'] } }),
      /names x, which is not in/,
    ],
  ]
  for (const [answer, wanted] of wrong) {
    const { status, body } = await answer
    assert.equal(status, 400, body.errorMsg)
    assert.match(body.errorMsg, wanted)
  }
  // What another API put on the pool stays where this one does not speak of it.
  const caller = {
    principal: { name: 'root', grants: [{ projectId: '*', role: 'administrator' }] },
    project: projectId,
  } as const
  await server.control.profiles.create(caller, { name: 'theirs', type: 'scripted', properties: {} })
  await server.control.pools.update(caller, cluster, pool, { profile: 'theirs' })
  await update({ extendParam: { 'alpha.cce/preInstall': script('echo 2') } })
  assert.equal((await server.control.pools.get(caller, cluster, pool)).profile.name, 'theirs')
  // Left out, the number of nodes counts as none.
  assert.equal((await update({}, {})).body.spec.initialNodeCount, 0)
  const { text } = await ask('GET', path)
  assert.ok(!text.includes('Correct-Horse1'))
})

test('nodes come into pools, onto hosts and out again as it is asked', async (t) => {
  const { ask, until, makeCluster, makePool, nodesOf, server } = await start(t)
  const cluster = await makeCluster('shop')
  const pool = await makePool(cluster, 'web', 1)
  const create = (metadata: object, spec: object = {}) =>
    ask('POST', `/clusters/${cluster}/nodes`, { metadata, spec: { ...machine, ...spec } })
  const annotations = { 'kubernetes.io/node-pool.id': pool, 'drover.host': '10.0.0.7' }
  const inPool = (await create({ annotations })).body
  assert.equal(inPool.metadata.ownerReferences.nodepoolID, pool)
  await create({ name: 'job' }, { count: 2 })
  const added = await ask('POST', `/clusters/${cluster}/nodes/add`, {
    ...{ kind: 'List', apiVersion: 'v3' },
    nodeList: [
      {
        serverID: '10.0.0.8:2222',
        spec: { login: { sshKey: 'mine' }, lifecycle: { preInstall: script('ls') } },
      },
      { serverID: unknown, spec: {} },
    ],
  })
  assert.equal(
    (await until(`/jobs/${added.body.jobid}`, ({ status }) => status.phase === 'Success')).spec.subJobs
      .length,
    2,
  )
  const nodes = await until(`/clusters/${cluster}/nodes`, ({ items }) =>
    items.every(({ status }: { status: { phase: string } }) => status.phase === 'Active'),
  )
  assert.equal(nodes.items.length, 6)
  const principal = { name: 'root', grants: [{ projectId: '*', role: 'administrator' }] } as const
  const views = await server.control.nodes.list({ principal, project: 'default' }, { cluster }, { limit: 10 })
  const hosts = views.items.map(({ node }) => node.metadata['host'] ?? null)
  assert.deepEqual(hosts.filter((host) => host !== null).sort(), ['10.0.0.7', '10.0.0.8:2222'])

  const replaced = inPool.metadata.uid
  const gone = await ask('DELETE', `/clusters/${cluster}/nodes/${replaced}?nodepoolScaleDown=NoScaleDown`)
  await until(`/jobs/${gone.body.status.jobID}`, ({ status }) => status.phase === 'Success')
  const left = (await nodesOf(cluster)).map(({ metadata }) => metadata.uid)
  assert.equal(left.includes(replaced), false)
  assert.equal(left.length, 6)
})

test('a cluster that is protected is not deleted', async (t) => {
  const { ask, makeCluster } = await start(t)
  const cluster = await makeCluster('shop', { deletionProtection: true })
  const refused = await ask('DELETE', `/clusters/${cluster}`)
  assert.deepEqual([refused.status, refused.body.errorCode], [400, 'CCE.01400034'])
  const stored = await ask('DELETE', `/clusters/${cluster}?tobedeleted=true`)
  assert.equal(stored.status, 400)
  await ask('PUT', `/clusters/${cluster}`, { spec: { deletionProtection: false } })
  const { body } = await ask('DELETE', `/clusters/${cluster}`)
  assert.equal(body.status.phase, 'Deleting')
})
