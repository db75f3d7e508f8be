import type { Receiver } from '../domain/receiver.ts'
import { deleteReceiver } from '../store/receivers.ts'
import type { Scope } from './perform.ts'

/** Deletes a receiver and tells of it. */
export async function removeReceiver(scope: Scope, receiver: Receiver): Promise<void> {
  await deleteReceiver(scope.tx, receiver.id)
  scope.event({
    type: 'receiver.deleted',
    ...(receiver.clusterId && { clusterId: receiver.clusterId }),
    because: `${scope.principal.name} deleted receiver "${receiver.name}"`,
    data: { receiver: receiver.id },
  })
}
