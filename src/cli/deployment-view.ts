import type { Message } from '../domain/message.ts'
import type {
  DeploymentResource,
  DeploymentStatusResource,
  DeploymentUpdateResource,
} from './deployer-resources.ts'
import type { Session } from './session.ts'
import { printable } from './style.ts'

/** A message on one line, with what to do about it. */
export function messageLine({ severity, message, details }: Message): string {
  return `${severity.toLowerCase()}: ${printable([message, details].filter(Boolean).join('; '))}`
}

/** How an update of a deployment ended, or stands. */
export function updateSentence({
  deployment,
  bundle,
  enabled,
  status,
  because,
}: DeploymentUpdateResource): string {
  const to = enabled ? `bundle ${bundle}` : 'nothing (disabled)'
  return `update of ${deployment} to ${to}: ${status}: ${printable(because)}`
}

/** Shows one deployment, with its health if that was asked for. */
export function showDeployment(
  session: Session,
  resource: DeploymentResource | DeploymentStatusResource,
): void {
  const { output } = session
  const status = 'health' in resource ? resource : null
  const deployment = 'health' in resource ? resource.deployment : resource
  const { deployed, lastUpdate } = deployment
  output.fields(resource, [
    ['Deployment', deployment.name],
    ['Id', deployment.id],
    ['Health', status?.health],
    ['Messages', status?.messages.map(messageLine).join('\n')],
    ['Published project', deployment.publishedProject],
    ['Infra', `${deployment.infra} (${deployment.stage}, governance ${deployment.governance})`],
    ['Wanted', wanted(deployment)],
    [
      'Deployed',
      deployed === null
        ? 'nothing'
        : `${wanted(deployed)} since ${output.ago(deployed.createdAt)} by ${deployed.createdBy}`,
    ],
    [
      'Last update',
      lastUpdate && `${lastUpdate.id} ${lastUpdate.kind} to ${wanted(lastUpdate)}: ${lastUpdate.status}`,
    ],
    ['Cluster', deployment.clusterId && deployment.name],
    ['Created', `${output.ago(deployment.createdAt)} by ${deployment.createdBy}`],
  ])
}

/** What is to run, or runs. */
export function wanted({ bundle, enabled }: { readonly bundle: string; readonly enabled: boolean }): string {
  return enabled ? `bundle ${bundle}` : 'nothing: it is disabled'
}
