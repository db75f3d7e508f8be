import type { ActionView } from '../../control/views.ts'
import type { ActionName, ActionStatus } from '../../domain/action.ts'
import { DEFAULT_POOL } from '../../domain/cluster.ts'
import { DroverError, NotFoundError } from '../../domain/errors.ts'
import { type Answer, type Ask, ok, type Table } from './ask.ts'
import { notFound } from './errors.ts'
import { toTime } from './time.ts'

// An id may stand for several.
export const jobRoutes: Table = { '/jobs/*': { GET: show } }

const MOST_SUB_JOBS = 100
const SEPARATOR = '.'

/** The id of a job whose parts are jobs. */
export function idOfJobs(ids: readonly string[]): string {
  return ids.join(SEPARATOR)
}

/** What kinds of work are called here; actions of nodes and clusters that nobody can ask for here by that of their kind. */
const TYPES: Readonly<Partial<Record<ActionName, string>>> = {
  CLUSTER_CREATE: 'CreateCluster',
  CLUSTER_DELETE: 'DeleteCluster',
  CLUSTER_UPDATE: 'UpgradeNodePool',
  CLUSTER_RESIZE: 'ScaleNodePool',
  CLUSTER_SCALE_OUT: 'ScaleNodePool',
  CLUSTER_SCALE_IN: 'ScaleNodePool',
  CLUSTER_ADD_NODES: 'CreateNode',
  CLUSTER_DEL_NODES: 'DeleteNode',
  CLUSTER_REPLACE_NODES: 'ResetNode',
  POOL_DELETE: 'DeleteNodePool',
  NODE_CREATE: 'CreateNode',
  NODE_UPDATE: 'UpgradeNode',
  NODE_RECOVER: 'ResetNode',
  NODE_DELETE: 'DeleteNode',
}

async function show(ask: Ask): Promise<Answer> {
  const id = ask.params['*'] ?? ''
  const ids = id.split(SEPARATOR)
  if (ids.length > MOST_SUB_JOBS) throw notFound('job', id)
  const actions = await Promise.all(ids.map((one) => findAction(ask, one)))
  const [first] = actions
  if (actions.length === 1 && first)
    return ok(presentJob(first, await partsOf(ask, first), await nameOf(ask, first)))
  return ok(presentJobs(id, actions))
}

async function findAction({ control, caller }: Ask, id: string): Promise<ActionView> {
  try {
    return await control.actions.get(caller, id)
  } catch (error) {
    if (error instanceof NotFoundError && error.kind === 'action') throw notFound('job', id)
    throw error
  }
}

async function partsOf({ control, caller }: Ask, { id }: ActionView): Promise<readonly ActionView[]> {
  return (await control.actions.list(caller, { parent: id }, { limit: MOST_SUB_JOBS })).items
}

interface Named {
  readonly id: string
  readonly name: string
}

/** What the work is done to; by its id alone if that is gone. */
async function nameOf({ control, caller }: Ask, action: ActionView): Promise<Named> {
  const { clusterId, poolId, nodeId } = action
  try {
    if (nodeId !== null)
      return { id: nodeId, name: (await control.nodes.get(caller, null, nodeId)).node.name }
    const { cluster, pools } = await control.clusters.get(caller, clusterId)
    const pool = pools.find((view) => view.pool.id === poolId)?.pool
    if (!pool || isAboutCluster(action)) return { id: clusterId, name: cluster.name }
    return { id: pool.name === DEFAULT_POOL ? DEFAULT_POOL : pool.id, name: pool.name }
  } catch (error) {
    if (!(error instanceof DroverError) || error.code !== 'not_found') throw error
    return { id: nodeId ?? (isAboutCluster(action) ? clusterId : (poolId ?? clusterId)), name: '' }
  }
}

function isAboutCluster({ name }: Pick<ActionView, 'name'>): boolean {
  return name === 'CLUSTER_CREATE' || name === 'CLUSTER_DELETE'
}

function presentJob(action: ActionView, parts: readonly ActionView[], { id, name }: Named): object {
  return {
    kind: 'Job',
    apiVersion: 'v3',
    metadata: {
      uid: action.id,
      creationTimestamp: toTime(action.createdAt),
      updateTimestamp: toTime(action.endedAt ?? action.startedAt ?? action.createdAt),
    },
    spec: {
      type: TYPES[action.name] ?? action.name,
      clusterUID: action.clusterId,
      resourceID: id,
      resourceName: name,
      extendParam: {},
      subJobs: parts.map((part) => presentJob(part, [], { id: part.nodeId ?? part.clusterId, name: '' })),
    },
    status: { phase: toJobPhase(action.status), reason: action.statusReason },
  }
}

function presentJobs(uid: string, actions: readonly ActionView[]): object {
  const phases = actions.map(({ status }) => toJobPhase(status))
  const isOver = phases.every((phase) => phase === 'Success' || phase === 'Failed')
  const isNew = phases.every((phase) => phase === 'Initializing')
  const ended = phases.includes('Failed') ? 'Failed' : 'Success'
  const phase = isOver ? ended : isNew ? 'Initializing' : 'Running'
  const failed = actions.find(({ status }) => toJobPhase(status) === 'Failed')
  const [first] = actions
  return {
    kind: 'Job',
    apiVersion: 'v3',
    metadata: { uid, creationTimestamp: toTime(first!.createdAt) },
    spec: {
      type: TYPES[first!.name] ?? first!.name,
      clusterUID: first!.clusterId,
      resourceID: first!.clusterId,
      resourceName: '',
      extendParam: {},
      subJobs: actions.map((action) => presentJob(action, [], { id: action.nodeId ?? '', name: '' })),
    },
    status: { phase, reason: failed?.statusReason ?? '' },
  }
}

/** What was cancelled has not been done. */
function toJobPhase(status: ActionStatus): 'Initializing' | 'Running' | 'Success' | 'Failed' {
  switch (status) {
    case 'READY':
    case 'WAITING':
    case 'WAITING_LIFECYCLE_COMPLETION':
      return 'Initializing'
    case 'RUNNING':
    case 'SUSPENDED':
      return 'Running'
    case 'SUCCEEDED':
      return 'Success'
    case 'FAILED':
    case 'CANCELLED':
      return 'Failed'
  }
}
