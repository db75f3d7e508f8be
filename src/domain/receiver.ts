import type { ActionId, ClusterId, EpochMs, JsonObject, MessageId, ProjectId, ReceiverId } from './ids.ts'

export const RECEIVER_TYPES = ['webhook', 'message'] as const
/** `webhook`: a URL that triggers when it is called · `message`: a queue whose messages trigger, in order. */
export type ReceiverType = (typeof RECEIVER_TYPES)[number]

/** What a receiver can ask of a cluster. A cluster cannot be asked to create itself, so that is not one of them. */
export const RECEIVER_ACTIONS = [
  'CLUSTER_SCALE_OUT',
  'CLUSTER_SCALE_IN',
  'CLUSTER_RESIZE',
  'CLUSTER_UPDATE',
  'CLUSTER_ADD_NODES',
  'CLUSTER_DEL_NODES',
  'CLUSTER_REPLACE_NODES',
  'CLUSTER_CHECK',
  'CLUSTER_RECOVER',
  'CLUSTER_OPERATION',
  'CLUSTER_ATTACH_POLICY',
  'CLUSTER_DETACH_POLICY',
  'CLUSTER_UPDATE_POLICY',
  'CLUSTER_DELETE',
] as const
export type ReceiverAction = (typeof RECEIVER_ACTIONS)[number]

/**
 * What a caller without an account has to show. `token`: 256 random bits that are shown once and can be replaced ·
 * `id`: the receiver's id is all there is, as in APIs whose webhook addresses have no other secret in them.
 */
export type ReceiverCredential = 'token' | 'id'

/** An address that triggers a cluster action when it is called. */
export interface Receiver {
  readonly id: ReceiverId
  readonly projectId: ProjectId
  readonly name: string
  readonly type: ReceiverType
  /** Null only for type `message`: then each message names one. */
  readonly clusterId: ClusterId | null
  /** Null only for type `message`: then each message names one. */
  readonly action: ReceiverAction | null
  /** Kept as given, for clients that have a use for it. */
  readonly actor: JsonObject
  /** Inputs of every action it triggers; what a call says is laid over them. */
  readonly params: JsonObject
  readonly credential: ReceiverCredential
  /** The principal's name in whose authority it triggers, as that is at the time of the call. */
  readonly createdBy: string
  readonly createdAt: EpochMs
  readonly updatedAt: EpochMs
  /** Counts changes; the ETag. */
  readonly version: number
}

/**
 * ```
 *  Waiting ─► Done      an action was made of it
 *     ├─────► Refused   it could not be made one; `error` says why
 *     └─────► Expired   nobody got round to it in time
 * ```
 */
export type MessageStatus = 'Waiting' | 'Done' | 'Refused' | 'Expired'

export const MESSAGE_STATUSES = ['Waiting', 'Done', 'Refused', 'Expired'] as const satisfies MessageStatus[]

/** One message in the queue of a receiver of type `message`. */
export interface Message {
  readonly id: MessageId
  readonly receiverId: ReceiverId
  /** Its place in the queue: messages are taken in this order. */
  readonly place: number
  readonly status: MessageStatus
  /** `{ cluster?, action?, params? }`; anything else is refused when its turn comes. */
  readonly body: JsonObject
  readonly error: { readonly code: string; readonly message: string } | null
  /** The action it became. */
  readonly actionId: ActionId | null
  readonly receivedAt: EpochMs
  readonly expiresAt: EpochMs
  readonly endedAt: EpochMs | null
}
