import type { Bundle } from '../domain/bundle.ts'
import type { Deployment, DeploymentUpdate } from '../domain/deployment.ts'
import type { DeploymentHealth } from '../domain/deployment-health.ts'
import type { EpochMs } from '../domain/ids.ts'
import type { Infra } from '../domain/infra.ts'
import type { Message } from '../domain/message.ts'
import type { PublishedProject } from '../domain/published-project.ts'
import type { Stage } from '../domain/stage.ts'
import type { Update } from '../domain/update.ts'
import type { DeploymentUpdateRecord } from '../store/deployment-updates.ts'
import type { DeploymentHead } from '../store/deployments.ts'
import type { Page, PageRequest } from '../store/page.ts'
import type { BundleHead } from '../store/published-projects.ts'
import type { PublishBundleInput } from './bundle-inputs.ts'
import type { Caller } from './control.ts'
import type {
  CancelDeploymentInput,
  CreateDeploymentInput,
  CreateInfraInput,
  CreatePublishedProjectInput,
  DeploymentChanges,
  DeploymentListFilter,
  InfraChanges,
  Insistence,
  PromoteInput,
  PublishedProjectChanges,
  SaveOptions,
  StageInput,
} from './deployer-inputs.ts'
import type { Match } from './inputs.ts'
import type { ClusterView, ProfileHead } from './views.ts'

/** The steps on the way to production. */
export interface StageVerbs {
  /** In their order. */
  list(caller: Caller): Promise<readonly Stage[]>
  /** Takes the place of all there were; needs the role administrator. @throws in_use while an infra is on one that goes */
  set(caller: Caller, stages: readonly StageInput[]): Promise<readonly Stage[]>
}

/** Places to deploy to. A reference is an id or a name. */
export interface InfraVerbs {
  /** @throws already_exists, not_found (the profile), invalid_request (no such stage), limit_exceeded (sizes) */
  create(caller: Caller, input: CreateInfraInput): Promise<Infra>
  list(
    caller: Caller,
    filter: { readonly name?: string; readonly stage?: string },
    page: PageRequest,
  ): Promise<Page<InfraView>>
  get(caller: Caller, ref: string): Promise<InfraView>
  /** @throws precondition_failed, and what `create` does */
  update(caller: Caller, ref: string, changes: InfraChanges, match?: Match): Promise<Infra>
  /** @throws in_use while a deployment is on it */
  delete(caller: Caller, ref: string): Promise<Infra>
}

/** What bundles are published under. A reference is an id or a key. */
export interface PublishedProjectVerbs {
  /** @throws already_exists */
  create(caller: Caller, input: CreatePublishedProjectInput): Promise<PublishedProject>
  /**
   * `bundles.publish`, which also makes the published project of the bundle's name if there is none.
   * @throws what that does
   */
  publish(caller: Caller, input: PublishBundleInput): Promise<Bundle>
  list(
    caller: Caller,
    filter: { readonly key?: string },
    page: PageRequest,
  ): Promise<Page<PublishedProjectView>>
  get(caller: Caller, ref: string): Promise<PublishedProjectView>
  /** @throws precondition_failed */
  update(
    caller: Caller,
    ref: string,
    changes: PublishedProjectChanges,
    match?: Match,
  ): Promise<PublishedProject>
  /** Its bundles go with it. @throws in_use while a deployment is of it, or anything else needs one of them */
  delete(caller: Caller, ref: string): Promise<PublishedProject>
}

/** A reference is an id or a name. */
export interface DeploymentVerbs {
  /** Nothing runs before its first update. @throws already_exists, not_found */
  create(caller: Caller, input: CreateDeploymentInput): Promise<Deployment>
  list(caller: Caller, filter: DeploymentListFilter, page: PageRequest): Promise<Page<DeploymentView>>
  /** The light status: no node and no cluster is looked at. */
  get(caller: Caller, ref: string): Promise<DeploymentView>
  /** The heavy status: with its health, and why. */
  status(caller: Caller, ref: string): Promise<DeploymentStatus>
  /** Changes what is wanted. @throws precondition_failed, not_found (the bundle) */
  save(caller: Caller, ref: string, changes: DeploymentChanges, options?: SaveOptions): Promise<Deployment>
  /** `save` of `enabled`. */
  enable(caller: Caller, ref: string, match?: Match): Promise<Deployment>
  disable(caller: Caller, ref: string, match?: Match): Promise<Deployment>
  /**
   * Makes real what is wanted. If nothing differs, the answer has ended well already.
   * @throws conflict naming the update that runs, already_exists (another cluster has the deployment's name), not_found,
   *   invalid_spec, limit_exceeded
   */
  startUpdate(caller: Caller, ref: string, options?: Insistence): Promise<StartedDeploymentUpdate>
  /** Newest first: the newest hundred, and the one that says what is deployed. */
  updates(caller: Caller, ref: string, page: PageRequest): Promise<Page<DeploymentUpdateView>>
  getUpdate(caller: Caller, id: string): Promise<DeploymentUpdateView>
  /** Cancels the update that runs. @throws invalid_state when none does */
  cancel(caller: Caller, ref: string, input?: CancelDeploymentInput): Promise<DeploymentUpdateView>
  /**
   * Makes the bundle that is deployed the wanted one of a deployment of the same published project one stage further,
   * which is made if there is none. Its update is asked for as any other.
   * @throws not_ready when it skips a stage or the source is not healthy, and `force` is not said; ambiguous
   */
  promote(caller: Caller, ref: string, input: PromoteInput): Promise<PromotedDeployment>
  /** @throws invalid_state unless it is disabled and was updated since */
  delete(caller: Caller, ref: string): Promise<Deployment>
}

export interface InfraView {
  readonly infra: Infra
  /** Null: the project's profile for deployments. */
  readonly profile: ProfileHead | null
  /** By name. */
  readonly deployments: readonly DeploymentHead[]
  readonly canDeploy: boolean
  readonly isAdmin: boolean
}

export interface PublishedProjectView {
  readonly publishedProject: PublishedProject
  /** Newest first, at most 1000; in a listing 1000 of all projects together. */
  readonly bundles: readonly BundleHead[]
  /** By name. */
  readonly deployments: readonly DeploymentHead[]
  /** Those of its deployments, by name. */
  readonly infras: readonly Pick<Infra, 'id' | 'name' | 'stage' | 'governance'>[]
  readonly canDeploy: boolean
  readonly isAdmin: boolean
}

export interface DeploymentView {
  readonly deployment: Deployment
  readonly infra: Infra
  readonly publishedProject: PublishedProject
  /** What the newest successful update made real; null if none did. */
  readonly deployed: DeploymentUpdateRecord | null
  /** The update in flight, or the last one. */
  readonly lastUpdate: DeploymentUpdateRecord | null
  readonly canDeploy: boolean
}

export interface DeploymentStatus extends DeploymentView {
  readonly health: DeploymentHealth
  readonly messages: readonly Message[]
  /** Null while it has none. */
  readonly cluster: ClusterView | null
}

/** An update of a deployment, and how it stands. */
export interface DeploymentUpdateView extends DeploymentUpdateRecord {
  /** Name of the deployment. */
  readonly deployment: string
  /** What it does, waits for, or ended with. */
  readonly because: string
  readonly startedAt: EpochMs | null
  /** Null while it runs. */
  readonly endedAt: EpochMs | null
  /** What moves the nodes; null for other kinds, and once its cluster is gone. */
  readonly clusterUpdate: Update | null
}

export interface StartedDeploymentUpdate {
  readonly deployment: Deployment
  readonly deploymentUpdate: DeploymentUpdate
  /** False: nothing differed, and it has ended well already. */
  readonly isRunning: boolean
}

export interface PromotedDeployment {
  readonly deployment: Deployment
  /** Whether it was made by this. */
  readonly isNew: boolean
  readonly from: Pick<Deployment, 'id' | 'name'>
}
