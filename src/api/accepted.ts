import type { FastifyReply } from 'fastify'
import { type Static, Type } from 'typebox'
import type { ClusterAction, CreatedPool, NodeAction, PoolAction } from '../control/views.ts'
import { ActionResource, actionExample, presentAction } from './actions/resource.ts'
import { ClusterResource, clusterExample, presentCluster } from './clusters/resource.ts'
import { NodeResource } from './nodes/resource.ts'
import { PoolResource, poolExample, presentPool } from './pools/resource.ts'
import { ProfileResource } from './profiles/resource.ts'
import { presentRevision, RevisionResource } from './revisions/resource.ts'
import { record, ref } from './schema.ts'

/** The answer to a request whose work goes on after it: 202, with `Location` naming the action to look at. */
export const AcceptedResource = record(
  {
    action: ref(ActionResource),
    cluster: Type.Optional(ref(ClusterResource)),
    pool: Type.Optional(ref(PoolResource)),
    node: Type.Optional(ref(NodeResource)),
    profile: Type.Optional(ref(ProfileResource)),
    revision: Type.Optional(ref(RevisionResource)),
  },
  {
    $id: 'Accepted',
    description: 'Work that goes on: look at the action, which `Location` names, to see it end.',
    examples: [{ action: actionExample, cluster: clusterExample, pool: poolExample }],
  },
)

/** Answers 202. */
export function sendAccepted(
  reply: FastifyReply,
  project: string,
  accepted: ClusterAction | PoolAction | CreatedPool | NodeAction,
): Static<typeof AcceptedResource> {
  const { action, cluster } = accepted
  reply.code(202).header('location', `/api/v1/projects/${project}/actions/${action.id}`)
  return {
    action: presentAction(action),
    ...(cluster && { cluster: presentCluster(cluster) }),
    ...('pool' in accepted && accepted.pool && { pool: presentPool(accepted.pool) }),
    ...('revision' in accepted && { revision: presentRevision(accepted.revision) }),
  }
}
