import type { AccessKey } from '../domain/access-key.ts'
import type { Action } from '../domain/action.ts'
import type { Bucket, ObjectVersion } from '../domain/bucket.ts'
import type { Bundle } from '../domain/bundle.ts'
import type { Cluster, NodePool } from '../domain/cluster.ts'
import type { SyncKind, SyncStatus } from '../domain/drift.ts'
import type { Engine } from '../domain/engine.ts'
import type { Environment } from '../domain/environment.ts'
import type { Event } from '../domain/event.ts'
import type { Node } from '../domain/node.ts'
import type { PlatformVersion } from '../domain/platform-version.ts'
import type { Policy, PolicyBinding } from '../domain/policy.ts'
import type { ApiKey, Project, Role } from '../domain/principal.ts'
import type { Profile } from '../domain/profile.ts'
import type { Message, Receiver } from '../domain/receiver.ts'
import type { Revision } from '../domain/revision.ts'
import type { Update } from '../domain/update.ts'
import type { ApplicationCredential, User } from '../domain/user.ts'

/** The nouns as the REST API shows them: instants are RFC 3339 texts, references carry names beside ids. */
type Instants =
  | 'at'
  | 'since'
  | 'createdAt'
  | 'updatedAt'
  | 'startedAt'
  | 'endedAt'
  | 'lastProgressAt'
  | 'availableSince'
  | 'lastOperationAt'
  | 'firstReadyAt'
  | 'expiresAt'
  | 'receivedAt'
  | 'revokedAt'
  | 'lastUsedAt'
  | 'heartbeatAt'
  | 'leaseUntil'
  | 'passwordChangedAt'
  | 'addedAt'
  | 'until'
/** A noun as it goes over the wire. */
export type Shown<T> = {
  readonly [K in keyof T]: K extends Instants ? (null extends T[K] ? string | null : string) : T[K]
}

export type ActionResource = Shown<Action> & {
  readonly dependsOn: readonly string[]
  readonly dependedBy: readonly string[]
}
export type BundleResource = Shown<Bundle>
export type BucketResource = Shown<Bucket>
export type ObjectResource = Omit<Shown<ObjectVersion>, 'id' | 'bucketId'> & {
  readonly version: string
  readonly isDeleted: boolean
}
export type EngineResource = Shown<Engine>
export type EventResource = Shown<Event>
export type ProfileResource = Shown<Profile>
export type MessageResource = Shown<Message>
export type ReceiverResource = Shown<Receiver> & { readonly address: string }
export type ProjectResource = Shown<Project>
export type ApiKeyResource = Shown<ApiKey>
export type AccessKeyResource = Shown<AccessKey>
export type UserResource = Shown<User>
export type ApplicationCredentialResource = Shown<ApplicationCredential>
export type RevisionResource = Shown<Revision> & { readonly committed: boolean }

export type PolicyResource = Omit<Shown<Policy>, 'projectId' | 'data'>

export interface PolicyTypeResource {
  readonly type: string
  readonly description: string
  readonly versions: readonly string[]
}

/** A policy on a cluster. */
export type ClusterPolicyResource = Omit<Shown<PolicyBinding>, 'projectId'> & {
  readonly cluster: string
  readonly policy: string
  readonly type: string
}

/** Whether a node is what it should be. */
interface NodeSync {
  readonly status: SyncStatus
  readonly reasons: readonly {
    readonly kind: SyncKind
    readonly because: string
    readonly since: string | null
  }[]
}

/** Whether all nodes of a pool or a cluster are. */
interface GroupSync {
  readonly status: SyncStatus
  readonly outOfSync: number
  readonly reasons: readonly { readonly kind: SyncKind; readonly nodes: number; readonly because: string }[]
}

export type PoolResource = Shown<NodePool> & {
  readonly committedRevision: number
  readonly nodes: { readonly total: number; readonly available: number; readonly upToDate: number }
  readonly sync: GroupSync
  readonly updateInFlight: Pick<UpdateResource, 'id' | 'status' | 'because'> | null
}

export type EnvironmentResource = Omit<Shown<Environment>, 'attributes'> & {
  readonly tags: Readonly<Record<string, string>>
}

export type ClusterResource = Shown<Cluster> & {
  readonly environment: string | null
  readonly sync: GroupSync
  readonly pools: readonly PoolResource[]
}

export type PlatformVersionResource = Shown<Omit<PlatformVersion, 'profile' | 'releasedAt'>> & {
  readonly support: string
  readonly releasedAt: string
  readonly profile: string
}

/** A cluster's move to another version. */
export type VersionChangeResource = Pick<
  ActionResource,
  'id' | 'status' | 'createdBy' | 'createdAt' | 'endedAt'
> & {
  readonly type: 'Upgrade' | 'Rollback'
  readonly from: string
  readonly to: string
  readonly because: string
  readonly cancelledBy: string | null
  readonly updates: readonly UpdateResource[]
}

export type NodeResource = Shown<Omit<Node, 'drift' | 'driftReason' | 'driftAt'>> & {
  readonly sync: NodeSync
  readonly cluster: string | null
  readonly pool: string | null
  readonly revision: number | null
  readonly drifted: boolean
  readonly available: boolean
}

export type UpdateResource = Shown<Update> & {
  readonly cluster: string
  readonly pool: string
  readonly fromRevision: number | null
  readonly toRevision: number | null
}

/** A node as an update sees it. */
export type UpdateNodeResource = Pick<Node, 'id' | 'name' | 'index' | 'status' | 'health'> & {
  readonly state: 'Pending' | 'InFlight' | 'Updated' | 'Failed' | 'Skipped'
  readonly because: string
  readonly since: string
}

/** Tells of a node that waits for a lifecycle hook. */
export interface HookMessageResource {
  readonly lifecycleActionToken: string
  readonly nodeId: string
  readonly clusterId: string
  readonly sentAt: string
  readonly expiresAt: string
}

/** What the API answers when work was begun. */
export interface Accepted {
  readonly action: ActionResource
  readonly update?: UpdateResource
  readonly cluster?: Shown<Cluster>
  readonly pool?: Shown<NodePool>
}

/** A user's login, without its secret. */
export interface TokenResource {
  readonly id: string
  readonly user: { readonly id: string; readonly name: string }
  readonly project: { readonly id: string; readonly name: string } | null
  readonly role: Role | null
  readonly expiresAt: string
}

export interface GatewayResource {
  readonly name: string
  readonly url: string
  readonly ownUrl: string | null
  readonly serviceType: string | null
  readonly setup: readonly string[]
}

export interface IdentityResource {
  readonly name: string
  readonly user?: { readonly id: string; readonly name: string }
  readonly groups: readonly string[]
  readonly grants: readonly { readonly project: string; readonly role: Role }[]
}
