import type { Action, ActionStatus } from './action.ts'
import type { Attributes } from './attributes.ts'
import type {
  ActionId,
  BundleId,
  ClusterId,
  DeploymentId,
  DeploymentUpdateId,
  EpochMs,
  InfraId,
  ProjectId,
  PublishedProjectId,
  RevisionId,
  UpdateId,
} from './ids.ts'

/**
 * A published project's bundle, kept running on an infra. What it says is what is wanted; an update of the deployment
 * makes it real, and its newest successful update is what is deployed.
 */
export interface Deployment extends DeploymentSettings {
  readonly id: DeploymentId
  readonly projectId: ProjectId
  /** What clients call its id, and the name of its cluster; never changes. */
  readonly name: string
  readonly infraId: InfraId
  readonly publishedProjectId: PublishedProjectId
  /** The cluster it owns; null while it has none: before its first update, and when it is disabled. */
  readonly clusterId: ClusterId | null
  readonly attributes: Attributes
  readonly createdAt: EpochMs
  readonly createdBy: string
  readonly updatedAt: EpochMs
  /** Counts changes of the settings; the ETag. */
  readonly version: number
}

/** What of a deployment its owner may change. */
export interface DeploymentSettings {
  readonly bundleId: BundleId
  /** Of that bundle: the id by which clients know it. */
  readonly bundleVersion: string
  /** False: once it is updated, nothing of it runs. */
  readonly enabled: boolean
  /** Both are kept as they were given, and mean nothing here. */
  readonly deployedProjectKey: string | null
  readonly projectFolderId: string | null
}

/**
 * What an update of a deployment does: it makes the cluster; moves it to another revision; brings nodes back to the one
 * they should run; removes the cluster, because the deployment is disabled; or finds that nothing differs.
 */
export type DeploymentUpdateKind = 'Create' | 'Update' | 'Repair' | 'Remove' | 'Nothing'

/**
 * One attempt to make real what a deployment's settings said at that moment. Its work is one action of the cluster, or two, and
 * how these fare is how this one does: nothing has to be written when it ends.
 */
export interface DeploymentUpdate {
  readonly id: DeploymentUpdateId
  readonly projectId: ProjectId
  readonly deploymentId: DeploymentId
  /** Counts the deployment's updates from 1. */
  readonly number: number
  readonly kind: DeploymentUpdateKind
  readonly bundleId: BundleId
  readonly bundleVersion: string
  readonly enabled: boolean
  /** The cluster action that carries it; null when there was nothing to do. */
  readonly actionId: ActionId | null
  /** The update of the cluster, of kinds `Update` and `Repair`. */
  readonly updateId: UpdateId | null
  /** The action that follows that one and makes nodes that were missing; null when none was. */
  readonly fillActionId: ActionId | null
  /** What the cluster's nodes run once it has succeeded; null when there is no cluster then. */
  readonly revisionId: RevisionId | null
  readonly createdAt: EpochMs
  readonly createdBy: string
}

export type DeploymentUpdateStatus = 'Running' | 'Successful' | 'Failed' | 'Cancelled'

/** How a deployment's update stands, told by the action that carries it. */
export function statusOfAction(action: ActionStatus): DeploymentUpdateStatus {
  if (action === 'SUCCEEDED') return 'Successful'
  if (action === 'FAILED') return 'Failed'
  return action === 'CANCELLED' ? 'Cancelled' : 'Running'
}

/** How far an action has come. */
export type ActionState = Pick<Action, 'id' | 'status' | 'statusReason' | 'startedAt' | 'endedAt'>

/**
 * How work stands that consists of actions, one after the other: it is over when all of them are, and the first that did not
 * succeed says how it went.
 *
 *   first      second     ->  as
 *   RUNNING    WAITING        the first
 *   SUCCEEDED  RUNNING        the second
 *   FAILED     RUNNING        the second
 *   FAILED     SUCCEEDED      the first
 *   SUCCEEDED  CANCELLED      the second
 *
 * @param actions at least one
 */
export function joinActions(actions: readonly ActionState[]): ActionState {
  const [first] = actions
  const open = actions.find(({ status }) => statusOfAction(status) === 'Running')
  const unwell = actions.find(({ status }) => status !== 'SUCCEEDED')
  const shown = (open ?? unwell ?? actions.at(-1)) as ActionState
  const ends = actions.map(({ endedAt }) => endedAt ?? 0)
  const endedAt = open || shown.endedAt === null ? null : Math.max(...ends)
  return { ...shown, startedAt: first?.startedAt ?? null, endedAt }
}
