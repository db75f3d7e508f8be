import type { VersionChangeView } from '../../control/version-verbs.ts'
import type { Action, ActionStatus } from '../../domain/action.ts'
import type { Update, UpdateError } from '../../domain/update.ts'
import { toEpochSeconds } from '../aws/values.ts'
import { type Asked, EKS, type UpdateParam } from './attributes.ts'

/** An action that this API lists among its updates, with what it carries. */
export interface UpdateFacts {
  readonly action: Action
  /** Of a version change: with the updates of its pools. */
  readonly change?: VersionChangeView
  /** Of one node group. */
  readonly update?: Update
  /** The change that the node group's update is part of. */
  readonly partOf?: VersionChangeView
}

type UpdateStatus = 'InProgress' | 'Failed' | 'Cancelled' | 'Successful'

const STATUS: Readonly<Record<ActionStatus, UpdateStatus>> = {
  READY: 'InProgress',
  WAITING: 'InProgress',
  WAITING_LIFECYCLE_COMPLETION: 'InProgress',
  RUNNING: 'InProgress',
  SUSPENDED: 'InProgress',
  SUCCEEDED: 'Successful',
  FAILED: 'Failed',
  CANCELLED: 'Cancelled',
}

/** Names of the actions that this API calls updates. */
export const UPDATE_ACTIONS = ['CLUSTER_UPDATE', 'CLUSTER_CHANGE_VERSION'] as const

export function presentUpdate(facts: UpdateFacts): object {
  const { action } = facts
  const { type, params } = askedOf(facts)
  const cancellation = cancellationOf(facts)
  return {
    id: action.id,
    status: STATUS[action.status],
    type,
    params,
    createdAt: toEpochSeconds(action.createdAt),
    errors: errorsOf(facts),
    ...(cancellation && { cancellation }),
  }
}

function askedOf({ action, change, update, partOf }: UpdateFacts): Asked {
  if (change) {
    const type = change.type === 'Upgrade' ? 'VersionUpdate' : 'VersionRollback'
    return { type, params: versionParams(change) }
  }
  if (partOf) return { type: 'VersionRollback', params: versionParams(partOf).slice(0, 1) }
  const asked = (action.inputs[EKS] ?? update?.attributes[EKS]) as unknown as Asked | undefined
  return { type: asked?.type ?? 'ConfigUpdate', params: asked?.params ?? [] }
}

function versionParams({ action, to }: VersionChangeView): UpdateParam[] {
  const build = String(action.inputs['build'] ?? '')
  return [
    { type: 'Version', value: to },
    { type: 'PlatformVersion', value: build },
  ]
}

interface Cancellation {
  readonly status: 'InProgress' | 'Failed' | 'Successful'
  readonly reason: string
}

/** Only there once somebody, or the end of its time, called it off. */
function cancellationOf({ action, change, update }: UpdateFacts): Cancellation | undefined {
  const { givenUp } = action.outputs as { readonly givenUp?: { readonly outcome: string } }
  const isAsked = action.control?.cancellation != null || update?.control.cancellation != null
  if (!isAsked && givenUp?.outcome !== 'Cancelled') return undefined
  const reason = action.endedAt === null && update ? update.because : action.statusReason
  if (action.status === 'CANCELLED') return { status: 'Successful', reason }
  const updates = change ? change.updates.map((view) => view.update) : [update]
  const stuck = updates.find((one) => one?.direction === 'back' && one.status === 'Paused')
  if (stuck) return { status: 'Failed', reason: stuck.because }
  return action.endedAt === null ? { status: 'InProgress', reason } : { status: 'Failed', reason }
}

/** Errors of an update that failed, with codes of the service's list. */
function errorsOf({ action, change, update }: UpdateFacts): object[] {
  if (action.status !== 'FAILED') return []
  const updates = change ? change.updates.map((view) => view.update) : update ? [update] : []
  const errors = updates.flatMap((one) => one.errors.map(presentError))
  if (errors.length > 0) return errors
  return [{ errorCode: 'Unknown', errorMessage: action.statusReason, resourceIds: [] }]
}

function presentError({ code, message, nodeIds }: UpdateError): object {
  // A hook before the stop is to a node what eviction is to its pods.
  const errorCode = code === 'hook_failed' ? 'PodEvictionFailure' : 'NodeCreationFailure'
  return { errorCode, errorMessage: message, resourceIds: [...nodeIds] }
}
