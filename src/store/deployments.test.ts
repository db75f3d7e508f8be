import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { type ActionStatus, NEW_ACTION } from '../domain/action.ts'
import type { Deployment, DeploymentUpdate } from '../domain/deployment.ts'
import type {
  ActionId,
  BundleId,
  ClusterId,
  DeploymentId,
  DeploymentUpdateId,
  InfraId,
  ProjectId,
  PublishedProjectId,
  Sha256,
} from '../domain/ids.ts'
import { pruneActions, putActions } from './actions.ts'
import { findBundleUsers, findUnusedBundles, insertBundle } from './bundles.ts'
import { deleteCluster, insertCluster } from './clusters.ts'
import {
  insertDeploymentUpdate,
  listDeploymentUpdates,
  loadLastUpdates,
  pruneDeploymentUpdates,
} from './deployment-updates.ts'
import {
  deleteDeployment,
  findDeployment,
  findDeploymentOfCluster,
  insertDeployment,
  listDeploymentHeads,
} from './deployments.ts'
import { insertInfra, listUsedStages, loadInfras, patchInfra } from './infras.ts'
import { insertProject } from './projects.ts'
import {
  deletePublishedProject,
  findPublishedProject,
  findUsersOfBundlesNamed,
  insertPublishedProject,
  listBundleHeads,
  patchPublishedProject,
} from './published-projects.ts'
import { listStages, replaceStages } from './stages.ts'
import type { Store } from './store.ts'
import { onEachDatabase, type TestDatabase } from './test-databases.ts'

const PROJECT = 'p' as ProjectId
const WEB = 'd' as DeploymentId
const CLUSTER = 'c' as ClusterId
const INFRA = 'i' as InfraId
const CHURN = 'q' as PublishedProjectId
const times = { createdAt: 1, createdBy: 'test', updatedAt: 1, version: 1 }

onEachDatabase((create) => {
  let database: TestDatabase
  let store: Store
  beforeEach(async () => {
    database = await create()
    store = await database.open()
    await fill(store)
  })
  afterEach(async () => {
    await store.close()
    await database.remove()
  })

  const put = (
    id: string,
    status: ActionStatus | null,
    bundleVersion = 'v1',
    fill: ActionStatus | null = null,
  ) =>
    store.write(async (tx) => {
      const act = async (of: string, how: ActionStatus | null): Promise<ActionId | null> => {
        if (how === null) return null
        const about = { projectId: PROJECT, clusterId: CLUSTER, name: 'CLUSTER_UPDATE', inputs: {} } as const
        const made = { createdBy: 'test', createdAt: 1, endedAt: 2, statusReason: `${of} is ${how}` }
        await putActions(tx, [{ ...NEW_ACTION, ...about, ...made, id: of as ActionId, status: how }])
        return of as ActionId
      }
      const actionId = await act(`action-${id}`, status)
      const fillActionId = await act(`fill-${id}`, fill)
      const update: DeploymentUpdate = {
        id: id as DeploymentUpdateId,
        number: Number(id.slice(1)),
        ...{
          projectId: PROJECT,
          deploymentId: WEB,
          kind: 'Update',
          bundleId: 'b' as BundleId,
          bundleVersion,
        },
        ...{
          enabled: true,
          actionId,
          fillActionId,
          updateId: null,
          revisionId: null,
          createdAt: 1,
          createdBy: 'test',
        },
      }
      await insertDeploymentUpdate(tx, update)
    })
  const last = async () => {
    const { last: newest, deployed } = (await store.read((tx) => loadLastUpdates(tx, [WEB]))).get(WEB)!
    return [newest?.id, newest?.status, deployed?.id]
  }
  const history = async () => {
    const { items } = await store.read((tx) => listDeploymentUpdates(tx, WEB, { limit: 100 }))
    return items.map(({ id }) => id)
  }

  test('what is deployed is what the newest update made real whose action succeeded', async () => {
    assert.deepEqual(await last(), [undefined, undefined, undefined])
    await put('u1', 'SUCCEEDED')
    assert.deepEqual(await last(), ['u1', 'Successful', 'u1'])
    await put('u2', 'FAILED')
    assert.deepEqual(await last(), ['u2', 'Failed', 'u1'])
    await put('u3', 'RUNNING')
    assert.deepEqual(await last(), ['u3', 'Running', 'u1'])
    await put('u4', null)
    assert.deepEqual(await last(), ['u4', 'Successful', 'u4'])
  })

  test('an update that has missing nodes made is over when they are, and what it moved is deployed before', async () => {
    await put('u1', 'SUCCEEDED', 'v1', 'RUNNING')
    assert.deepEqual(await last(), ['u1', 'Running', 'u1'])
    await put('u2', 'SUCCEEDED', 'v2', 'FAILED')
    assert.deepEqual(await last(), ['u2', 'Failed', 'u2'])
    await put('u3', 'FAILED', 'v3', 'SUCCEEDED')
    assert.deepEqual(await last(), ['u3', 'Failed', 'u2'])
    await put('u4', 'SUCCEEDED', 'v4', 'SUCCEEDED')
    assert.deepEqual(await last(), ['u4', 'Successful', 'u4'])
    const { items } = await store.read((tx) => listDeploymentUpdates(tx, WEB, { limit: 100 }))
    assert.deepEqual(
      items.map(({ action }) => action?.statusReason),
      ['fill-u4 is SUCCEEDED', 'action-u3 is FAILED', 'fill-u2 is FAILED', 'fill-u1 is RUNNING'],
    )
  })

  test('old updates are forgotten, but not what is deployed', async () => {
    for (const id of ['u1', 'u2']) await put(id, 'SUCCEEDED')
    for (const id of ['u3', 'u4', 'u5']) await put(id, 'FAILED')
    await store.write((tx) => pruneDeploymentUpdates(tx, WEB, 5))
    assert.deepEqual(await history(), ['u5', 'u4', 'u3', 'u2', 'u1'])
    await store.write((tx) => pruneDeploymentUpdates(tx, WEB, 1))
    assert.deepEqual(await history(), ['u5', 'u2'])
    assert.deepEqual(await last(), ['u5', 'Failed', 'u2'])
  })

  test('an action stays as long as it says what became of an update', async () => {
    await put('u1', 'SUCCEEDED')
    assert.equal(await store.write((tx) => pruneActions(tx, 100, 10)), 0)
    await store.write((tx) => deleteDeployment(tx, WEB))
    assert.equal(await store.write((tx) => pruneActions(tx, 100, 10)), 1)
  })

  // Simulation, seed 1202: then nobody could tell any more what those parts were of.
  test('an action that was ended by force stays until its parts have come to their end', async () => {
    const about = { projectId: PROJECT, clusterId: CLUSTER, createdBy: 'test', createdAt: 1, inputs: {} }
    const parent = {
      ...{ ...NEW_ACTION, ...about, id: 'whole' as ActionId },
      ...({ name: 'CLUSTER_DEL_NODES', status: 'CANCELLED', endedAt: 2 } as const),
    }
    const part = {
      ...{ ...NEW_ACTION, ...about, id: 'part' as ActionId, parentId: parent.id },
      ...({ name: 'NODE_DELETE', status: 'RUNNING' } as const),
    }
    const prune = () => store.write((tx) => pruneActions(tx, 100, 10))
    await store.write((tx) => putActions(tx, [parent, part]))
    assert.equal(await prune(), 0)
    await store.write((tx) => putActions(tx, [{ ...part, status: 'SUCCEEDED', endedAt: 3 }]))
    assert.equal(await prune(), 2)
  })

  test('a deployment outlives its cluster, and has none then', async () => {
    assert.equal((await store.read((tx) => findDeploymentOfCluster(tx, CLUSTER)))?.name, 'web')
    await store.write((tx) => deleteCluster(tx, CLUSTER))
    const found = await store.read((tx) => findDeployment(tx, PROJECT, 'web'))
    assert.deepEqual([found?.clusterId, found?.enabled, found?.attributes], [null, true, { dss: { a: 1 } }])
  })

  test('stages keep their order, and those that infras are on are known', async () => {
    const stages = (...names: string[]) =>
      names.map((name, position) => ({ projectId: PROJECT, position, name, description: '' }))
    const listed = async () => (await store.read((tx) => listStages(tx, PROJECT))).map(({ name }) => name)
    assert.deepEqual(await listed(), [])
    await store.write((tx) => replaceStages(tx, PROJECT, stages('Test', 'Production')))
    await store.write((tx) => replaceStages(tx, PROJECT, stages('Production', 'Canary', 'Test')))
    assert.deepEqual(await listed(), ['Production', 'Canary', 'Test'])
    const used = await store.read((tx) => listUsedStages(tx, PROJECT))
    assert.deepEqual([...used], [['Production', 'prod']])
  })

  test('infras and published projects show their deployments, bundles and permissions', async () => {
    const permissions = [{ group: 'ops', read: true, write: false, deploy: true, admin: false }]
    await store.write((tx) => patchInfra(tx, INFRA, { permissions, updateDefaults: { maxUnavailable: 2 } }))
    const infra = (await store.read((tx) => loadInfras(tx, [INFRA]))).get(INFRA)
    assert.deepEqual([infra?.permissions, infra?.updateDefaults], [permissions, { maxUnavailable: 2 }])
    await store.write((tx) => patchPublishedProject(tx, CHURN, { name: 'Churn!', permissions: null }))
    const churn = await store.read((tx) => findPublishedProject(tx, PROJECT, 'CHURN'))
    assert.deepEqual(
      [churn?.id, churn?.key, churn?.name, churn?.permissions],
      [CHURN, 'CHURN', 'Churn!', null],
    )
    const heads = await store.read(async (tx) => [
      ...(await listDeploymentHeads(tx, { infraIds: [INFRA] })),
      ...(await listDeploymentHeads(tx, { publishedProjectIds: [CHURN] })),
    ])
    assert.deepEqual(
      heads.map((head) => [head.name, head.publishedProjectKey, head.bundleVersion, head.enabled]),
      [
        ['web', 'CHURN', 'v1', true],
        ['web', 'CHURN', 'v1', true],
      ],
    )
    const bundles = await store.read((tx) => listBundleHeads(tx, PROJECT, ['CHURN', 'other'], 10))
    assert.deepEqual(
      bundles.map(({ version, createdAt }) => [version, createdAt]),
      [['v1', 1]],
    )
  })

  test('a published project goes with its bundles, and says which bytes those were', async () => {
    await store.write((tx) => deleteDeployment(tx, WEB))
    assert.deepEqual(await store.read((tx) => findUsersOfBundlesNamed(tx, PROJECT, 'CHURN')), [])
    const churn = { id: CHURN, projectId: PROJECT, key: 'CHURN' }
    assert.deepEqual(await store.write((tx) => deletePublishedProject(tx, churn)), ['x'])
    assert.equal(await store.read((tx) => findPublishedProject(tx, PROJECT, 'CHURN')), undefined)
    assert.deepEqual(await store.read((tx) => listBundleHeads(tx, PROJECT, ['CHURN'], 10)), [])
  })

  test('a bundle that a deployment names is in use', async () => {
    const users = () => store.read((tx) => findBundleUsers(tx, 'b' as BundleId))
    const unused = () => store.read((tx) => findUnusedBundles(tx, 100, 0))
    assert.deepEqual([await users(), await unused()], [['deployment "web"'], []])
    await store.write((tx) => deleteDeployment(tx, WEB))
    assert.deepEqual([await users(), (await unused()).map(({ id }) => id)], [[], ['b']])
  })
})

async function fill(store: Store): Promise<void> {
  await store.write(async (tx) => {
    await insertProject(tx, { id: PROJECT, name: 'default', createdAt: 0 })
    await insertCluster(tx, {
      ...{ id: CLUSTER, projectId: PROJECT, name: 'web', status: 'Active', statusReason: 'fine' },
      ...{ kind: 'cluster', config: {}, timeoutSeconds: null, firstReadyAt: null, environmentId: null },
      ...{ attributes: {}, platform: null, metadata: {}, driftRepair: 'manual', ...times },
    })
    await insertBundle(tx, {
      ...{ id: 'b' as BundleId, projectId: PROJECT, name: 'CHURN', version: 'v1', digest: 'x' as Sha256 },
      ...{ sizeBytes: 1, entryCount: 1, unpackedBytes: 1, manifest: null, source: {}, description: null },
      ...{ createdAt: 1, createdBy: 'test' },
    })
    const infraId = INFRA
    await insertInfra(tx, {
      ...{ id: infraId, projectId: PROJECT, name: 'prod', description: null, stage: 'Production' },
      ...{ governance: 'NO_CHECK', profileId: null, size: 1, minSize: 0, maxSize: null, updateDefaults: {} },
      ...{ permissions: null, attributes: {}, ...times },
    })
    const publishedProjectId = CHURN
    await insertPublishedProject(tx, {
      ...{ id: publishedProjectId, projectId: PROJECT, key: 'CHURN', name: 'Churn', description: null },
      ...{ permissions: null, attributes: {}, ...times },
    })
    const deployment: Deployment = {
      ...{ id: WEB, projectId: PROJECT, name: 'web', infraId, publishedProjectId, clusterId: CLUSTER },
      ...{ bundleId: 'b' as BundleId, bundleVersion: 'v1', enabled: true, deployedProjectKey: null },
      ...{ projectFolderId: null, attributes: { dss: { a: 1 } }, ...times },
    }
    await insertDeployment(tx, deployment)
  })
}
