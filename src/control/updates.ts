import { InvalidRequestError, InvalidStateError } from '../domain/errors.ts'
import { type Cancellation, isEnded, type Update, type UpdateControl } from '../domain/update.ts'
import { listPoolsOf, loadClusterNames } from '../store/clusters.ts'
import { loadRevisionNumbers } from '../store/revisions.ts'
import type { Tx } from '../store/store.ts'
import { listUpdates, patchUpdate, type UpdateFilter } from '../store/updates.ts'
import { resolveCandidate, resolveRollback } from './candidate.ts'
import type { Caller, ControlDeps } from './control.ts'
import { explain } from './explain-update.ts'
import { requireCluster, requirePool, requireUpdate } from './find.ts'
import type { CancelInput } from './inputs.ts'
import { look, performInProject, type Scope } from './perform.ts'
import { planUpdate } from './plan-update.ts'
import { startUpdate } from './start-update.ts'
import { tellHistory } from './update-history.ts'
import { listUpdateNodes } from './update-nodes.ts'
import { checkOneOf, checkText } from './validate.ts'
import type { UpdateVerbs } from './verbs.ts'
import type { UpdateView } from './views.ts'

export function createUpdateVerbs(deps: ControlDeps): UpdateVerbs {
  return {
    start: (caller, cluster, input) =>
      startUpdate(deps, caller, {
        verb: 'updates.start',
        input: [cluster, input],
        resolve: (project) =>
          resolveCandidate(deps, { project, principal: caller.principal }, cluster, input),
      }),
    rollback: (caller, cluster, input) =>
      startUpdate(deps, caller, {
        verb: 'updates.rollback',
        input: [cluster, input],
        resolve: (project) => resolveRollback(deps, project, cluster, input),
      }),
    plan: (caller, cluster, input) =>
      planUpdate(deps, caller, {
        verb: 'updates.plan',
        resolve: (project) =>
          resolveCandidate(deps, { project, principal: caller.principal }, cluster, input),
      }),
    planRollback: (caller, cluster, input) =>
      planUpdate(deps, caller, {
        verb: 'updates.planRollback',
        resolve: (project) => resolveRollback(deps, project, cluster, input),
      }),
    get: (caller, id) =>
      look(deps, caller, 'updates.get', async (tx, project) => {
        const [view] = await viewUpdates(tx, [await requireUpdate(tx, project.id, id)])
        return view!
      }),
    list: (caller, filter, page) =>
      look(deps, caller, 'updates.list', async (tx, project) => {
        let resolved: UpdateFilter = {
          projectId: project.id,
          ...(filter.status && { status: filter.status }),
        }
        if (filter.cluster !== undefined) {
          const clusterId = (await requireCluster(tx, project.id, filter.cluster)).id
          resolved = { ...resolved, clusterId }
          if (filter.pool !== undefined) {
            resolved = { ...resolved, poolId: (await requirePool(tx, clusterId, filter.pool)).id }
          }
        } else if (filter.pool !== undefined) {
          throw new InvalidRequestError('pool', 'needs a cluster beside it')
        }
        const { items, nextCursor } = await listUpdates(tx, resolved, page)
        return { items: await viewUpdates(tx, items), nextCursor }
      }),
    nodes: (caller, id, page) =>
      look(deps, caller, 'updates.nodes', async (tx, project) =>
        listUpdateNodes(tx, await requireUpdate(tx, project.id, id), page),
      ),
    explain: (caller, id) => explain(deps, caller, id),
    history: (caller, id) => tellHistory(deps, caller, id),
    cancel: (caller, id, input) => cancel(deps, caller, id, input),
    pause: (caller, id, input) =>
      steer(deps, caller, id, { verb: 'updates.pause', input }, (update, { now }) => {
        const reason = checkText('reason', input.reason ?? '')
        requireInFlight(update, 'paused')
        if (update.control.paused) return null
        const said = reason === '' ? '' : `: ${reason}`
        return {
          control: {
            ...update.control,
            paused: { by: caller.principal.name, at: now, reason: reason || 'no reason given' },
          },
          type: 'update.pauseRequested',
          because: `${caller.principal.name} asked to pause the update${said}`,
        }
      }),
    resume: (caller, id) =>
      steer(deps, caller, id, { verb: 'updates.resume', input: null }, (update, { now }) => {
        requireInFlight(update, 'resumed')
        if (update.status !== 'Paused' && !update.control.paused) {
          throw new InvalidStateError(`update ${update.id} is not paused, it is ${update.status}`)
        }
        return {
          control: { ...update.control, paused: null, resumedAt: now },
          type: 'update.resumed',
          because: `${caller.principal.name} said to go on`,
        }
      }),
    continue: (caller, id) =>
      steer(deps, caller, id, { verb: 'updates.continue', input: null }, (update, { now }) => {
        requireInFlight(update, 'continued')
        const { hold, control } = update
        if (!hold)
          throw new InvalidStateError(`update ${update.id} holds at no checkpoint: ${update.because}`)
        const { checkpoint } = hold
        if (control.continued.some((said) => said.checkpoint === checkpoint)) return null
        const by = caller.principal.name
        return {
          control: { ...control, continued: [...control.continued, { by, at: now, checkpoint }] },
          type: 'update.continueRequested',
          because: `${by} said to go on at checkpoint ${checkpoint} of ${update.params.checkpoints.length}`,
        }
      }),
  }
}

function cancel(deps: ControlDeps, caller: Caller, id: string, input: CancelInput): Promise<Update> {
  return steer(deps, caller, id, { verb: 'updates.cancel', input }, decideCancellation(input))
}

/** {@link UpdateVerbs.cancel} as part of another change. */
export function cancelUpdateIn(scope: Scope, id: string, input: CancelInput): Promise<Update> {
  return steerIn(scope, id, decideCancellation(input))
}

function decideCancellation(input: CancelInput): (update: Update, scope: Scope) => Steering {
  return (update, { now, principal }) => {
    const mode = checkOneOf('mode', input.mode ?? 'roll-back', ['roll-back', 'stop-here'])
    const reason = input.reason === undefined ? null : checkText('reason', input.reason)
    if (update.status === 'Cancelled') return null
    requireInFlight(update, 'cancelled')
    const earlier = update.control.cancellation
    if (earlier && (earlier.mode === mode || earlier.mode === 'stop-here')) return null
    const cancellation: Cancellation = { by: principal.name, at: now, mode, reason }
    const what =
      mode === 'stop-here'
        ? 'nodes stay on the revision they have'
        : 'nodes go back to the committed revision'
    return {
      control: { ...update.control, cancellation },
      type: 'update.cancelRequested',
      because: `${principal.name} cancelled the update, ${what}${reason ? `: ${reason}` : ''}`,
    }
  }
}

/** What a person's word changes in an update; null: nothing, it was said before. */
type Steering = { readonly control: UpdateControl; readonly type: string; readonly because: string } | null

async function steer(
  deps: ControlDeps,
  caller: Caller,
  id: string,
  { verb, input }: { readonly verb: string; readonly input: unknown },
  decide: (update: Update, scope: Scope) => Steering,
): Promise<Update> {
  const { update } = await performInProject(deps, caller, {
    verb,
    input: [id, input],
    work: async (scope) => ({ update: await steerIn(scope, id, decide) }),
  })
  return update
}

async function steerIn(
  scope: Scope,
  id: string,
  decide: (update: Update, scope: Scope) => Steering,
): Promise<Update> {
  // First the cluster, which holds off the engine that may end this update at this moment; then what is true of it.
  const { clusterId } = await requireUpdate(scope.tx, scope.project.id, id)
  await requireCluster(scope.tx, scope.project.id, clusterId)
  const found = await requireUpdate(scope.tx, scope.project.id, id)
  const steering = decide(found, scope)
  if (!steering) return found
  const { control, type, because } = steering
  await patchUpdate(scope.tx, found.id, { control })
  await scope.ask(found.clusterId)
  scope.event({
    type,
    because,
    clusterId: found.clusterId,
    updateId: found.id,
    actionId: found.actionId,
    data: control.cancellation ? { mode: control.cancellation.mode } : {},
  })
  return { ...found, control }
}

/** @throws InvalidStateError naming the status and when it ended */
function requireInFlight(update: Update, what: string): void {
  if (!isEnded(update.status)) return
  const at = update.endedAt === null ? '' : ` at ${new Date(update.endedAt).toISOString()}`
  throw new InvalidStateError(
    `update ${update.id} cannot be ${what} any more: it ended ${update.status}${at} (${update.because})`,
  )
}

/** A constant number of queries, however many updates. */
export async function viewUpdates(tx: Tx, updates: readonly Update[]): Promise<UpdateView[]> {
  const clusterIds = [...new Set(updates.map((update) => update.clusterId))]
  const clusters = await loadClusterNames(tx, clusterIds)
  const pools = new Map((await listPoolsOf(tx, clusterIds)).map((pool) => [pool.id, pool.name]))
  const revisionIds = updates.flatMap(({ fromRevisionId, toRevisionId }) => [fromRevisionId, toRevisionId])
  const numbers = await loadRevisionNumbers(tx, [...new Set(revisionIds)])
  return updates.map((update) => ({
    update,
    cluster: clusters.get(update.clusterId) ?? update.clusterId,
    pool: pools.get(update.poolId) ?? update.poolId,
    fromRevision: numbers.get(update.fromRevisionId) ?? null,
    toRevision: numbers.get(update.toRevisionId) ?? null,
  }))
}
