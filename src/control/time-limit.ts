import type { Cluster } from '../domain/cluster.ts'
import type { ActionInput } from './perform.ts'

/**
 * How long an action on a cluster's nodes may take: as long as the cluster says, which for 0 is as long as it needs. Updates and
 * deletions are left out: they have limits for each node, and end what they have begun.
 */
export function timeLimitOf({
  timeoutSeconds,
}: Pick<Cluster, 'timeoutSeconds'>): Pick<ActionInput, 'timeoutSeconds'> {
  return { timeoutSeconds: timeoutSeconds || null }
}
