import type { DeploymentUpdateKind, DeploymentUpdateStatus } from '../domain/deployment.ts'
import type { DeploymentHealth } from '../domain/deployment-health.ts'
import type { GovernancePolicy } from '../domain/infra.ts'
import type { Message } from '../domain/message.ts'
import type { Permissions } from '../domain/permissions.ts'
import type { UpdateParams } from '../domain/update.ts'
import type { ClusterResource } from './resources.ts'

/** What deploys, as the REST API shows it: instants are RFC 3339 texts. */

export interface StagesResource {
  readonly items: readonly { readonly name: string; readonly description: string }[]
}

/** What infras and published projects have in common. */
interface Governed {
  readonly id: string
  readonly name: string
  readonly description: string | null
  readonly permissions: Permissions
  readonly deployments: readonly {
    readonly name: string
    readonly bundle: string
    readonly enabled: boolean
  }[]
  readonly canDeploy: boolean
  readonly isAdmin: boolean
  readonly createdAt: string
  readonly createdBy: string
  readonly updatedAt: string
  readonly version: number
}

export interface InfraResource extends Governed {
  readonly stage: string
  readonly governance: GovernancePolicy
  readonly profile: string | null
  readonly size: number
  readonly minSize: number
  readonly maxSize: number | null
  readonly updateDefaults: Partial<UpdateParams>
}

export interface PublishedProjectResource extends Governed {
  readonly key: string
  readonly bundles: readonly {
    readonly version: string
    readonly digest: string
    readonly createdAt: string
    readonly createdBy: string
  }[]
  readonly infras: readonly {
    readonly name: string
    readonly stage: string
    readonly governance: GovernancePolicy
  }[]
}

interface DeploymentUpdateHead {
  readonly id: string
  readonly kind: DeploymentUpdateKind
  readonly status: DeploymentUpdateStatus
  readonly bundle: string
  readonly enabled: boolean
  readonly actionId: string | null
  /** Of the cluster, if one moves its nodes. */
  readonly updateId: string | null
  readonly createdAt: string
  readonly createdBy: string
}

export interface DeploymentUpdateResource extends DeploymentUpdateHead {
  readonly deployment: string
  readonly because: string
  readonly startedAt: string | null
  readonly endedAt: string | null
}

export interface DeploymentResource {
  readonly id: string
  readonly name: string
  readonly publishedProject: string
  readonly infra: string
  readonly stage: string
  readonly governance: GovernancePolicy
  readonly bundle: string
  readonly enabled: boolean
  readonly deployed: DeploymentUpdateHead | null
  readonly lastUpdate: DeploymentUpdateHead | null
  readonly clusterId: string | null
  readonly deployedProjectKey: string | null
  readonly projectFolderId: string | null
  readonly canDeploy: boolean
  readonly createdAt: string
  readonly createdBy: string
  readonly updatedAt: string
  readonly version: number
}

export interface DeploymentStatusResource {
  readonly deployment: DeploymentResource
  readonly health: DeploymentHealth
  readonly messages: readonly Message[]
  readonly cluster: ClusterResource | null
}
