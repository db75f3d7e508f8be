import { createPasswords, type Passwords } from '../access/passwords.ts'
import type { BundleStore } from '../bundles/bundle-store.ts'
import type { BundleFetcher } from '../bundles/fetcher.ts'
import type { ClusterId, EpochMs, JsonObject, ReceiverId } from '../domain/ids.ts'
import type { PlatformVersion } from '../domain/platform-version.ts'
import type { Principal } from '../domain/principal.ts'
import type { Receiver } from '../domain/receiver.ts'
import type { Runtime } from '../runtimes/runtime.ts'
import type { Store } from '../store/store.ts'
import type { Clock } from '../system/clock.ts'
import type { Ids } from '../system/ids.ts'
import type { Log } from '../system/log.ts'
import { type AccessKeyVerbs, createAccessKeyVerbs } from './access-keys.ts'
import { createActionVerbs } from './actions.ts'
import { createApiKeyVerbs, identify } from './api-keys.ts'
import { createApplicationCredentialVerbs } from './application-credentials.ts'
import { createApprovalVerbs } from './approvals.ts'
import type { BucketVerbs } from './bucket-verbs.ts'
import { createBucketVerbs } from './buckets.ts'
import { BundleBlobs } from './bundle-blobs.ts'
import { createBundleVerbs, pruneBundles } from './bundles.ts'
import { createClusterPolicyVerbs } from './cluster-policies.ts'
import { createClusterVerbs } from './clusters.ts'
import { consumeMessages } from './consume-messages.ts'
import type { DeploymentVerbs, InfraVerbs, PublishedProjectVerbs, StageVerbs } from './deployer-verbs.ts'
import { createDeploymentVerbs } from './deployments.ts'
import { createEngineVerbs } from './engines.ts'
import type { EnvironmentVerbs } from './environment-verbs.ts'
import { createEnvironmentVerbs } from './environments.ts'
import { createEventVerbs } from './events.ts'
import { createGovernanceVerbs } from './governance-keys.ts'
import type { ApprovalVerbs, GovernanceVerbs } from './governance-verbs.ts'
import type { ApplicationCredentialVerbs, TokenVerbs, UserVerbs } from './identity-verbs.ts'
import { createInfraVerbs } from './infras.ts'
import { createNodeVerbs } from './nodes.ts'
import { recallAnswer, type Scope } from './perform.ts'
import { createPolicyVerbs } from './policies.ts'
import type { ClusterPolicyVerbs, PolicyVerbs } from './policy-verbs.ts'
import { createPoolVerbs } from './pools.ts'
import { createProfileVerbs } from './profiles.ts'
import { createProjectVerbs } from './projects.ts'
import { createProver } from './prove-login.ts'
import { createPublishedProjectVerbs } from './published-projects.ts'
import { createReceiverAsk } from './receiver-actions.ts'
import { createReceiverVerbs } from './receivers.ts'
import { createRevisionVerbs } from './revisions.ts'
import { createStageVerbs } from './stages.ts'
import { createTokenVerbs } from './tokens.ts'
import { createUpdateVerbs } from './updates.ts'
import { createUserVerbs } from './users.ts'
import type {
  ActionVerbs,
  ApiKeyVerbs,
  BundleVerbs,
  ClusterVerbs,
  EngineVerbs,
  EventVerbs,
  NodeVerbs,
  PoolVerbs,
  ProfileVerbs,
  ProjectVerbs,
  ReceiverVerbs,
  RevisionVerbs,
  UpdateVerbs,
} from './verbs.ts'
import type { VersionVerbs } from './version-verbs.ts'
import { createVersionVerbs } from './versions.ts'
import type { ConsumedMessages, Identity } from './views.ts'

/** Who asks, after authentication. */
export interface Asker {
  readonly principal: Principal
  /** Repeating a change with the same key and the same input within ten minutes repeats its answer. */
  readonly idempotencyKey?: string
  /**
   * What counts as the input when a repeated request is compared with the first one; default: the verb's own. For an API whose
   * request comes out differently when it is translated later, as one for the newest version of something.
   */
  readonly request?: JsonObject
  /** Present when a receiver asks in the principal's name. */
  readonly occasion?: Occasion
}

/** Why a request is made that no person makes at that moment. */
export interface Occasion {
  /** Named in the events of the request. */
  readonly receiver: Pick<Receiver, 'id' | 'name'>
  /** Writes something of its own in the transaction of the change, so that either both are there or none. */
  record(scope: Scope, result: object): Promise<void>
}

/** Who asks, and in which project. */
export interface Caller extends Asker {
  /** Name or id. */
  readonly project: string
}

/** What may be asked for at most. Defaults are in limits.ts. */
export interface ControlLimits {
  /** 0: no limit. */
  readonly maxClustersPerProject: number
  /** 0: no limit. */
  readonly maxEnvironmentsPerProject: number
  readonly maxNodesPerPool: number
  readonly maxPoolsPerCluster: number
  /** 0: no limit. */
  readonly maxBucketsPerProject: number
  /** Of all objects in one bucket together. */
  readonly maxVersionsPerBucket: number
  readonly maxBucketBytesPerProject: number
  /** Of one uploaded bundle. */
  readonly maxBundleBytes: number
  /** How long a login lasts. */
  readonly tokenLifetimeSeconds: number
  readonly maxReceiversPerProject: number
  /** Of one receiver of type `webhook`, in this process. 0: no limit. */
  readonly maxTriggersPerMinute: number
  /** In the queue of one receiver. */
  readonly maxWaitingMessages: number
  readonly maxPoliciesPerCluster: number
  /** The shortest time between two looks that a health policy may ask for. */
  readonly healthMinIntervalSeconds: number
}

/** What the verbs need of the place where bundles' bytes are kept. */
export type BundleFiles = Pick<
  BundleStore,
  | 'receive'
  | 'receiveFile'
  | 'inspect'
  | 'fingerprint'
  | 'contains'
  | 'archive'
  | 'open'
  | 'delete'
  | 'digests'
>

export interface ControlDeps {
  readonly store: Store
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  /** By profile type. */
  readonly runtimes: Readonly<Record<string, Runtime>>
  readonly bundles: BundleFiles
  /** Brings objects from S3. Absent: none is configured. */
  readonly fetcher?: BundleFetcher
  /** Tells an engine in this process to look at a cluster at once. Called after the commit; must not throw. */
  wake(clusterId: ClusterId): void
  /** Makes this process forget a credential that it verified a moment ago (Authenticator.forget, AccessKeys.forget). */
  forget(id: string): void
  /** Keeps for the audit that somebody was not let in (Refusals.note). */
  refused?(address: string): void
  /** Default: as slow as passwords need it. */
  readonly passwords?: Passwords
  /** Tells this process that messages were put into a receiver's queue. Called after the commit; must not throw. */
  messagesSent?(id: ReceiverId): void
  readonly limits?: Partial<ControlLimits>
  /** The versions that clusters may be on. Default: none. */
  readonly platform?: {
    /** Lowest first. */
    readonly versions: readonly PlatformVersion[]
    /** How long after an upgrade it can be taken back. */
    readonly rollbackMs: number
  }
}

/**
 * The verbs: all that the API, the CLI and the gateways may ask for. Each authorizes its caller, validates its
 * input, and makes its change in one transaction with the event that tells of it.
 *
 * Reads need the role `viewer`, changes `operator`, keys and projects `administrator`. Any verb can raise
 * `forbidden` (also for a project that does not exist, unless the caller may see all), `not_found` and
 * `store_unavailable`; a change can raise `invalid_request` and `idempotency_mismatch`.
 */
export interface Control {
  readonly projects: ProjectVerbs
  readonly apiKeys: ApiKeyVerbs
  readonly accessKeys: AccessKeyVerbs
  readonly users: UserVerbs
  readonly applicationCredentials: ApplicationCredentialVerbs
  readonly tokens: TokenVerbs
  readonly environments: EnvironmentVerbs
  readonly stages: StageVerbs
  readonly infras: InfraVerbs
  readonly publishedProjects: PublishedProjectVerbs
  readonly deployments: DeploymentVerbs
  readonly approvals: ApprovalVerbs
  readonly governance: GovernanceVerbs
  readonly buckets: BucketVerbs
  readonly bundles: BundleVerbs
  readonly profiles: ProfileVerbs
  readonly clusters: ClusterVerbs
  readonly pools: PoolVerbs
  readonly nodes: NodeVerbs
  readonly revisions: RevisionVerbs
  readonly updates: UpdateVerbs
  readonly versions: VersionVerbs
  readonly receivers: ReceiverVerbs
  readonly policies: PolicyVerbs
  readonly clusterPolicies: ClusterPolicyVerbs
  readonly actions: ActionVerbs
  readonly events: EventVerbs
  readonly engines: EngineVerbs
  whoami(asker: Asker): Promise<Identity>
  /**
   * What a change was answered with that was made under this caller's idempotency key, for an API that has to know before it
   * looks at what there is; undefined if there was none. Needs what the change does, the role operator.
   * @param verb `updates.start` @throws idempotency_mismatch when `request` is another one
   */
  recall(caller: Caller, verb: string): Promise<object | undefined>
  /** While it stays the same, so do the answers of verbs that only read the store; null where nobody knows. */
  storeVersion(): number | null
  /** For retention, not for callers. @see pruneBundles in bundles.ts */
  pruneBundles(rule: { readonly before: EpochMs; readonly keep: number }): Promise<void>
  /** For the consumer of messages, not for callers. @see consumeMessages in consume-messages.ts */
  consumeMessages(id: ReceiverId): Promise<ConsumedMessages>
}

export function createControl(deps: ControlDeps): Control {
  const blobs = new BundleBlobs(deps)
  const passwords = deps.passwords ?? createPasswords()
  const prove = createProver(deps, passwords)
  const clusters = createClusterVerbs(deps)
  const nodes = createNodeVerbs(deps)
  const updates = createUpdateVerbs(deps)
  const clusterPolicies = createClusterPolicyVerbs(deps)
  const ask = createReceiverAsk({ clusters, clusterPolicies, nodes, updates })
  return {
    projects: createProjectVerbs(deps),
    apiKeys: createApiKeyVerbs(deps),
    accessKeys: createAccessKeyVerbs(deps),
    users: createUserVerbs(deps, passwords, prove),
    applicationCredentials: createApplicationCredentialVerbs(deps, passwords),
    tokens: createTokenVerbs(deps, prove),
    environments: createEnvironmentVerbs(deps),
    stages: createStageVerbs(deps),
    infras: createInfraVerbs(deps),
    publishedProjects: createPublishedProjectVerbs(deps, blobs),
    deployments: createDeploymentVerbs(deps),
    approvals: createApprovalVerbs(deps),
    governance: createGovernanceVerbs(deps),
    buckets: createBucketVerbs(deps, blobs),
    bundles: createBundleVerbs(deps, blobs),
    profiles: createProfileVerbs(deps),
    clusters,
    pools: createPoolVerbs(deps),
    nodes,
    revisions: createRevisionVerbs(deps),
    updates,
    versions: createVersionVerbs(deps),
    receivers: createReceiverVerbs(deps, ask),
    policies: createPolicyVerbs(deps),
    clusterPolicies,
    actions: createActionVerbs(deps),
    events: createEventVerbs(deps),
    engines: createEngineVerbs(deps),
    whoami: (asker) => identify(deps, asker),
    recall: (caller, verb) => recallAnswer(deps, caller, verb),
    storeVersion: () => deps.store.version?.() ?? null,
    pruneBundles: (rule) => pruneBundles(deps, blobs, rule),
    consumeMessages: (id) => consumeMessages(deps, ask, id),
  }
}
