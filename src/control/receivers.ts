import { makeReceiverToken, makeSecretReceiverId } from '../access/receiver-token.ts'
import { hashSecret } from '../access/secret.ts'
import {
  AlreadyExistsError,
  InvalidRequestError,
  LimitExceededError,
  PreconditionFailedError,
} from '../domain/errors.ts'
import type { ClusterId, ProjectId, ReceiverId } from '../domain/ids.ts'
import { RECEIVER_ACTIONS, RECEIVER_TYPES, type Receiver } from '../domain/receiver.ts'
import { findCluster } from '../store/clusters.ts'
import {
  countReceivers,
  insertReceiver,
  isReceiverNameTaken,
  listReceivers,
  patchReceiver,
  replaceReceiverToken,
} from '../store/receivers.ts'
import type { Tx } from '../store/store.ts'
import type { Caller, ControlDeps } from './control.ts'
import { requireLiveCluster, requireReceiver } from './find.ts'
import { hideInReceiver } from './hide-secrets.ts'
import type { CreateReceiverInput, ReceiverChanges } from './inputs.ts'
import { limitsOf } from './limits.ts'
import { look, lookWide, performInProject, type Scope } from './perform.ts'
import type { AskByName } from './receiver-actions.ts'
import { createQueueVerbs } from './receiver-queues.ts'
import { removeReceiver } from './remove-receiver.ts'
import { createTriggerLimits } from './trigger-limits.ts'
import { call, trigger } from './trigger-receiver.ts'
import { checkMetadata, checkName, checkOneOf } from './validate.ts'
import type { ReceiverVerbs } from './verbs.ts'
import type { CreatedReceiver } from './views.ts'

export function createReceiverVerbs(deps: ControlDeps, ask: AskByName): ReceiverVerbs {
  const limits = createTriggerLimits(limitsOf(deps).maxTriggersPerMinute)
  return {
    create: (caller, input) => create(deps, caller, input),
    list: (caller, { cluster, ...filter }, page) =>
      lookWide(deps, caller, 'receivers.list', async (tx, projects) => {
        const clusterId = cluster && (await toClusterIds(tx, projects, cluster))
        const where = { ...filter, ...(projects && { projectId: projects }), ...(clusterId && { clusterId }) }
        const { items, nextCursor } = await listReceivers(tx, where, page)
        return { items: items.map((receiver) => hideInReceiver(deps.runtimes, receiver)), nextCursor }
      }),
    get: (caller, ref) =>
      look(deps, caller, 'receivers.get', async (tx, project) =>
        hideInReceiver(deps.runtimes, await requireReceiver(tx, project.id, ref)),
      ),
    update: (caller, ref, changes, match = {}) => update(deps, caller, ref, changes, match.ifMatch),
    async delete(caller, ref) {
      const { receiver } = await performInProject(deps, caller, {
        verb: 'receivers.delete',
        input: [ref],
        work: async (scope) => {
          const found = await requireReceiver(scope.tx, scope.project.id, ref)
          await removeReceiver(scope, found)
          return { receiver: found }
        },
      })
      return receiver
    },
    rotate: (caller, ref) => rotate(deps, caller, ref),
    trigger: (caller, ref, inputs) => trigger(deps, ask, caller, ref, inputs),
    call: (request) => call(deps, ask, limits, request),
    ...createQueueVerbs(deps, ask),
  }
}

function create(deps: ControlDeps, caller: Caller, input: CreateReceiverInput): Promise<CreatedReceiver> {
  return performInProject<undefined, CreatedReceiver>(deps, caller, {
    verb: 'receivers.create',
    input,
    work: async (scope) => {
      const type = checkOneOf('type', input.type, RECEIVER_TYPES)
      const credential = checkOneOf('credential', input.credential ?? 'token', ['token', 'id'])
      for (const field of ['cluster', 'action'] as const) {
        if (type === 'webhook' && input[field] === undefined) {
          throw new InvalidRequestError(field, 'a receiver of type webhook needs one')
        }
      }
      const name = checkName('name', input.name, input)
      if (!input.allowDuplicateName) await checkNameIsFree(scope, name)
      await checkRoom(deps, scope)
      const cluster =
        input.cluster === undefined
          ? null
          : await requireLiveCluster(scope.tx, scope.project.id, input.cluster)
      const receiver: Receiver = {
        id: credential === 'id' ? makeSecretReceiverId() : scope.ids.next<ReceiverId>(),
        projectId: scope.project.id,
        name,
        type,
        clusterId: cluster?.id ?? null,
        action: input.action === undefined ? null : checkOneOf('action', input.action, RECEIVER_ACTIONS),
        actor: checkMetadata('actor', input.actor ?? {}),
        params: checkMetadata('params', input.params ?? {}),
        credential,
        createdBy: caller.principal.name,
        createdAt: scope.now,
        updatedAt: scope.now,
        version: 1,
      }
      const token = credential === 'token' ? makeReceiverToken() : null
      await insertReceiver(scope.tx, receiver, token && hashSecret(token))
      const what = [receiver.action ?? 'any action', cluster ? `cluster "${cluster.name}"` : 'any cluster']
      scope.event({
        type: 'receiver.created',
        ...(cluster && { clusterId: cluster.id }),
        because: `${caller.principal.name} made receiver "${name}" of type ${type} for ${what.join(' on ')}`,
        data: { receiver: receiver.id },
      })
      return { receiver, token }
    },
    toRemember: ({ receiver }) => ({ receiver, token: null }),
  })
}

async function update(
  deps: ControlDeps,
  caller: Caller,
  ref: string,
  changes: ReceiverChanges,
  ifMatch: number | undefined,
): Promise<Receiver> {
  const { receiver } = await performInProject(deps, caller, {
    verb: 'receivers.update',
    input: [ref, changes, ifMatch],
    work: async (scope) => {
      const found = await requireReceiver(scope.tx, scope.project.id, ref)
      if (ifMatch !== undefined && ifMatch !== found.version) {
        throw new PreconditionFailedError('receiver', ref)
      }
      const { name, action, params } = changes
      if (name === undefined && action === undefined && params === undefined) {
        throw new InvalidRequestError('changes', 'give a name, an action or params')
      }
      const patch = {
        name: name === undefined ? found.name : checkName('name', name, changes),
        action: action === undefined ? found.action : checkOneOf('action', action, RECEIVER_ACTIONS),
        params: params === undefined ? found.params : checkMetadata('params', params),
        updatedAt: scope.now,
        version: found.version + 1,
      }
      if (patch.name !== found.name && !changes.allowDuplicateName) await checkNameIsFree(scope, patch.name)
      await patchReceiver(scope.tx, found.id, patch)
      const renamed = patch.name === found.name ? '' : `, now "${patch.name}"`
      scope.event({
        type: 'receiver.changed',
        ...(found.clusterId && { clusterId: found.clusterId }),
        because: `${caller.principal.name} changed receiver "${found.name}"${renamed}`,
      })
      return { receiver: { ...found, ...patch } }
    },
  })
  return receiver
}

function rotate(deps: ControlDeps, caller: Caller, ref: string): Promise<CreatedReceiver> {
  return performInProject<undefined, CreatedReceiver>(deps, caller, {
    verb: 'receivers.rotate',
    input: [ref],
    work: async (scope) => {
      const found = await requireReceiver(scope.tx, scope.project.id, ref)
      const token = makeReceiverToken()
      const patch = { credential: 'token', updatedAt: scope.now, version: found.version + 1 } as const
      await patchReceiver(scope.tx, found.id, patch)
      await replaceReceiverToken(scope.tx, found.id, hashSecret(token))
      scope.event({
        type: 'receiver.tokenReplaced',
        ...(found.clusterId && { clusterId: found.clusterId }),
        because: `${caller.principal.name} gave receiver "${found.name}" a new token`,
      })
      return { receiver: { ...found, ...patch }, token }
    },
    toRemember: ({ receiver }) => ({ receiver, token: null }),
  })
}

/** What is not found is taken for an id: it finds nothing then. */
async function toClusterIds(
  tx: Tx,
  projects: ProjectId | readonly ProjectId[] | undefined,
  references: readonly string[],
): Promise<readonly ClusterId[]> {
  if (typeof projects !== 'string') return references as readonly ClusterId[]
  const ids: ClusterId[] = []
  for (const reference of references) {
    ids.push((await findCluster(tx, projects, reference))?.id ?? (reference as ClusterId))
  }
  return ids
}

async function checkNameIsFree({ tx, project }: Scope, name: string): Promise<void> {
  if (await isReceiverNameTaken(tx, project.id, name)) throw new AlreadyExistsError('receiver', name)
}

async function checkRoom(deps: ControlDeps, { tx, project }: Scope): Promise<void> {
  const { maxReceiversPerProject: most } = limitsOf(deps)
  if ((await countReceivers(tx, project.id)) < most) return
  throw new LimitExceededError(`project "${project.name}" has ${most} receivers, and may not have more`)
}
