import { type Action, type ActionControl, NO_CONTROL, OPEN_ACTION_STATUSES } from '../domain/action.ts'
import { InvalidStateError, NotFoundError } from '../domain/errors.ts'
import type { EpochMs } from '../domain/ids.ts'
import { followersOf } from '../domain/joining.ts'
import { isEnded, type UpdateControl } from '../domain/update.ts'
import { getAction, putActionControl } from '../store/actions.ts'
import { findCluster } from '../store/clusters.ts'
import { getUpdate, patchUpdate } from '../store/updates.ts'
import type { Caller, ControlDeps } from './control.ts'
import { performInProject, type Scope } from './perform.ts'
import type { ActionVerbs } from './verbs.ts'

type SteeringVerbs = Pick<ActionVerbs, 'cancel' | 'suspend' | 'resume' | 'completeLifecycle'>

/** What people may ask of an action that was accepted. The engine follows what is written here. */
export function createSteeringVerbs(deps: ControlDeps): SteeringVerbs {
  return {
    cancel: (caller, id, input) => steer(deps, caller, id, 'cancel', input, decideCancellation(input)),
    suspend: (caller, id) =>
      steer(deps, caller, id, 'suspend', null, (action, control, said) => {
        requireClusterAction(action, 'suspended')
        if (control.suspension) return null
        return {
          control: { ...control, suspension: said },
          type: 'action.suspendRequested',
          because: `${said.by} suspended ${action.name}`,
        }
      }),
    resume: (caller, id) =>
      steer(deps, caller, id, 'resume', null, (action, control, said) => {
        requireClusterAction(action, 'resumed')
        if (!control.suspension) throw new InvalidStateError(`action ${action.id} is not suspended`)
        return {
          control: { ...control, suspension: null },
          type: 'action.resumeRequested',
          because: `${said.by} resumed ${action.name}`,
        }
      }),
    completeLifecycle: (caller, id) =>
      steer(deps, caller, id, 'completeLifecycle', null, (action, control, said) => {
        // Whoever was told twice may answer twice; and the time may have passed before the first answer.
        if (action.status !== 'WAITING_LIFECYCLE_COMPLETION' || control.completion) return null
        return {
          control: { ...control, completion: said },
          type: 'action.lifecycleCompleted',
          because: `${said.by} said that the lifecycle hook of ${action.name} is done`,
        }
      }),
  }
}

/** {@link ActionVerbs.cancel} as part of another change. */
export function cancelActionIn(
  scope: Scope,
  id: string,
  input: { readonly force?: boolean },
): Promise<Action> {
  return steerIn(scope, id, decideCancellation(input))
}

function decideCancellation({ force = false }: { readonly force?: boolean }): Decide {
  return (action, control, said) => {
    requireOpen(action, 'cancelled')
    if (control.cancellation && (control.cancellation.force || !force)) return null
    return {
      control: { ...control, cancellation: { ...said, force } },
      type: 'action.cancelRequested',
      because: `${said.by} cancelled ${action.name}${force ? ' by force' : ''}`,
    }
  }
}

/** What a person's word changes; null: nothing, it was said before. */
type Steering = {
  readonly control: ActionControl
  readonly type: string
  readonly because: string
} | null

interface Said {
  readonly by: string
  readonly at: EpochMs
}

type Decide = (action: Action, control: ActionControl, said: Said) => Steering

async function steer(
  deps: ControlDeps,
  caller: Caller,
  id: string,
  verb: keyof SteeringVerbs,
  input: unknown,
  decide: Decide,
): Promise<Action> {
  const { action } = await performInProject(deps, caller, {
    verb: `actions.${verb}`,
    input: [id, input],
    work: async (scope) => ({ action: await steerIn(scope, id, decide) }),
  })
  return action
}

async function steerIn(scope: Scope, id: string, decide: Decide): Promise<Action> {
  const found = await requireAction(scope, id)
  const said = { by: scope.principal.name, at: scope.now }
  const steering = decide(found, found.control ?? NO_CONTROL, said)
  if (!steering) return found
  const { control, type, because } = steering
  await putActionControl(scope.tx, found.id, control)
  if (found.updateId !== null && found.nodeId === null) await steerUpdate(scope, found, control)
  for (const clusterId of followersOf(found)) await scope.ask(clusterId)
  scope.event({
    type,
    because,
    clusterId: found.clusterId,
    actionId: found.id,
    ...(found.updateId !== null && { updateId: found.updateId }),
    ...(found.nodeId !== null && { nodeId: found.nodeId }),
    data: { action: found.name },
  })
  return { ...found, control }
}

/** First the cluster, which holds off the engine that may end this action at this moment; then what is true of it. */
async function requireAction({ tx, project }: Scope, id: string): Promise<Action> {
  const known = await getAction(tx, id)
  if (known?.projectId === project.id) await findCluster(tx, project.id, known.clusterId)
  const action = known && (await getAction(tx, id))
  if (action?.projectId !== project.id) throw new NotFoundError('action', id)
  return action
}

/** The action that carries an update has no will of its own: what is asked of it is asked of the update. */
async function steerUpdate({ tx, now }: Scope, action: Action, control: ActionControl): Promise<void> {
  const update = action.updateId === null ? undefined : await getUpdate(tx, action.updateId)
  if (!update || isEnded(update.status)) return
  await patchUpdate(tx, update.id, { control: controlOfUpdate(update.control, control, now) })
}

function controlOfUpdate(
  before: UpdateControl,
  { cancellation, suspension }: ActionControl,
  now: EpochMs,
): UpdateControl {
  if (cancellation) {
    const { by, at, force } = cancellation
    const mode = force ? 'stop-here' : (before.cancellation?.mode ?? 'roll-back')
    return { ...before, cancellation: { by, at, mode, reason: null } }
  }
  if (!suspension) return { ...before, paused: null, resumedAt: now }
  return { ...before, paused: before.paused ?? { ...suspension, reason: 'its action was suspended' } }
}

function requireOpen(action: Action, what: string): void {
  const open: readonly string[] = OPEN_ACTION_STATUSES
  if (open.includes(action.status)) return
  throw new InvalidStateError(
    `action ${action.id} cannot be ${what} any more: it ended ${action.status} (${action.statusReason})`,
  )
}

function requireClusterAction(action: Action, what: string): void {
  requireOpen(action, what)
  if (action.nodeId === null) return
  throw new InvalidStateError(
    `action ${action.id} is one step on a node and cannot be ${what}; cancel it, or suspend the cluster action it serves`,
  )
}
