import type { Operations } from '../../domain/operation.ts'
import type { NodeRef, OperationRequest, RuntimeContext } from '../runtime.ts'
import { beginOperation, type Deps } from './client.ts'

/** What can be done to a scripted node: as long as the script lets it, and as long as it says. */
export const operations: Operations = {
  pause: { description: 'Lets its health checks fail until it is let go on.', parameters: {} },
  unpause: { description: 'Lets a paused node go on.', parameters: {} },
  reboot: { description: 'Starts it again in place: its health is as its script says.', parameters: {} },
}

/** {@link PerformsOperations.perform}. */
export async function perform(
  deps: Deps,
  ctx: RuntimeContext,
  node: NodeRef,
  { name }: OperationRequest,
): Promise<void> {
  await beginOperation(deps, ctx, node)
  deps.world.setHealth(node.id, name === 'pause' ? false : null)
}
