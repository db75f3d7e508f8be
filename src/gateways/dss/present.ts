import type {
  DeploymentStatus,
  DeploymentView,
  InfraView,
  PublishedProjectView,
} from '../../control/deployer-verbs.ts'
import type { Infra } from '../../domain/infra.ts'
import type { Message } from '../../domain/message.ts'
import type { PublishedProject } from '../../domain/published-project.ts'
import { DSS, INFRA_TYPE } from './settings.ts'

type Bundles = PublishedProjectView['bundles']

/** The light status of a deployment. @param bundles of its published project */
export function presentDeployment(view: DeploymentView, bundles: Bundles): object {
  const { deployment, infra, publishedProject, deployed, canDeploy } = view
  return {
    deploymentBasicInfo: {
      id: deployment.name,
      type: 'STANDARD',
      infraId: infra.name,
      publishedProjectKey: publishedProject.key,
      deployedProjectKey: deployment.deployedProjectKey ?? publishedProject.key,
      bundleId: deployment.bundleVersion,
      enabled: deployment.enabled,
      createdByDisplayName: deployment.createdBy,
      tags: tagsOf(deployment.attributes[DSS]?.['tags']),
    },
    projectBasicInfo: presentProjectInfo(publishedProject),
    infraBasicInfo: presentInfraInfo(infra),
    packages: presentBundles(publishedProject, bundles),
    neverEverDeployed: deployed === null,
    canDeploy,
  }
}

/** The heavy status of a deployment. */
export function presentDeploymentStatus(status: DeploymentStatus): object {
  const { deployment, infra, deployed, health, messages } = status
  return {
    deploymentId: deployment.name,
    infraId: infra.name,
    bundleId: deployment.bundleVersion,
    deployedBundleId: deployed?.enabled ? deployed.bundleVersion : null,
    health,
    healthMessages: presentMessages(messages),
  }
}

export function presentInfra({ infra, deployments, canDeploy, isAdmin }: InfraView): object {
  return {
    infraBasicInfo: presentInfraInfo(infra),
    deployments: deployments.map((each) => presentHead(each, infra.name)),
    canDeploy,
    isAdmin,
  }
}

export function presentProject(view: PublishedProjectView): object {
  const { publishedProject, bundles, deployments, infras, canDeploy, isAdmin } = view
  const nameOf = new Map(infras.map(({ id, name }) => [id, name]))
  return {
    projectBasicInfo: presentProjectInfo(publishedProject),
    packages: presentBundles(publishedProject, bundles),
    deployments: deployments.map((each) => presentHead(each, nameOf.get(each.infraId) ?? '')),
    infras: infras.map(presentInfraInfo),
    canDeploy,
    isAdmin,
  }
}

/** Messages as every part of the client reads them. */
export function presentMessages(messages: readonly Message[]): object {
  const has = (severity: Message['severity']) => messages.some((message) => message.severity === severity)
  return {
    messages,
    anyMessage: messages.length > 0,
    error: has('ERROR'),
    warning: has('WARNING'),
    success: has('SUCCESS'),
    maxSeverity: maxSeverity(messages),
  }
}

/** The worst there is. */
export function maxSeverity(messages: readonly Message[]): Message['severity'] {
  const order = ['ERROR', 'WARNING', 'INFO'] as const
  return order.find((severity) => messages.some((message) => message.severity === severity)) ?? 'SUCCESS'
}

function presentHead(
  { name, publishedProjectKey, bundleVersion, enabled }: InfraView['deployments'][number],
  infraId: string,
): object {
  return { id: name, infraId, publishedProjectKey, bundleId: bundleVersion, enabled }
}

function presentInfraInfo({ name, stage, governance }: Pick<Infra, 'name' | 'stage' | 'governance'>): object {
  return { id: name, type: INFRA_TYPE, stage, governCheckPolicy: governance }
}

function presentProjectInfo({ key, name }: PublishedProject): object {
  return { id: key, name }
}

function presentBundles({ key }: PublishedProject, bundles: Bundles): object[] {
  return bundles.map(({ version, createdAt, createdBy }) => ({
    id: version,
    publishedOn: createdAt,
    publishedBy: createdBy,
    designNodeInfo: { projectKey: key },
  }))
}

function tagsOf(given: unknown): unknown[] {
  return Array.isArray(given) ? given : []
}
