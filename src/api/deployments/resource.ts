import { type Static, Type } from 'typebox'
import type { DeploymentStatus, DeploymentUpdateView, DeploymentView } from '../../control/deployer-verbs.ts'
import type { DeploymentUpdateKind, DeploymentUpdateStatus } from '../../domain/deployment.ts'
import type { DeploymentHealth } from '../../domain/deployment-health.ts'
import type { Message, Severity } from '../../domain/message.ts'
import { ClusterDetailResource, presentClusterDetail } from '../clusters/resource.ts'
import { GovernanceWord } from '../infras/resource.ts'
import {
  NullableString,
  nullableRef,
  OptionalTime,
  oneOf,
  record,
  ref,
  Time,
  toOptionalTime,
  toTime,
} from '../schema.ts'

const SEVERITIES = ['SUCCESS', 'INFO', 'WARNING', 'ERROR'] satisfies Severity[]
const KINDS = ['Create', 'Update', 'Repair', 'Remove', 'Nothing'] satisfies DeploymentUpdateKind[]
const STATUSES = ['Running', 'Successful', 'Failed', 'Cancelled'] satisfies DeploymentUpdateStatus[]
const HEALTH = [
  'UNKNOWN',
  'ERROR',
  'WARNING',
  'HEALTHY',
  'UNHEALTHY',
  'OUT_OF_SYNC',
] satisfies DeploymentHealth[]

export const MessageOfDeployer = record(
  {
    severity: oneOf(SEVERITIES),
    isFatal: Type.Boolean({ description: 'What was asked for cannot go on.' }),
    code: Type.String({ description: 'Never changes once it is known.' }),
    title: Type.String(),
    message: Type.String(),
    details: Type.String({ description: 'What to do about it, or what is behind it; may be empty.' }),
  },
  {
    $id: 'DeployerMessage',
    description: 'What people are told about a deployment or a bundle.',
    examples: [
      {
        severity: 'WARNING',
        isFatal: false,
        code: 'SETTINGS_NOT_DEPLOYED',
        title: 'Not deployed yet',
        message: 'bundle 1.5.0 is wanted, 1.4.0 is deployed',
        details: 'update the deployment',
      },
    ],
  },
)

const updateFields = {
  id: Type.String(),
  kind: oneOf(
    KINDS,
    'It makes the cluster; moves it to another revision; brings nodes back to the one they should run; removes the cluster; or finds that nothing differs.',
  ),
  status: oneOf(STATUSES),
  bundle: Type.String({ description: 'The version that was wanted.' }),
  enabled: Type.Boolean({ description: 'Whether anything was to run.' }),
  actionId: Type.Unsafe<string | null>({
    ...NullableString,
    description: 'The cluster action that carries it; null when there was nothing to do.',
  }),
  updateId: Type.Unsafe<string | null>({
    ...NullableString,
    description: 'The update of the cluster, if it is one.',
  }),
  fillActionId: Type.Unsafe<string | null>({
    ...NullableString,
    description: 'The action that makes missing nodes once that update has ended; null if none is missing.',
  }),
  createdAt: Time,
  createdBy: Type.String(),
}

const updateExample = {
  id: '0193e1a0-6c1e-7005-9a3b-5f5e0c9d1b2a',
  kind: 'Update',
  status: 'Successful',
  bundle: '1.4.0',
  enabled: true,
  actionId: '0193e1a0-6c1e-7006-9a3b-5f5e0c9d1b2a',
  updateId: '0193e1a0-6c1e-7007-9a3b-5f5e0c9d1b2a',
  fillActionId: null,
  createdAt: '2026-11-21T10:00:00.000Z',
  createdBy: 'ci',
}

export const DeploymentUpdateHead = record(updateFields, {
  $id: 'DeploymentUpdateHead',
  description: 'An attempt to make a deployment’s settings real, as the deployment shows it.',
  examples: [updateExample],
})

export const DeploymentUpdateResource = record(
  {
    ...updateFields,
    deployment: Type.String({ description: 'Name of the deployment.' }),
    because: Type.String({ description: 'What it does, waits for, or ended with.' }),
    startedAt: OptionalTime,
    endedAt: OptionalTime,
  },
  {
    $id: 'DeploymentUpdate',
    description: 'An attempt to make a deployment’s settings real, and how it stands.',
    examples: [
      {
        ...updateExample,
        deployment: 'quotes-prod',
        because: '4 nodes on the target revision',
        startedAt: '2026-11-21T10:00:00.000Z',
        endedAt: '2026-11-21T10:01:00.000Z',
      },
    ],
  },
)

const fields = {
  id: Type.String(),
  name: Type.String(),
  publishedProject: Type.String({ description: 'Its key.' }),
  infra: Type.String({ description: 'Its name.' }),
  stage: Type.String({ description: 'Of the infra.' }),
  governance: GovernanceWord,
  bundle: Type.String({ description: 'The version that is wanted.' }),
  enabled: Type.Boolean({ description: 'False: once it is updated, nothing of it runs.' }),
  deployed: nullableRef(DeploymentUpdateHead),
  lastUpdate: nullableRef(DeploymentUpdateHead),
  clusterId: Type.Unsafe<string | null>({
    ...NullableString,
    description: 'The cluster it owns, which has its name; null while it has none.',
  }),
  deployedProjectKey: NullableString,
  projectFolderId: NullableString,
  canDeploy: Type.Boolean({ description: 'Whether the caller may deploy it.' }),
  createdAt: Time,
  createdBy: Type.String(),
  updatedAt: Time,
  version: Type.Integer({ description: 'Counts changes of the settings; the ETag.' }),
}

const example = {
  id: '0193e1a0-6c1e-7004-9a3b-5f5e0c9d1b2a',
  name: 'quotes-prod',
  publishedProject: 'quotes',
  infra: 'prod-east',
  stage: 'Production',
  governance: 'PREVENT',
  bundle: '1.4.0',
  enabled: true,
  deployed: updateExample,
  lastUpdate: updateExample,
  clusterId: '0193e1a0-6c1e-7008-9a3b-5f5e0c9d1b2a',
  deployedProjectKey: null,
  projectFolderId: null,
  canDeploy: true,
  createdAt: '2026-11-21T10:00:00.000Z',
  createdBy: 'ci',
  updatedAt: '2026-11-21T10:00:00.000Z',
  version: 1,
}

export const DeploymentResource = record(fields, {
  $id: 'Deployment',
  description:
    'A published project’s bundle, kept running on an infra. What it says is what is wanted; `deployed` is the newest update that made it real.',
  examples: [example],
})

export const DeploymentStatusResource = record(
  {
    deployment: ref(DeploymentResource),
    health: oneOf(HEALTH),
    messages: Type.Array(ref(MessageOfDeployer)),
    cluster: nullableRef(ClusterDetailResource),
  },
  {
    $id: 'DeploymentStatus',
    description: 'How a deployment does, and why.',
    examples: [{ deployment: example, health: 'HEALTHY', messages: [], cluster: null }],
  },
)

export function presentDeployment(view: DeploymentView): Static<typeof DeploymentResource> {
  const { deployment, infra } = view
  return {
    id: deployment.id,
    name: deployment.name,
    publishedProject: view.publishedProject.key,
    infra: infra.name,
    stage: infra.stage,
    governance: infra.governance,
    bundle: deployment.bundleVersion,
    enabled: deployment.enabled,
    deployed: view.deployed && presentHead(view.deployed),
    lastUpdate: view.lastUpdate && presentHead(view.lastUpdate),
    clusterId: deployment.clusterId,
    deployedProjectKey: deployment.deployedProjectKey,
    projectFolderId: deployment.projectFolderId,
    canDeploy: view.canDeploy,
    createdAt: toTime(deployment.createdAt),
    createdBy: deployment.createdBy,
    updatedAt: toTime(deployment.updatedAt),
    version: deployment.version,
  }
}

export function presentDeploymentStatus(status: DeploymentStatus): Static<typeof DeploymentStatusResource> {
  return {
    deployment: presentDeployment(status),
    health: status.health,
    messages: status.messages.map(presentMessage),
    cluster: status.cluster && presentClusterDetail(status.cluster),
  }
}

export function presentDeploymentUpdate(
  update: DeploymentUpdateView,
): Static<typeof DeploymentUpdateResource> {
  return {
    ...presentHead(update),
    deployment: update.deployment,
    because: update.because,
    startedAt: toOptionalTime(update.startedAt),
    endedAt: toOptionalTime(update.endedAt),
  }
}

/** As it is: a message has nothing that only we may see. */
function presentMessage({ severity, isFatal, code, title, message, details }: Message) {
  return { severity, isFatal, code, title, message, details }
}

function presentHead(update: NonNullable<DeploymentView['deployed']>): Static<typeof DeploymentUpdateHead> {
  return {
    id: update.id,
    kind: update.kind,
    status: update.status,
    bundle: update.bundleVersion,
    enabled: update.enabled,
    actionId: update.actionId,
    updateId: update.updateId,
    fillActionId: update.fillActionId,
    createdAt: toTime(update.createdAt),
    createdBy: update.createdBy,
  }
}
