import type { CreatedPool } from '../../control/views.ts'
import { TAGS } from '../../domain/attributes.ts'
import type { JsonObject } from '../../domain/ids.ts'
import type { AwsAsk, AwsOperation } from '../aws/service.ts'
import { checkArguments, checkCluster } from './cluster-rules.ts'
import {
  presentCluster,
  presentSummary,
  requireKxCluster,
  requireStatus,
  type Stored,
  viewKxClusters,
} from './cluster-view.ts'
import { requireEnvironment } from './environments.ts'
import { ATTRIBUTES, type FinspaceSettings, operation, pageOf, repeatable } from './operation.ts'
import { type CreateCluster, SHAPE } from './shapes.ts'
import { ensureProfile, fetchCode, say } from './software.ts'
import { toClusterStatus } from './translate.ts'

const LIST = '/kx/environments/:environmentId/clusters'
const ONE = '/kx/environments/:environmentId/clusters/:clusterName'

export function clusterOperations(settings: FinspaceSettings): readonly AwsOperation[] {
  return [
    operation({ name: 'CreateKxCluster', method: 'POST', path: LIST }, SHAPE.createCluster, (ask, input) =>
      create(ask, settings, input),
    ),
    operation({ name: 'ListKxClusters', method: 'GET', path: LIST }, SHAPE.clusters, async (ask, input) => {
      const environment = await requireEnvironment(ask, input.environmentId)
      const { items, nextCursor } = await ask.control.clusters.list(
        ask.caller,
        { environment: environment.id },
        pageOf(input),
      )
      const clusters = await viewKxClusters(ask, items)
      const ofType = clusters.filter(
        ({ stored }) => (input.clusterType ?? stored.clusterType) === stored.clusterType,
      )
      return { kxClusterSummaries: ofType.map(presentSummary), nextToken: nextCursor ?? undefined }
    }),
    operation({ name: 'GetKxCluster', method: 'GET', path: ONE }, SHAPE.cluster, async (ask, input) =>
      presentCluster(await requireKxCluster(ask, input)),
    ),
    operation(
      { name: 'DeleteKxCluster', method: 'DELETE', path: ONE },
      SHAPE.deleteCluster,
      async (ask, input) => {
        const caller = repeatable(ask, 'DeleteKxCluster', input)
        if (await ask.control.recall(caller, 'clusters.delete')) return {}
        const found = await requireKxCluster(ask, input)
        requireStatus(found, ['RUNNING', 'CREATE_FAILED', 'DELETE_FAILED', 'DELETING'])
        await ask.control.clusters.delete(caller, found.cluster.id)
        return {}
      },
    ),
  ]
}

async function create(ask: AwsAsk, settings: FinspaceSettings, input: CreateCluster): Promise<object> {
  const caller = repeatable(ask, 'CreateKxCluster', input)
  const known = (await ask.control.recall(caller, 'clusters.create')) as CreatedPool | undefined
  if (known) return presentNew(input.environmentId, known)
  const { size, minSize, maxSize } = checkCluster(input)
  const environment = await requireEnvironment(ask, input.environmentId)
  const { code, databases = [], initializationScript, clusterType } = input
  const bundle = code ? await fetchCode(ask, code) : null
  const profile = await ensureProfile(ask, settings, { clusterType, databases, bundle, initializationScript })
  const said = say({}, { bundle, code, profile, databases })
  const made = await ask.control.clusters.create(caller, {
    name: input.clusterName,
    environment: environment.id,
    profile,
    ...(bundle && {
      code: {
        bundle: bundle.id,
        ...(initializationScript !== undefined && { initializationScript }),
        commandLineArguments: checkArguments(input.commandLineArguments ?? []),
      },
    }),
    version: input.releaseLabel,
    size,
    minSize,
    maxSize,
    attributes: {
      [ATTRIBUTES]: { ...toStored(input), ...said },
      ...(input.tags && { [TAGS]: input.tags }),
    },
  })
  return presentNew(input.environmentId, made)
}

function presentNew(environmentId: string, { cluster, pool, revision }: CreatedPool): object {
  const { status, reason } = toClusterStatus(cluster, [], undefined)
  const stored = cluster.attributes[ATTRIBUTES] as unknown as Stored
  return { environmentId, ...presentCluster({ cluster, pool, stored, spec: revision.spec, status, reason }) }
}

/** Those that are kept elsewhere: as what a cluster is, or with what its nodes run. */
const KEPT_ELSEWHERE: ReadonlySet<string> = new Set<keyof CreateCluster>([
  ...(['clientToken', 'environmentId', 'clusterName', 'tags'] as const),
  ...(['code', 'databases', 'initializationScript', 'commandLineArguments'] as const),
])

/** What is only kept and given back. */
function toStored(input: CreateCluster): JsonObject {
  const entries = Object.entries(input).filter(([name]) => !KEPT_ELSEWHERE.has(name))
  return Object.fromEntries(entries) as JsonObject
}
