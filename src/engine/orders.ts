import type { Balancers } from '../balancers/balancer.ts'
import type { Action, StepName } from '../domain/action.ts'
import type { ClusterLease } from '../domain/cluster.ts'
import { DroverError } from '../domain/errors.ts'
import type { NodeId, RevisionId } from '../domain/ids.ts'
import { hasStray, lastStartOf, type Node } from '../domain/node.ts'
import { paramsOf, RECOVERIES, type Recovery } from '../domain/operation.ts'
import type { Revision } from '../domain/revision.ts'
import { DEFAULT_UPDATE_PARAMS } from '../domain/update.ts'
import type { HealthState } from '../planner/judge-health.ts'
import {
  type NodeRef,
  type OperationRequest,
  type Runtime,
  supportsDrift,
  type Wanted,
} from '../runtimes/runtime.ts'
import { isStart, isSurge } from './begin-step.ts'
import type { ClusterState } from './cluster-state.ts'
import { placementOf } from './consultation.ts'
import type { DriftOrder } from './drift-monitor.ts'
import type { WatchOrder } from './health-monitor.ts'
import type { StepOrder } from './step-order.ts'
import { toTraffic } from './step-traffic.ts'

/** By profile type. */
export type Runtimes = Readonly<Record<string, Runtime>>

/** Gathers all that a node action needs, so that it runs without looking at the cluster again. */
export function toStepOrder(
  state: ClusterState,
  action: Action,
  { runtimes, balancers }: { readonly runtimes: Runtimes; readonly balancers: Balancers },
  lease: ClusterLease,
  isRepeated: boolean,
): StepOrder {
  const node = state.nodes.get(action.nodeId as NodeId) as Node
  const revision = revisionOf(state, (action.inputs['revisionId'] ?? node.revisionId) as RevisionId)
  const inFlight = state.updates.get(node.poolId)
  const params =
    inFlight && inFlight.update.id === action.updateId ? inFlight.update.params : DEFAULT_UPDATE_PARAMS
  return {
    name: action.name as StepName,
    runtime: runtimeOf(runtimes, revision),
    node: toNodeRef(state, node),
    handle: node.handle,
    wanted: toWanted(node, revision, isStart(action.name) ? node.attempt : lastStartOf(node)),
    keeps: isSurge(action) ? keyOf(node, node.revisionId as RevisionId, lastStartOf(node)) : null,
    hasStray: hasStray(node),
    operation: operationOf(action),
    recovery: (RECOVERIES as readonly unknown[]).includes(action.inputs['operation'])
      ? (action.inputs['operation'] as Recovery)
      : null,
    force: action.inputs['force'] === true,
    checksFirst: action.inputs['check'] === true,
    adopts: (action.inputs['adopts'] as string | undefined) ?? null,
    healthCheck: revision.spec.healthCheck,
    health: knownHealth(node),
    minReadySeconds: params.minReadySeconds,
    nodeTimeoutSeconds: params.nodeTimeoutSeconds,
    wasAvailable: action.inputs['wasAvailable'] === true,
    traffic: toTraffic(balancers, node),
    isRepeated,
    term: fencingNumber(node, lease),
  }
}

/**
 * Whether there is anything to watch: a start was tried, and nothing is being done to it now. Not whether it has a
 * handle: the answer to a start may have been lost, and the thing live all the same.
 */
export function canBeWatched(node: Node): boolean {
  const started = node.attempt > 0 && node.revisionId !== null
  return started && node.actionId === null && (node.status === 'Running' || node.status === 'Failed')
}

/** Gathers what a look at a node needs. */
export type ToOrder<Order> = (
  state: ClusterState,
  node: Node,
  runtimes: Runtimes,
  lease: ClusterLease,
) => Order

export function toWatchOrder(
  state: ClusterState,
  node: Node,
  runtimes: Runtimes,
  lease: ClusterLease,
): WatchOrder {
  const revision = revisionOf(state, node.revisionId as RevisionId)
  return {
    runtime: runtimeOf(runtimes, revision),
    node: toNodeRef(state, node),
    handle: node.handle,
    check: revision.spec.healthCheck,
    startKey: keyOf(node, revision.id, lastStartOf(node)),
    health: knownHealth(node),
    running: node.status === 'Running',
    term: fencingNumber(node, lease),
  }
}

/** What to look at when a node is looked at closely; undefined if its runtime has no more to look at. */
export function toDriftOrder(
  state: ClusterState,
  node: Node,
  runtimes: Runtimes,
  lease: ClusterLease,
): DriftOrder | undefined {
  const revision = revisionOf(state, node.revisionId as RevisionId)
  const runtime = runtimeOf(runtimes, revision)
  if (!supportsDrift(runtime)) return undefined
  return {
    runtime,
    node: toNodeRef(state, node),
    handle: node.handle,
    wanted: toWanted(node, revision, lastStartOf(node)),
    term: fencingNumber(node, lease),
  }
}

function operationOf({ name, inputs }: Action): OperationRequest | null {
  if (name !== 'NODE_OPERATION') return null
  return { name: inputs['operation'] as string, params: paramsOf(inputs) }
}

/**
 * Terms count for one cluster: a node that was handed over goes on above all that its clusters before ever had, and one of
 * which a call was given up goes on above that call.
 */
const TERMS_PER_MOVE = 2 ** 32

function fencingNumber({ moves }: Node, { term }: ClusterLease): number {
  return moves * TERMS_PER_MOVE + term
}

function knownHealth(node: Node): HealthState {
  return {
    health: node.health,
    passesInARow: 0,
    failuresInARow: 0,
    unreadyInARow: 0,
    startedAt: node.updatedAt,
    availableSince: node.availableSince,
    detail: node.statusReason,
  }
}

/** The key names one start of one revision on one node: the same key never makes a second thing. */
function keyOf(node: Node, revisionId: RevisionId, attempt: number): string {
  return `${node.id}/${revisionId}/${attempt}`
}

function toWanted(node: Node, revision: Revision, attempt: number): Wanted {
  return {
    key: keyOf(node, revision.id, attempt),
    revisionId: revision.id,
    revisionNumber: revision.number,
    spec: revision.spec,
  }
}

function toNodeRef(state: ClusterState, node: Node): NodeRef {
  return {
    id: node.id,
    name: node.name,
    index: node.index,
    clusterName: state.shownId === null ? '' : state.cluster.name,
    projectName: state.projectName,
    ...(typeof node.metadata['host'] === 'string' && { host: node.metadata['host'] }),
    ...(node.data['placement'] !== undefined && { placement: placementOf(node) }),
  }
}

function revisionOf(state: ClusterState, id: RevisionId): Revision {
  const revision = state.revisions.get(id)
  if (!revision) throw new DroverError('not_found', `revision ${id} is not kept any more`)
  return revision
}

function runtimeOf(runtimes: Runtimes, revision: Revision): Runtime {
  const { type } = revision.spec.profile
  const runtime = runtimes[type]
  if (!runtime) {
    throw new DroverError(
      'runtime_failed',
      `this engine has no runtime "${type}"; it has ${Object.keys(runtimes).join(', ')}`,
    )
  }
  return runtime
}
