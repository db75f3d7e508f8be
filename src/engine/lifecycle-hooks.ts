import type { Action } from '../domain/action.ts'
import { messageOf } from '../domain/errors.ts'
import { type Clock, sleep } from '../system/clock.ts'
import type { Log } from '../system/log.ts'
import type { ClusterState } from './cluster-state.ts'
import { hookOf } from './hook-of.ts'

const TRIES = 3
const PAUSE_MS = 2000

/** Posts JSON to an address. @throws when it was not taken */
export type PostJson = (url: string, body: object, signal: AbortSignal) => Promise<void>

/**
 * Tells a webhook that a node is about to leave. Once at least: an engine that takes the action over tells it again.
 * That nobody could be told holds up nothing: the hook's time passes all the same.
 */
export async function tellHook(
  deps: { readonly clock: Clock; readonly log: Log; readonly postJson: PostJson },
  action: Action,
  signal: AbortSignal,
): Promise<void> {
  const hook = hookOf(action)
  if (hook?.type !== 'webhook') return
  const body = {
    lifecycle_action_token: action.id,
    node_id: action.nodeId,
    cluster_id: action.clusterId,
    lifecycle_transition_type: 'termination',
  }
  for (let left = TRIES; left > 0; left -= 1) {
    try {
      await deps.postJson(hook.url, body, signal)
      return
    } catch (error) {
      if (signal.aborted) return
      // The address is a secret of its owner's, as far as anybody knows.
      deps.log.warn({ action: action.id, problem: messageOf(error), left: left - 1 }, 'a hook was not told')
    }
    if (left > 1) await sleep(deps.clock, PAUSE_MS, signal).catch(() => {})
  }
}

/** Node actions that wait for a hook's word. */
export function heldByHooks(state: ClusterState): Action[] {
  return [...state.actions.values()].filter(({ status }) => status === 'WAITING_LIFECYCLE_COMPLETION')
}
