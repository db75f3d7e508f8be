import type { Cluster } from '../domain/cluster.ts'
import type { SizeRefusal } from '../domain/errors.ts'
import type { NodeId } from '../domain/ids.ts'
import { formatNodeName, memberNamePattern } from '../domain/node-name.ts'
import type { RevisionSpec } from '../domain/revision.ts'
import type { CreateMemberInput } from './node-inputs.ts'
import type { Scope } from './perform.ts'
import { insertStandaloneNode } from './standalone-nodes.ts'
import { checkMetadata, checkText } from './validate.ts'
import type { CreatedNode } from './views.ts'

/**
 * A node that its cluster has no room for: a failed one of no cluster, of which nothing ever ran, and an action that
 * failed. APIs that accept requests before sizes are looked at leave this behind.
 *
 * @param size that the pool would have had @param limit that it may have
 */
export async function makeStray(
  scope: Scope,
  cluster: Cluster,
  spec: RevisionSpec,
  { name, role, metadata }: CreateMemberInput,
  { size, limit }: { readonly size: number; readonly limit: number },
): Promise<CreatedNode> {
  const because = `${size} nodes would be more than cluster "${cluster.name}" may have, ${limit}`
  const pattern = memberNamePattern(cluster.config) ?? `${cluster.name}-$I`
  const node = await insertStandaloneNode(scope, spec, {
    name: name ?? formatNodeName(pattern, size, scope.ids.next<NodeId>().replaceAll('-', '')),
    role: checkText('role', role ?? ''),
    metadata: checkMetadata('metadata', metadata ?? {}),
    status: 'Failed',
    statusReason: because,
  })
  const refused = {
    ...{ what: 'capacity', value: size, relation: 'above', bound: 'maxSize', limit, isGiven: false },
  } as const satisfies SizeRefusal
  const { clusterId, poolId, id: nodeId } = node
  const action = await scope.record({ name: 'NODE_CREATE', clusterId, poolId, nodeId, inputs: {} }, because, {
    status: 'FAILED',
    outputs: { refused: { size: refused } },
  })
  scope.event({
    type: 'node.failed',
    level: 'error',
    clusterId: cluster.id,
    nodeId,
    actionId: action.id,
    because: `${node.name}: ${because}`,
  })
  return { node, action }
}
