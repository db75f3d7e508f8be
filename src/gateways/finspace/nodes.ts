import { randomBytes, randomInt } from 'node:crypto'
import type { NodeView } from '../../control/views.ts'
import type { AwsAsk, AwsOperation } from '../aws/service.ts'
import { parseArn, toOptionalEpochSeconds } from '../aws/values.ts'
import { requireKxCluster } from './cluster-view.ts'
import { KIND, notFound } from './errors.ts'
import { operation, pageOf, unlessMissing } from './operation.ts'
import { SHAPE } from './shapes.ts'
import { LISTED_NODES, toNodeStatus, zoneOf } from './translate.ts'

const LIST = '/kx/environments/:environmentId/clusters/:clusterName/nodes'
const ONE = '/kx/environments/:environmentId/clusters/:clusterName/nodes/:nodeId'
const CONNECTION = '/kx/environments/:environmentId/connectionString'

/** Nodes that a connection may lead to are looked for among so many. */
const MOST_CONNECTED = 1000

export const nodeOperations: readonly AwsOperation[] = [
  operation({ name: 'ListKxClusterNodes', method: 'GET', path: LIST }, SHAPE.nodes, async (ask, input) => {
    const { cluster, stored } = await requireKxCluster(ask, input)
    const { items, nextCursor } = await ask.control.nodes.list(
      ask.caller,
      { cluster: cluster.id, status: LISTED_NODES },
      pageOf(input),
    )
    return {
      nodes: items.map((item) => present(item, stored.availabilityZoneId)),
      nextToken: nextCursor ?? undefined,
    }
  }),
  operation(
    {
      name: 'DeleteKxClusterNode',
      method: 'DELETE',
      path: ONE,
      // The model declares neither a conflict nor a limit for it.
      faults: { limit_exceeded: KIND.notValid, invalid_state: KIND.notValid, conflict: KIND.notValid },
    },
    SHAPE.node,
    async (ask, input) => {
      const { cluster } = await requireKxCluster(ask, input)
      const { nodeId, clusterName } = input
      const found = await unlessMissing(ask.control.nodes.get(ask.caller, cluster.id, nodeId))
      if (found?.node.id !== nodeId || !isListed(found)) {
        throw notFound(`Node ${nodeId} does not exist in cluster ${clusterName}`)
      }
      await ask.control.nodes.delete(ask.caller, cluster.id, nodeId)
      return {}
    },
  ),
  operation(
    { name: 'GetKxConnectionString', method: 'GET', path: CONNECTION },
    SHAPE.connection,
    async (ask, { environmentId, clusterName, userArn }) => {
      const user = userOf(ask, environmentId, userArn)
      const { cluster } = await requireKxCluster(ask, { environmentId, clusterName })
      const { items } = await ask.control.nodes.list(
        ask.caller,
        { cluster: cluster.id, status: ['Running'], health: ['Healthy'] },
        { limit: MOST_CONNECTED },
      )
      const endpoints = items.flatMap(({ node }) => node.endpoint ?? [])
      const chosen = endpoints.length > 0 ? endpoints[randomInt(endpoints.length)] : undefined
      if (!chosen) throw notFound(`Cluster ${clusterName} has no running node with a port`)
      const signature = randomBytes(24).toString('base64url')
      return { signedConnectionString: `:${chosen.host}:${chosen.port}:${user}:${signature}` }
    },
  ),
]

function isListed({ node }: NodeView): boolean {
  return (LISTED_NODES as readonly string[]).includes(node.status)
}

function present({ node, available }: NodeView, clusterZone: string | undefined): object {
  return {
    nodeId: node.id,
    availabilityZoneId: zoneOf(node, clusterZone),
    launchTime: toOptionalEpochSeconds(node.availableSince),
    status: toNodeStatus(available),
  }
}

/** The name of a user of this environment; users themselves are not kept here. */
function userOf(ask: AwsAsk, environmentId: string, userArn: string): string {
  const arn = parseArn(userArn)
  const [, environment, , user] = arn?.resource.split('/') ?? []
  const isHere =
    arn?.region === ask.region && arn.accountId === ask.accountId && environment === environmentId
  if (isHere && user !== undefined) return user
  throw notFound(`User ${userArn} does not exist in environment ${environmentId}`)
}
