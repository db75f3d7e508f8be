import type { ClusterStatus } from './cluster.ts'
import type { DeploymentUpdateKind, DeploymentUpdateStatus } from './deployment.ts'
import type { Message, Severity } from './message.ts'

/** How a deployment does, in the words of Dataiku's Project Deployer. */
export type DeploymentHealth = 'UNKNOWN' | 'ERROR' | 'WARNING' | 'HEALTHY' | 'UNHEALTHY' | 'OUT_OF_SYNC'

/** Codes of the messages that tell why; docs/states.md says what each means. */
export type HealthMessageCode =
  | 'DEPLOYMENT_NEVER_UPDATED'
  | 'DEPLOYMENT_SETTINGS_CHANGED'
  | 'DEPLOYMENT_UPDATE_RUNNING'
  | 'DEPLOYMENT_UPDATE_FAILED'
  | 'DEPLOYMENT_UPDATE_CANCELLED'
  | 'DEPLOYMENT_DISABLED'
  | 'CLUSTER_MISSING'
  | 'CLUSTER_CHANGED_DIRECTLY'
  | 'CLUSTER_UPDATE_RUNNING'
  | 'NODES_DIFFER'
  | 'NODES_UNAVAILABLE'
  | 'NODES_UNKNOWN'
  | 'NO_NODES'
  | 'INFRA_CHANGED'

/** All that a deployment's health follows from. */
export interface DeploymentFacts {
  /** What its settings say. */
  readonly wanted: Target
  /** What its newest successful update made real; null if none did. */
  readonly deployed: Target | null
  readonly last: LastUpdate | null
  /** Null while it has none. */
  readonly cluster: ClusterFacts | null
}

interface Target {
  readonly bundleVersion: string
  readonly enabled: boolean
}

interface LastUpdate extends Target {
  readonly kind: DeploymentUpdateKind
  readonly status: DeploymentUpdateStatus
  /** What it does, waits for, or ended with. */
  readonly because: string
}

interface ClusterFacts {
  readonly status: ClusterStatus
  readonly statusReason: string
  /** `name@version` of what it is committed to; null for none. */
  readonly bundle: string | null
  /** Whether that is what the newest successful update of the deployment put there. */
  readonly isAsDeployed: boolean
  /** An update is in flight on it, the deployment's or another. */
  readonly isUpdating: boolean
  readonly desiredCapacity: number
  readonly nodes: {
    readonly available: number
    /** Of which nobody knows how they do. */
    readonly unknown: number
    /** On which another revision was put last than the committed one, or whose real state is not that of their revision. */
    readonly differing: number
  }
  /** How they differ, for people; empty if none does. */
  readonly differences: string
  /** The profile that its infra has now, if nodes were made with another one. */
  readonly otherProfile: string | null
}

export interface JudgedDeployment {
  readonly health: DeploymentHealth
  readonly messages: readonly Message[]
}

/**
 * Judges a deployment. Pure. The first that is true decides:
 * ```
 *  an update runs                          as what is deployed does; OUT_OF_SYNC if that is nothing
 *  the last update failed, and its
 *    settings are still wanted             ERROR
 *  wanted is not deployed                  OUT_OF_SYNC
 *  disabled, and deployed so               HEALTHY: it runs nothing, as asked
 *  another revision was committed, nodes
 *    run another one, the cluster is gone  OUT_OF_SYNC
 *  no node serves                          UNHEALTHY; UNKNOWN if nobody knows of any
 *  some nodes do not serve                 WARNING; UNHEALTHY below the smallest size
 *  else                                    HEALTHY
 * ```
 */
export function judgeDeployment(facts: DeploymentFacts): JudgedDeployment {
  const { wanted, deployed, last, cluster } = facts
  if (last?.status === 'Running') return judgeRunning(facts, last)
  if (last && last.status !== 'Successful' && isSame(last, wanted)) return judgeEnded(last, deployed)
  if (!deployed) {
    const message = 'it was never updated, so nothing of it runs'
    return outOfSync(say('INFO', 'DEPLOYMENT_NEVER_UPDATED', 'Not deployed yet', message, UPDATE_IT))
  }
  if (!isSame(wanted, deployed)) {
    const message = `${describe(wanted)} is wanted, ${describe(deployed)} is deployed`
    return outOfSync(say('WARNING', 'DEPLOYMENT_SETTINGS_CHANGED', 'Settings changed', message, UPDATE_IT))
  }
  if (!wanted.enabled) {
    const message = 'it is disabled, and runs nothing'
    return { health: 'HEALTHY', messages: [say('INFO', 'DEPLOYMENT_DISABLED', 'Disabled', message)] }
  }
  if (!cluster) {
    const message = 'its cluster is gone, so nothing of it runs'
    return outOfSync(say('ERROR', 'CLUSTER_MISSING', 'No cluster', message, UPDATE_IT))
  }
  const { health, messages } = judgeDrift(cluster, deployed) ?? judgeNodes(cluster)
  return { health, messages: [...messages, ...tellOfInfra(cluster)] }
}

const UPDATE_IT = 'Start an update of the deployment.'

function judgeRunning({ deployed, cluster }: DeploymentFacts, last: LastUpdate): JudgedDeployment {
  const running = say('INFO', 'DEPLOYMENT_UPDATE_RUNNING', 'Update running', last.because)
  if (!deployed) return outOfSync(running)
  // What the update itself has taken away is within the limits that it was given.
  const serves = !deployed.enabled || (cluster?.nodes.available ?? 0) > 0
  if (serves) return { health: 'HEALTHY', messages: [running] }
  const none = say('ERROR', 'NODES_UNAVAILABLE', 'Nothing serves', 'no node serves while the update runs')
  return { health: 'UNHEALTHY', messages: [running, none] }
}

function judgeEnded(last: LastUpdate, deployed: Target | null): JudgedDeployment {
  const now = deployed ? `${describe(deployed)} is still what is deployed` : 'nothing is deployed'
  const what = `the update to ${describe(last)}`
  if (last.status === 'Cancelled') {
    const message = `${what} was cancelled: ${last.because}; ${now}`
    return outOfSync(say('WARNING', 'DEPLOYMENT_UPDATE_CANCELLED', 'Update cancelled', message, UPDATE_IT))
  }
  const message = `${what} failed: ${last.because}; ${now}`
  const details = 'Save other settings, or start the update again.'
  const failed = say('ERROR', 'DEPLOYMENT_UPDATE_FAILED', 'Update failed', message, details)
  return { health: 'ERROR', messages: [{ ...failed, isFatal: true }] }
}

function judgeDrift(cluster: ClusterFacts, deployed: Target): JudgedDeployment | undefined {
  const { differing } = cluster.nodes
  const messages = [
    ...(cluster.isAsDeployed
      ? []
      : [
          say(
            'WARNING',
            'CLUSTER_CHANGED_DIRECTLY',
            'Changed behind its back',
            `the cluster was changed directly: it is committed to ${cluster.bundle ?? 'no bundle'}, ${describe(deployed)} was deployed`,
            'An update of the deployment takes it back.',
          ),
        ]),
    ...(cluster.isUpdating
      ? [
          say(
            'WARNING',
            'CLUSTER_UPDATE_RUNNING',
            'Another update runs',
            'an update that the deployment did not start moves its nodes',
          ),
        ]
      : []),
    ...(differing > 0 && !cluster.isUpdating
      ? [
          say(
            'WARNING',
            'NODES_DIFFER',
            'Nodes differ',
            `${differing} of ${cluster.desiredCapacity} nodes are not what the committed revision says`,
            `${cluster.differences}. An update of the deployment brings them back.`,
          ),
        ]
      : []),
  ]
  return messages.length === 0 ? undefined : { health: 'OUT_OF_SYNC', messages }
}

function judgeNodes({ status, statusReason, desiredCapacity, nodes }: ClusterFacts): JudgedDeployment {
  const { available, unknown } = nodes
  if (desiredCapacity === 0) {
    const message = 'its cluster has no nodes, as its size says'
    return { health: 'HEALTHY', messages: [say('INFO', 'NO_NODES', 'No nodes', message)] }
  }
  if (available >= desiredCapacity) return { health: 'HEALTHY', messages: [] }
  const count = `${available} of ${desiredCapacity} nodes serve: ${statusReason}`
  if (available + unknown >= desiredCapacity) {
    return { health: 'UNKNOWN', messages: [say('WARNING', 'NODES_UNKNOWN', 'Nodes unknown', count)] }
  }
  const isSerious = available === 0 || status === 'Critical' || status === 'Failed'
  const severity = isSerious ? 'ERROR' : 'WARNING'
  return {
    health: isSerious ? 'UNHEALTHY' : 'WARNING',
    messages: [say(severity, 'NODES_UNAVAILABLE', 'Nodes do not serve', count, UPDATE_IT)],
  }
}

/** What an infra says anew holds from the next update on: until then all is as it was asked for. */
function tellOfInfra({ otherProfile }: ClusterFacts): Message[] {
  if (otherProfile === null) return []
  const message = `its infra has profile "${otherProfile}" now, and nodes have another one`
  return [say('INFO', 'INFRA_CHANGED', 'Infra changed', message, 'The next update moves them to it.')]
}

function isSame(one: Target, other: Target): boolean {
  if (!one.enabled && !other.enabled) return true
  return one.enabled === other.enabled && one.bundleVersion === other.bundleVersion
}

function describe({ bundleVersion, enabled }: Target): string {
  return enabled ? `bundle ${bundleVersion}` : 'nothing (disabled)'
}

function outOfSync(message: Message): JudgedDeployment {
  return { health: 'OUT_OF_SYNC', messages: [message] }
}

function say(
  severity: Severity,
  code: HealthMessageCode,
  title: string,
  message: string,
  details = '',
): Message {
  return { severity, isFatal: false, code, title, message, details }
}
