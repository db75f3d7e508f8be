import { type Action, type ActionCause, type ActionName, NEW_ACTION } from '../domain/action.ts'
import { ForbiddenError, GovernanceError, OvertakenError } from '../domain/errors.ts'
import type { EventLevel, NewEvent } from '../domain/event.ts'
import type {
  ActionId,
  ClusterId,
  EpochMs,
  EventId,
  JsonObject,
  NodeId,
  PoolId,
  ProjectId,
} from '../domain/ids.ts'
import type { Principal, Project, Role } from '../domain/principal.ts'
import { putActions } from '../store/actions.ts'
import { bumpIntent } from '../store/clusters.ts'
import { insertEvents } from '../store/events.ts'
import { findProject } from '../store/projects.ts'
import type { Tx } from '../store/store.ts'
import type { Ids } from '../system/ids.ts'
import { administeredBy, authorize } from './authorize.ts'
import type { Asker, Caller, ControlDeps, Occasion } from './control.ts'
import { hideInAnswer, hideSecrets } from './hide-secrets.ts'
import { type Repeatable, recall, remember, toRepeatable } from './idempotency.ts'

/** How every read goes: on one snapshot, for somebody who may see the project. */
export async function look<Result>(
  deps: ControlDeps,
  caller: Caller,
  verb: string,
  work: (tx: Tx, project: Project) => Promise<Result>,
): Promise<Result> {
  return await recordRefusal(deps, caller, verb, () =>
    deps.store.read(async (tx) =>
      work(tx, await authorize(tx, caller.principal, caller.project, 'viewer', verb)),
    ),
  )
}

/**
 * {@link look} for listings, which also take `*` for the project: all those the caller administers.
 * @param work its `projects` are ids to filter by; undefined for all there are
 */
export async function lookWide<Result>(
  deps: ControlDeps,
  caller: Caller,
  verb: string,
  work: (tx: Tx, projects: ProjectId | readonly ProjectId[] | undefined) => Promise<Result>,
): Promise<Result> {
  if (caller.project !== '*') return await look(deps, caller, verb, (tx, project) => work(tx, project.id))
  return await recordRefusal(deps, caller, verb, () => {
    const projects = administeredBy(caller.principal, verb)
    return deps.store.read((tx) => work(tx, projects))
  })
}

/** One change, as {@link perform} makes it. */
export interface Change<Prepared, Result extends object> {
  /** `clusters.resize`. */
  readonly verb: string
  /** All that was asked for, the thing it was asked of included; nothing that cannot be JSON. */
  readonly input: unknown
  /** Whatever takes time or other files: it runs before the transaction, which must check again what may have changed. */
  readonly prepare?: (project: Project) => Promise<Prepared>
  /** Writes everything. Its result's properties are nouns, named as idempotency.ts rereads them. */
  readonly work: (scope: Scope, prepared: Prepared) => Promise<Result>
  /** What is kept for a repeated request, if some of the result must not be. */
  readonly toRemember?: (result: Result) => Result
}

/** What a change works with inside its transaction. */
export interface Scope {
  readonly tx: Tx
  readonly project: Project
  readonly principal: Principal
  /** Present when a receiver asks: actions say so. */
  readonly occasion: Occasion | undefined
  readonly now: EpochMs
  readonly ids: Ids
  /** Tells of the change. Written with it. */
  event(event: EventInput): void
  /** Has the cluster's engine look at what was written, as soon as it is durable. @returns the number of the request */
  ask(clusterId: ClusterId): Promise<number>
  /** Writes a new action that waits for the engine, and asks the engine. */
  act(input: ActionInput): Promise<Action>
  /** {@link act} for an action that begins with this transaction, because others that are written here are part of it. */
  begin(input: ActionInput): Promise<Action>
  /**
   * Writes an action that is over with this transaction: for the history, and for those who wait for one.
   * @param ending default: it succeeded
   */
  record(input: ActionInput, reason: string, ending?: Pick<Action, 'status' | 'outputs'>): Promise<Action>
}

export interface EventInput {
  readonly type: string
  readonly because: string
  readonly data?: JsonObject
  readonly level?: EventLevel
  /** Default: the caller's. Null for what concerns no single project. */
  readonly projectId?: ProjectId | null
  readonly clusterId?: ClusterId
  readonly nodeId?: NodeId
  readonly updateId?: NewEvent['updateId']
  readonly actionId?: ActionId
}

export interface ActionInput {
  readonly id?: ActionId
  readonly name: ActionName
  readonly clusterId: ClusterId
  readonly poolId?: PoolId
  readonly nodeId?: NodeId
  /** The one that it is part of. */
  readonly parentId?: ActionId
  readonly updateId?: Action['updateId']
  readonly inputs: JsonObject
  /** Default: `request`. */
  readonly cause?: ActionCause
  /** How long it may take once it has begun. Default: as long as it takes. */
  readonly timeoutSeconds?: number | null
}

/** Thrown by `work` when what was prepared is out of date: everything is done again, a few times at most. */
export class OutdatedPreparation extends Error {}

const MAX_PREPARATIONS = 5

/**
 * How every change goes: authorize, answer from memory if it is a repeated request, prepare, and then write the
 * change, its event and its answer in one transaction. After the commit the engine is woken.
 *
 * @param permit gives the project the change is made in, or throws ForbiddenError
 * @throws OvertakenError when what was prepared was out of date each time
 */
export async function perform<Prepared, Result extends object>(
  deps: ControlDeps,
  asker: Asker,
  permit: (tx: Tx) => Promise<Project | null>,
  change: Change<Prepared, Result>,
): Promise<Result> {
  const { project, repeatable, answer } = await recordRefusal(deps, asker, change.verb, () =>
    deps.store.read(async (tx) => {
      const project = await permit(tx)
      const repeatable = repeatableOf(deps, asker, project, change)
      return { project, repeatable, answer: repeatable && (await recall(tx, repeatable, deps.clock.now())) }
    }),
  )
  if (answer) return hideInAnswer(deps.runtimes, answer as Result)
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await recordRefusal(deps, asker, change.verb, async () => {
        const prepared = (await change.prepare?.(project as Project)) as Prepared
        return await write(deps, asker, project, repeatable, change, prepared)
      })
    } catch (error) {
      if (!(error instanceof OutdatedPreparation)) throw error
      if (attempt >= MAX_PREPARATIONS) throw new OvertakenError(change.verb, { cause: error })
    }
  }
}

/** {@link perform} by somebody with at least `role` in the caller's project. */
export function performInProject<Prepared, Result extends object>(
  deps: ControlDeps,
  caller: Caller,
  change: Change<Prepared, Result>,
  role: Role = 'operator',
): Promise<Result> {
  const permit = (tx: Tx) => authorize(tx, caller.principal, caller.project, role, change.verb)
  return perform(deps, caller, permit, change)
}

async function write<Prepared, Result extends object>(
  deps: ControlDeps,
  asker: Asker,
  project: Project | null,
  repeatable: Repeatable | undefined,
  change: Change<Prepared, Result>,
  prepared: Prepared,
): Promise<Result> {
  const asked = new Set<ClusterId>()
  const result = await deps.store.write(async (tx) => {
    const now = deps.clock.now()
    // The same request may have come twice at once, and the other one may have been first.
    const answer = repeatable && (await recall(tx, repeatable, now))
    if (answer) return hideInAnswer(deps.runtimes, answer as Result)
    const events: NewEvent[] = []
    const ask = async (clusterId: ClusterId) => {
      asked.add(clusterId)
      return await bumpIntent(tx, clusterId)
    }
    const scope: Scope = {
      tx,
      project: project as Project,
      principal: asker.principal,
      occasion: asker.occasion,
      now,
      ids: deps.ids,
      event(input) {
        events.push(toEvent(deps, asker, project?.id ?? null, now, input))
      },
      ask,
      async act(input) {
        const action = toAction(scope, input)
        await putActions(tx, [action])
        await ask(input.clusterId)
        return action
      },
      async begin(input) {
        const begun = { status: 'RUNNING', statusReason: 'accepted', startedAt: now } as const
        const action: Action = { ...toAction(scope, input), ...begun }
        await putActions(tx, [action])
        await ask(input.clusterId)
        return action
      },
      async record(input, statusReason, ending = { status: 'SUCCEEDED', outputs: {} }) {
        const action = { ...toAction(scope, input), ...ending, statusReason, startedAt: now, endedAt: now }
        await putActions(tx, [action])
        return action
      },
    }
    const written = hideInAnswer(deps.runtimes, await change.work(scope, prepared))
    await asker.occasion?.record(scope, written)
    await insertEvents(tx, events)
    if (repeatable) await remember(tx, repeatable, change.toRemember?.(written) ?? written, now)
    return written
  })
  for (const clusterId of asked) deps.wake(clusterId)
  return result
}

function repeatableOf(
  deps: ControlDeps,
  asker: Asker,
  project: Project | null,
  change: Pick<Change<never, object>, 'verb' | 'input'>,
): Repeatable | undefined {
  if (asker.idempotencyKey === undefined) return undefined
  const scope = `${project?.id ?? '*'}:${asker.principal.name}:${change.verb}`
  // A secret must leave no trace that could be tried quickly, not even a hash of the request.
  return toRepeatable(scope, asker.idempotencyKey, hideSecrets(deps.runtimes, asker.request ?? change.input))
}

/** @see Control.recall */
export async function recallAnswer(
  deps: ControlDeps,
  caller: Caller,
  verb: string,
): Promise<object | undefined> {
  return await recordRefusal(deps, caller, verb, () =>
    deps.store.read(async (tx) => {
      const project = await authorize(tx, caller.principal, caller.project, 'operator', verb)
      const repeatable = repeatableOf(deps, caller, project, { verb, input: null })
      const answer = repeatable && (await recall(tx, repeatable, deps.clock.now()))
      return answer && hideInAnswer(deps.runtimes, answer)
    }),
  )
}

/** Runs `work`; if it refuses the asker, or governance does, that is kept for the audit. */
export async function recordRefusal<Result>(
  deps: ControlDeps,
  asker: Asker & Partial<Pick<Caller, 'project'>>,
  verb: string,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    const refusal = refusalOf(error, verb)
    if (refusal) {
      await deps.store.write(async (tx) => {
        const project = asker.project === undefined ? undefined : await findProject(tx, asker.project)
        await insertEvents(tx, [toEvent(deps, asker, project?.id ?? null, deps.clock.now(), refusal)])
      })
    }
    throw error
  }
}

/** How the audit tells of an error; undefined for one that it does not keep. */
function refusalOf(error: unknown, verb: string): EventInput | undefined {
  if (error instanceof ForbiddenError) {
    return { type: 'access.refused', level: 'warning', because: error.message, data: { verb } }
  }
  if (!(error instanceof GovernanceError)) return undefined
  const messages = error.messages.map(({ severity, code, message }) => ({ severity, code, message }))
  return { type: 'governance.refused', level: 'warning', because: error.message, data: { verb, messages } }
}

function toEvent(
  deps: ControlDeps,
  { principal, occasion }: Asker,
  projectId: ProjectId | null,
  at: EpochMs,
  input: EventInput,
): NewEvent {
  return {
    id: deps.ids.next<EventId>(),
    at,
    level: input.level ?? 'info',
    type: input.type,
    projectId: input.projectId === undefined ? projectId : input.projectId,
    clusterId: input.clusterId ?? null,
    nodeId: input.nodeId ?? null,
    updateId: input.updateId ?? null,
    actionId: input.actionId ?? null,
    principal: principal.name,
    because: occasion ? `${input.because}, through receiver "${occasion.receiver.name}"` : input.because,
    data: { ...input.data, ...(occasion && { receiver: occasion.receiver.id }) },
  }
}

function toAction({ project, principal, occasion, now, ids }: Scope, input: ActionInput): Action {
  return {
    ...NEW_ACTION,
    id: input.id ?? ids.next<ActionId>(),
    projectId: project.id,
    clusterId: input.clusterId,
    poolId: input.poolId ?? null,
    nodeId: input.nodeId ?? null,
    parentId: input.parentId ?? null,
    updateId: input.updateId ?? null,
    name: input.name,
    inputs: input.inputs,
    cause: occasion
      ? `receiver:${occasion.receiver.id}`
      : (input.cause ?? (input.parentId ? 'derived' : 'request')),
    timeoutSeconds: input.timeoutSeconds ?? null,
    createdBy: principal.name,
    createdAt: now,
  }
}
