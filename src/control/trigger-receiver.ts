import { findPrincipal } from '../access/principals.ts'
import { isReceiverToken } from '../access/receiver-token.ts'
import { hashSecret } from '../access/secret.ts'
import { ForbiddenError, InvalidStateError, UnauthenticatedError } from '../domain/errors.ts'
import type { JsonObject } from '../domain/ids.ts'
import type { Receiver, ReceiverAction } from '../domain/receiver.ts'
import { getReceiver } from '../store/receivers.ts'
import { authorize } from './authorize.ts'
import type { Asker, Caller, ControlDeps, Occasion } from './control.ts'
import { requireReceiver } from './find.ts'
import type { WebhookCall } from './inputs.ts'
import { recordRefusal } from './perform.ts'
import type { AskByName } from './receiver-actions.ts'
import type { TriggerLimits } from './trigger-limits.ts'
import type { TriggeredAction } from './views.ts'

/** {@link ReceiverVerbs.trigger}. */
export async function trigger(
  deps: ControlDeps,
  ask: AskByName,
  caller: Caller,
  ref: string,
  inputs: JsonObject,
): Promise<TriggeredAction> {
  const receiver = await recordRefusal(deps, caller, 'receivers.trigger', () =>
    deps.store.read(async (tx) => {
      const project = await authorize(tx, caller.principal, caller.project, 'operator', 'receivers.trigger')
      return await requireReceiver(tx, project.id, ref)
    }),
  )
  return await triggerWebhook(deps, ask, receiver, inputs, caller.idempotencyKey)
}

/** {@link ReceiverVerbs.call}. */
export async function call(
  deps: ControlDeps,
  ask: AskByName,
  limits: TriggerLimits,
  { id, token, inputs, address, idempotencyKey }: WebhookCall,
): Promise<TriggeredAction> {
  const found = await deps.store.read((tx) => getReceiver(tx, id))
  const fits = isReceiverToken(token ?? '', found?.tokenHash ?? null)
  if (!found || !(fits || found.receiver.credential === 'id')) throw refuse(deps, address)
  limits.count(found.receiver.id, deps.clock.now())
  return await triggerWebhook(deps, ask, found.receiver, inputs, idempotencyKey)
}

/** What somebody is told whose receiver or token is wrong, not which; the audit keeps it. */
export function refuse(
  deps: Pick<ControlDeps, 'refused'>,
  address = 'an unknown address',
): UnauthenticatedError {
  deps.refused?.(address)
  return new UnauthenticatedError('there is no receiver with this id and token')
}

async function triggerWebhook(
  deps: ControlDeps,
  ask: AskByName,
  receiver: Receiver,
  inputs: JsonObject,
  idempotencyKey: string | undefined,
): Promise<TriggeredAction> {
  if (receiver.type !== 'webhook') {
    throw new InvalidStateError(
      `receiver "${receiver.name}" is of type message: put messages into its queue, receiver-${receiver.id}`,
    )
  }
  const record: Occasion['record'] = async (scope, result) => {
    const { action } = result as { readonly action: TriggeredAction['action'] }
    scope.event({
      type: 'receiver.triggered',
      clusterId: action.clusterId,
      actionId: action.id,
      because: `${action.name} was triggered in the authority of ${receiver.createdBy}`,
    })
  }
  const work = {
    action: receiver.action as ReceiverAction,
    cluster: receiver.clusterId as string,
    inputs: { ...receiver.params, ...inputs },
  }
  const asked = await askAsOwner(deps, ask, receiver, work, record, idempotencyKey)
  return { receiver, ...asked }
}

/**
 * Asks in the name of the receiver's owner, with the grants that the owner has now.
 * @throws ForbiddenError when the owner may not do it any more, which is kept for the audit
 */
export async function askAsOwner(
  deps: ControlDeps,
  ask: AskByName,
  receiver: Receiver,
  work: { readonly action: ReceiverAction; readonly cluster: string; readonly inputs: JsonObject },
  record: Occasion['record'],
  idempotencyKey?: string,
): Promise<Pick<TriggeredAction, 'action' | 'ignored'>> {
  const occasion: Occasion = { receiver, record }
  const nobody: Asker = { principal: { name: receiver.createdBy, grants: [] }, occasion }
  const place = { project: receiver.projectId }
  const principal = await recordRefusal(deps, { ...nobody, ...place }, 'receivers.trigger', async () => {
    const found = await deps.store.read((tx) => findPrincipal(tx, receiver.createdBy, deps.clock.now()))
    if (found) return found
    throw new ForbiddenError(
      `receiver "${receiver.name}" acts for ${receiver.createdBy}, who has no valid credential any more`,
    )
  })
  const caller: Caller = {
    principal,
    ...place,
    occasion,
    // Two receivers of one owner may be called with the same key.
    ...(idempotencyKey !== undefined && { idempotencyKey: hashSecret(`${receiver.id}:${idempotencyKey}`) }),
  }
  return await ask(caller, work.action, work.cluster, work.inputs)
}
