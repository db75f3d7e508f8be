import { ACTION_STATUS_SUCCESSORS, type ActionStatus } from '../../src/domain/action.ts'
import type { ClusterStatus } from '../../src/domain/cluster.ts'
import type { DeploymentUpdateStatus } from '../../src/domain/deployment.ts'
import type { DeploymentHealth, HealthMessageCode } from '../../src/domain/deployment-health.ts'
import type { Health } from '../../src/domain/health-check.ts'
import type { NodeStatus } from '../../src/domain/node.ts'
import { UPDATE_STATUS_SUCCESSORS, type UpdateStatus } from '../../src/domain/update.ts'

// A status that is added to domain/ does not compile until it has a sentence here.

const UPDATE: Record<UpdateStatus, string> = {
  Queued: 'Another update has the pool; its turn comes after those before it.',
  Pending: 'Accepted; no engine has looked at it yet.',
  InProgress: 'Nodes move to the new revision.',
  Paused: 'Nothing starts until a person resumes or cancels it; `because` says who or what paused it.',
  RollingBack: 'Nodes that moved return to the committed revision, under the same limits.',
  Successful: 'The new revision is the committed one.',
  Failed: 'It gave up; nodes are where `because` says.',
  Cancelled:
    'A person cancelled it, and every node is where the cancellation asked for; or a newer update took over.',
}

const ACTION: Record<ActionStatus, string> = {
  READY: 'Accepted; to be taken up by an engine.',
  WAITING: 'Something else comes first; `statusReason` says what.',
  WAITING_LIFECYCLE_COMPLETION:
    'Its lifecycle hook was told; it begins once somebody says that this is done, or its time is over.',
  RUNNING: 'An engine works on it. After a crash it is run again from its start.',
  SUSPENDED: 'It has begun, and begins nothing more until somebody resumes it.',
  SUCCEEDED: 'Done.',
  FAILED: 'Not done; `statusReason` says why.',
  CANCELLED: 'Taken back before it was done.',
}

const NODE: Record<NodeStatus, string> = {
  Creating: 'Being made for the first time.',
  Running: 'Started; `health` says whether it works.',
  Updating: 'Its code or settings are being replaced.',
  Stopped: 'Deliberately not running; its files are kept (between the two halves of a FORCE update).',
  Recovering: 'Being started again after it failed.',
  Deleting: 'Being stopped and removed; then the node is gone.',
  Failed: 'The last thing asked of it failed, or what ran in it is gone; `statusReason` says which.',
}

const HEALTH: Record<Health, string> = {
  Unknown: 'Not looked at yet, or it does not run.',
  Starting: 'Within its start period, not yet passing.',
  Healthy: 'Passed `healthyThreshold` checks in a row.',
  NotReady:
    'Works, and its readiness endpoint says that it is not to get requests. Nobody kills it for that.',
  Unhealthy: 'Failed `unhealthyThreshold` checks in a row, or never passed within its start period.',
}

const CLUSTER: Record<ClusterStatus, string> = {
  Creating: 'Its first nodes are being made.',
  Active: 'All nodes are available.',
  Warning: 'Some nodes are not available.',
  Critical: 'Fewer nodes are available than the smallest size.',
  Updating: 'An update is in flight.',
  Resizing: 'Nodes are being added, removed or replaced.',
  Recovering: 'Failed nodes are being started again.',
  Checking: 'All nodes are being looked at.',
  Deleting: 'Its nodes are being removed; then the cluster is gone.',
  Failed: 'It could not be made, or could not be deleted; `statusReason` says why.',
}

const DEPLOYMENT_UPDATE: Record<DeploymentUpdateStatus, string> = {
  Running: 'The action that carries it has not ended; it can be cancelled.',
  Successful: 'What it was started for is deployed.',
  Failed:
    'It is not, and `because` says why; an update that moves nodes has brought them back, as its parameters say.',
  Cancelled: 'Somebody cancelled it.',
}

const DEPLOYMENT: Record<DeploymentHealth, string> = {
  HEALTHY: 'What is wanted is deployed and serves; or it is disabled, and runs nothing.',
  WARNING: 'Some nodes do not serve.',
  UNHEALTHY: 'No node serves, or fewer than the smallest size.',
  ERROR: 'The last update failed, and what it was started for is still wanted.',
  OUT_OF_SYNC:
    'What is wanted is not deployed, or what is deployed was changed directly: the next update brings both together.',
  UNKNOWN: 'Nodes do not serve of which nobody knows how they do.',
}

const DEPLOYMENT_MESSAGES: Record<HealthMessageCode, string> = {
  DEPLOYMENT_NEVER_UPDATED: 'It was made, and never updated.',
  DEPLOYMENT_SETTINGS_CHANGED: 'Its settings were saved after its last update.',
  DEPLOYMENT_UPDATE_RUNNING: 'An update runs; what it waits for.',
  DEPLOYMENT_UPDATE_FAILED: 'Why the last update failed, and what is deployed now.',
  DEPLOYMENT_UPDATE_CANCELLED: 'Who cancelled the last update, and what is deployed now.',
  DEPLOYMENT_DISABLED: 'It is disabled, and runs nothing.',
  CLUSTER_MISSING: 'Its cluster is gone.',
  CLUSTER_CHANGED_DIRECTLY: 'Its cluster was moved to something else, not through the deployment.',
  CLUSTER_UPDATE_RUNNING: 'An update of its cluster runs that the deployment did not start.',
  NODES_DIFFER: 'Nodes are not what the committed revision says; how.',
  NODES_UNAVAILABLE: 'How many nodes serve.',
  NODES_UNKNOWN: 'How many nodes serve; of the others nobody knows.',
  NO_NODES: 'The size of its cluster is zero.',
  INFRA_CHANGED: 'Its infra has another profile now, which the next update brings to the nodes.',
}

/** docs/states.md: what each status means, and what may come after it. */
export function describeStates(): string {
  return [
    '# States',
    '',
    'Every status that a resource can have. Where a table of successors exists, the code refuses any other move.',
    '',
    ...section('Update', UPDATE, UPDATE_STATUS_SUCCESSORS),
    'A rollback that fails itself does not loop: it goes to `Paused` with `direction: back` and waits for a person.',
    '',
    ...section('Action', ACTION, ACTION_STATUS_SUCCESSORS),
    ...section('Node', NODE),
    'A node is *available* when it is `Running` and `Healthy`. That is what `maxUnavailable` counts.',
    '',
    ...section('Health of a node', HEALTH),
    ...section('Cluster', CLUSTER),
    '`Active`, `Warning` and `Critical` say how many nodes serve; the others name the work under way.',
    '',
    ...section('Update of a deployment', DEPLOYMENT_UPDATE),
    ...section('Health of a deployment', DEPLOYMENT),
    'While an update runs, it is that of what is deployed: `HEALTHY` as long as anything serves, else `UNHEALTHY`; `OUT_OF_SYNC` if nothing',
    'is deployed yet.',
    '',
    ...section('Messages of a deployment', DEPLOYMENT_MESSAGES),
  ].join('\n')
}

type Successors = Readonly<Record<string, readonly string[]>>

function section(
  title: string,
  meanings: Readonly<Record<string, string>>,
  successors?: Successors,
): string[] {
  const rows = Object.entries(meanings).map(([status, meaning]) => {
    const next = successors?.[status]
    const last = next === undefined ? '' : ` ${next.length === 0 ? '(final)' : next.join(', ')} |`
    return `| ${status} | ${meaning} |${last}`
  })
  const head = successors
    ? ['| status | means | then |', '|---|---|---|']
    : ['| status | means |', '|---|---|']
  return [`## ${title}`, '', ...head, ...rows, '', ...(successors ? diagram(successors) : [])]
}

function diagram(successors: Successors): string[] {
  const [first] = Object.keys(successors)
  const arrows = Object.entries(successors).flatMap(([from, next]) =>
    next.length === 0 ? [`  ${from} --> [*]`] : next.map((to) => `  ${from} --> ${to}`),
  )
  return ['```mermaid', 'stateDiagram-v2', `  [*] --> ${first}`, ...arrows, '```', '']
}
