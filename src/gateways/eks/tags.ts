import { TAGS, tagsOf } from '../../domain/attributes.ts'
import type { Cluster, NodePool } from '../../domain/cluster.ts'
import { NotFoundError } from '../../domain/errors.ts'
import type { JsonObject } from '../../domain/ids.ts'
import { AwsFault } from '../aws/fault.ts'
import type { AwsAsk, AwsOperation } from '../aws/service.ts'
import { parseArn } from '../aws/values.ts'
import { FAULTS } from './faults.ts'
import { findCluster, requireNodegroupName } from './find.ts'
import { operation } from './operation.ts'
import * as shapes from './shapes.ts'

const MAX_TAGS = 50
const ROUTE = '/tags/:resourceArn'
const faults = { not_found: FAULTS.notFound, invalid_request: FAULTS.badRequest } as const

export const tagOperations: readonly AwsOperation[] = [
  operation('TagResource', {
    route: `POST ${ROUTE}`,
    shape: shapes.tagResource,
    faults,
    async run({ ask, input: { tags } }) {
      const { cluster, pool } = await findTagged(ask)
      const after = { ...tagsOf(pool ?? cluster), ...tags }
      if (Object.keys(after).length > MAX_TAGS) throw bad(`A resource can have ${MAX_TAGS} tags at most.`)
      await setTags(ask, cluster, pool, tags)
      return {}
    },
  }),
  operation('UntagResource', {
    route: `DELETE ${ROUTE}`,
    shape: shapes.untagResource,
    faults,
    async run({ ask, input: { tagKeys } }) {
      const { cluster, pool } = await findTagged(ask)
      await setTags(ask, cluster, pool, Object.fromEntries(tagKeys.map((key) => [key, null])))
      return {}
    },
  }),
  operation('ListTagsForResource', {
    route: `GET ${ROUTE}`,
    shape: shapes.nothing,
    faults,
    async run({ ask }) {
      const { cluster, pool } = await findTagged(ask)
      return { tags: tagsOf(pool ?? cluster) }
    },
  }),
]

async function setTags(
  { control, caller }: AwsAsk,
  cluster: Cluster,
  pool: NodePool | undefined,
  patch: JsonObject,
): Promise<void> {
  const change = { key: TAGS, patch }
  if (pool) await control.pools.setAttributes(caller, cluster.id, pool.id, change)
  else await control.clusters.setAttributes(caller, cluster.id, change)
}

/** What an ARN of this service names: a cluster, or one of its node groups. @throws AwsFault, NotFoundError */
async function findTagged(ask: AwsAsk): Promise<{ readonly cluster: Cluster; readonly pool?: NodePool }> {
  const text = ask.params['resourceArn'] ?? ''
  const arn = parseArn(text)
  const [kind, clusterName, nodegroup, id, ...rest] = arn?.resource.split('/') ?? []
  const isKnown =
    (kind === 'cluster' && nodegroup === undefined) || (kind === 'nodegroup' && id !== undefined)
  if (arn?.service !== 'eks' || clusterName === undefined || !isKnown || rest.length > 0) {
    throw bad(`Invalid ARN: ${text}`)
  }
  if (arn.region !== ask.region || arn.accountId !== ask.accountId) throw new NotFoundError('resource', text)
  const { cluster } = await findCluster(ask, clusterName)
  if (nodegroup === undefined) return { cluster }
  const { pool } = await ask.control.pools.get(ask.caller, cluster.id, requireNodegroupName(nodegroup))
  if (pool.id !== id) throw new NotFoundError('resource', text)
  return { cluster, pool }
}

function bad(message: string): AwsFault {
  return new AwsFault(FAULTS.badRequest, message)
}
