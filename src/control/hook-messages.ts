import type { ClusterId } from '../domain/ids.ts'
import type { DeletionHook } from '../policies/policy.ts'
import { loadActionsHeldByHooks } from '../store/actions.ts'
import type { Caller, ControlDeps } from './control.ts'
import { look } from './perform.ts'
import type { HookMessage } from './views.ts'

/** What the lifecycle hooks of a project have put into a queue: the verb `actions.hookMessages`. */
export function listHookMessages(
  deps: ControlDeps,
  caller: Caller,
  queue: string,
): Promise<readonly HookMessage[]> {
  return look(deps, caller, 'actions.hookMessages', async (tx, project) => {
    const held = await loadActionsHeldByHooks(tx, project.id)
    return held.flatMap(({ id, clusterId, nodeId, inputs, createdAt }) => {
      const hook = inputs['hook'] as DeletionHook | undefined
      if (hook?.type !== 'queue' || hook.queue !== queue || nodeId === null) return []
      const expiresAt = createdAt + hook.timeoutSeconds * 1000
      return [{ actionId: id, clusterId: clusterId as ClusterId, nodeId, sentAt: createdAt, expiresAt }]
    })
  })
}
