import { withOtherServer } from '../domain/balancer-place.ts'
import type { RevisionId } from '../domain/ids.ts'
import { type Node, withLastStart, withStray } from '../domain/node.ts'
import type { StepOutcome } from './step-order.ts'

/** What a node is after a step that started its replacement beside what ran in it. */
export function afterSurge(
  node: Node,
  target: { readonly revisionId: RevisionId },
  outcome: StepOutcome,
  statusReason: string,
): Node {
  const { started, health } = outcome
  if (outcome.ok || (outcome.phase === 'retire' && started)) {
    const next = withOtherServer(withLastStart({ ...node, ...target, ...where(outcome) }, node.attempt))
    const { availableSince = null } = health ?? {}
    const observed = { health: health?.health ?? node.health, availableSince }
    return { ...withStray(next, !outcome.ok), ...observed, status: 'Running', statusReason }
  }
  if (outcome.old === 'serves' && health) {
    const status = health.health === 'Unhealthy' ? 'Failed' : 'Running'
    const { availableSince } = health
    return { ...withStray(node, false), health: health.health, availableSince, status, statusReason }
  }
  if (outcome.old === 'gone') {
    const next = withOtherServer(withLastStart({ ...node, ...target, ...where(outcome) }, node.attempt))
    return { ...next, status: 'Failed', statusReason, health: 'Unhealthy', availableSince: null }
  }
  // Both may run: the watch that follows looks at the old one, and whoever touches the node next ends the other.
  return { ...node, statusReason }
}

function where({ started }: StepOutcome): Pick<Node, 'handle' | 'physicalId' | 'endpoint'> {
  if (!started) return { handle: null, physicalId: null, endpoint: null }
  const { handle, physicalId, endpoint } = started
  return { handle, physicalId, endpoint }
}
