import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as cce from '@huaweicloud/huaweicloud-sdk-cce'
import { BasicCredentials } from '@huaweicloud/huaweicloud-sdk-core'
import { clusterSpec, start } from './test-client.ts'

const API = { kind: 'Cluster', apiVersion: 'v3' }
const rootVolume = { size: 40, volumetype: 'SAS' }
const login = { userPassword: { username: 'root', password: 'Correct-Horse1' } }

test('the vendor’s client for Node gets what it expects from every method that there is', async (t) => {
  const { url, projectId, access, secret, until } = await start(t)
  const credentials = new BasicCredentials().withAk(access).withSk(secret).withProjectId(projectId)
  const client = cce.CceClient.newBuilder()
    .withCredential(credentials)
    .withEndpoint(url)
    .build() as unknown as cce.CceClient

  const made = await client.createCluster(
    new cce.CreateClusterRequest().withBody({
      ...API,
      metadata: { name: 'shop', alias: 'the-shop' },
      spec: clusterSpec,
    } as unknown as cce.Cluster),
  )
  const clusterId = made.metadata!.uid!
  assert.equal(made.status!.jobID!.length, 36)
  await until(`/jobs/${made.status!.jobID}`, ({ status }) => status.phase === 'Success')
  const shown = await client.showCluster(new cce.ShowClusterRequest(clusterId))
  const { alias } = shown.metadata as { readonly alias?: string }
  assert.deepEqual([alias, shown.spec!.version], ['the-shop', 'v1.31'])
  assert.equal(shown.status!.phase, 'Available')
  const changed = await client.updateCluster(
    new cce.UpdateClusterRequest(clusterId).withBody({
      spec: { description: 'sells' },
    } as unknown as cce.ClusterInformation),
  )
  assert.deepEqual([changed.spec!.description, changed.spec!.flavor], ['sells', 'cce.s1.small'])
  const { items: clusters } = await client.listClusters(new cce.ListClustersRequest())
  assert.deepEqual(
    clusters!.map(({ metadata }) => metadata.name),
    ['shop'],
  )

  const pool = await client.createNodePool(
    new cce.CreateNodePoolRequest(clusterId).withBody({
      ...{ kind: 'NodePool', apiVersion: 'v3', metadata: { name: 'web' } },
      spec: {
        initialNodeCount: 2,
        nodeTemplate: { flavor: 'c7.large.2', az: 'az1', os: 'EulerOS 2.9', rootVolume, login },
      },
    } as unknown as cce.NodePool),
  )
  const poolId = pool.metadata!.uid!
  assert.notEqual(pool.spec!.nodeTemplate!.login!.userPassword!.password, 'Correct-Horse1')
  await until(`/clusters/${clusterId}/nodepools/${poolId}`, ({ status }) => status.activeNode === 2)
  const found = await client.showNodePool(new cce.ShowNodePoolRequest(clusterId, poolId))
  assert.deepEqual([found.spec!.initialNodeCount, found.status!.phase], [2, ''])
  const grown = await client.updateNodePool(
    new cce.UpdateNodePoolRequest(clusterId, poolId).withBody({
      metadata: { name: 'web' },
      spec: { initialNodeCount: 3, autoscaling: { enable: false } },
    } as unknown as cce.NodePoolUpdate),
  )
  assert.equal(grown.spec!.initialNodeCount, 3)
  const { items: pools } = await client.listNodePools(new cce.ListNodePoolsRequest(clusterId))
  assert.deepEqual(
    pools!.map(({ metadata }) => metadata.name),
    ['web'],
  )
  const { items: all } = await client.listNodePools(
    new cce.ListNodePoolsRequest(clusterId).withShowDefaultNodePool('true'),
  )
  assert.deepEqual(all!.map(({ metadata }) => metadata.uid).sort(), [poolId, 'DefaultPool'].sort())

  const node = await client.createNode(
    new cce.CreateNodeRequest(clusterId).withBody({
      ...{ kind: 'Node', apiVersion: 'v3', metadata: { name: 'alone' } },
      spec: { flavor: 'c7.large.2', az: 'az1', rootVolume, login: { sshKey: 'mine' }, count: 1 },
    } as unknown as cce.NodeCreateRequest),
  )
  const nodeId = node.metadata!.uid!
  const path = `/clusters/${clusterId}/nodes/${nodeId}`
  await until(path, ({ status }) => status.phase === 'Active')
  const one = await client.showNode(new cce.ShowNodeRequest(clusterId, nodeId))
  assert.deepEqual(
    [one.metadata!.name, one.spec!.flavor, one.spec!.login!.sshKey],
    ['alone', 'c7.large.2', 'mine'],
  )
  const named = await client.updateNode(
    new cce.UpdateNodeRequest(clusterId, nodeId).withBody({
      metadata: { name: 'single' },
    } as unknown as cce.ClusterNodeInformation),
  )
  assert.equal(named.metadata!.name, 'single')
  const { items: nodes } = await client.listNodes(new cce.ListNodesRequest(clusterId))
  assert.equal(nodes!.length, 4)
  const reset = await client.resetNode(
    new cce.ResetNodeRequest(clusterId).withBody({
      ...{ kind: 'List', apiVersion: 'v3' },
      nodeList: nodes!.slice(0, 2).map(({ metadata }) => ({
        nodeID: metadata!.uid,
        spec: { os: 'EulerOS 2.9', login: { sshKey: 'mine' } },
      })),
    } as unknown as cce.ResetNodeList),
  )
  await until(`/jobs/${reset.jobid}`, ({ status }) => status.phase === 'Success')
  const job = await client.showJob(new cce.ShowJobRequest(reset.jobid!))
  assert.deepEqual([job.spec!.type, job.spec!.subJobs!.length], ['ResetNode', 2])

  const gone = await client.deleteNode(new cce.DeleteNodeRequest(clusterId, nodeId))
  assert.equal(gone.status!.phase, 'Deleting')
  await until(path, ({ errorCode }) => errorCode === 'CCE.01404001')
  await client.deleteNodePool(new cce.DeleteNodePoolRequest(clusterId, poolId))
  await until(`/clusters/${clusterId}/nodepools/${poolId}`, ({ errorCode }) => errorCode !== undefined)
  await client.deleteCluster(new cce.DeleteClusterRequest(clusterId))
  await until(`/clusters/${clusterId}`, ({ errorCode }) => errorCode === 'CCE.01404001')
  await assert.rejects(
    () => client.showCluster(new cce.ShowClusterRequest(clusterId)),
    (error: {
      readonly errorCode?: string
      readonly httpStatusCode?: number
      readonly errorMsg?: string
    }) => {
      assert.deepEqual([error.httpStatusCode, error.errorCode], [404, 'CCE.01404001'])
      assert.match(error.errorMsg ?? '', /not found/)
      return true
    },
  )
  const wrong = credentials.withSk(`${secret}x`)
  const stranger = cce.CceClient.newBuilder().withCredential(wrong).withEndpoint(url).build()
  await assert.rejects(
    () => (stranger as unknown as cce.CceClient).listClusters(new cce.ListClustersRequest()),
    { httpStatusCode: 401, errorCode: 'CCE.01401001' },
  )
})
