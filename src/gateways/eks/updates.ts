import type { Action } from '../../domain/action.ts'
import { NotFoundError } from '../../domain/errors.ts'
import { AwsFault } from '../aws/fault.ts'
import type { AwsAsk, AwsOperation } from '../aws/service.ts'
import { FAULTS, invalidParameter, invalidRequest, type Subject } from './faults.ts'
import { findCluster, requireNodegroupName } from './find.ts'
import { operation, repeatable } from './operation.ts'
import { presentUpdate, UPDATE_ACTIONS, type UpdateFacts } from './present-update.ts'
import * as shapes from './shapes.ts'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

export const updateOperations: readonly AwsOperation[] = [
  operation('DescribeUpdate', {
    route: 'GET /clusters/:name/updates/:updateId',
    shape: shapes.describeUpdate,
    async run({ ask, input, cluster }) {
      const { clusterId, poolId } = await placeOf(ask, cluster, input)
      const action = await findUpdate(ask, clusterId)
      if (action.poolId !== poolId) throw noUpdate(ask)
      return await answerUpdate(ask, action)
    },
  }),
  operation('ListUpdates', {
    route: 'GET /clusters/:name/updates',
    shape: shapes.listUpdates,
    async run({ ask, input, cluster }) {
      const { maxResults: limit = 100, nextToken: cursor } = input
      const { clusterId, poolId } = await placeOf(ask, cluster, input)
      const filter = { cluster: clusterId, pool: poolId, name: UPDATE_ACTIONS }
      const page = { limit, ...(cursor !== undefined && { cursor }) }
      const { items, nextCursor } = await ask.control.actions.list(ask.caller, filter, page)
      return { updateIds: items.map(({ id }) => id), ...(nextCursor !== null && { nextToken: nextCursor }) }
    },
  }),
  operation('CancelUpdate', {
    route: 'POST /clusters/:name/updates/:updateId/cancel-update',
    shape: shapes.cancelUpdate,
    // The version has begun to change in the moment between the look at it and the request.
    faults: { invalid_state: FAULTS.invalidState },
    async run({ ask, input, cluster }) {
      const { cluster: found } = await findCluster(ask, cluster)
      const action = await findUpdate(ask, found.id)
      const subject = { clusterName: cluster, updateId: action.id }
      const caller = repeatable(ask, input, subject as Subject)
      const known = await ask.control.recall(caller, 'actions.cancel')
      if (!known) {
        checkCancellable(action, cluster)
        await ask.control.versions.cancel(caller, action.id)
      }
      return await answerUpdate(ask, await ask.control.actions.get(ask.caller, action.id))
    },
  }),
]

/** The answer to everything that is, or begins, an update. */
export async function answerUpdate({ control, caller }: AwsAsk, action: Action): Promise<object> {
  const facts = async (): Promise<UpdateFacts> => {
    if (action.name === 'CLUSTER_CHANGE_VERSION') {
      return { action, change: await control.versions.get(caller, action.id) }
    }
    if (action.updateId === null) return { action }
    const { update } = await control.updates.get(caller, action.updateId)
    if (action.parentId === null) return { action, update }
    return { action, update, partOf: await control.versions.get(caller, action.parentId) }
  }
  return { update: presentUpdate(await facts()) }
}

/** Where updates are looked for: with a node group, or of the cluster as a whole. */
async function placeOf(
  ask: AwsAsk,
  name: string,
  { nodegroupName, addonName, capabilityName }: Readonly<Record<string, unknown>>,
) {
  const { cluster } = await findCluster(ask, name)
  const other = addonName ?? capabilityName
  if (other !== undefined) throw new NotFoundError('add-on or capability', String(other))
  if (nodegroupName === undefined) return { clusterId: cluster.id, poolId: null }
  const pool = requireNodegroupName(String(nodegroupName))
  const { pool: found } = await ask.control.pools.get(ask.caller, cluster.id, pool)
  return { clusterId: cluster.id, poolId: found.id }
}

/** @throws AwsFault for what is no id, or the id of something else */
async function findUpdate(ask: AwsAsk, clusterId: string): Promise<Action> {
  const { updateId = '' } = ask.params
  if (!UUID.test(updateId)) throw invalidParameter(`Update id ${JSON.stringify(updateId)} is not a UUID.`)
  const action = await orNone(ask.control.actions.get(ask.caller, updateId))
  const names: readonly string[] = UPDATE_ACTIONS
  if (action?.clusterId !== clusterId || !names.includes(action.name)) throw noUpdate(ask)
  return action
}

async function orNone<Result>(found: Promise<Result>): Promise<Result | undefined> {
  try {
    return await found
  } catch (error) {
    if (error instanceof NotFoundError) return undefined
    throw error
  }
}

function noUpdate({ params }: AwsAsk): AwsFault {
  return new AwsFault(FAULTS.resourceNotFound, `No update found for ID: ${params['updateId']}`)
}

/** @throws AwsFault unless it is a rollback whose nodes are on their way */
function checkCancellable(action: Action, clusterName: string): void {
  const subject = { clusterName }
  if (action.name !== 'CLUSTER_CHANGE_VERSION' || action.inputs['type'] !== 'Rollback') {
    throw invalidRequest(`Update ${action.id} cannot be cancelled: only a version rollback can be.`, subject)
  }
  if (action.status === 'SUCCEEDED') {
    const message = `Update ${action.id} cannot be cancelled any more: the version of the cluster has changed.`
    throw new AwsFault(FAULTS.invalidState, message, { members: subject })
  }
  if (action.endedAt !== null) {
    throw invalidRequest(`Update ${action.id} is not in progress: ${action.statusReason}.`, subject)
  }
  if (action.control?.cancellation) {
    const message = `Update ${action.id} is being cancelled already.`
    throw new AwsFault(FAULTS.resourceInUse, message, { members: subject })
  }
}
