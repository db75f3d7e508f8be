import type { ActionId, ClusterId, EpochMs, EventId, JsonObject, NodeId, ProjectId, UpdateId } from './ids.ts'

export type EventLevel = 'info' | 'warning' | 'error'

/** An immutable record of something that happened. */
export interface Event {
  /** Grows by commit order: the cursor of the event stream. */
  readonly sequence: number
  readonly id: EventId
  readonly at: EpochMs
  readonly level: EventLevel
  /** `noun.verb` in the past tense: `update.started`, `node.failed`, `access.refused`. */
  readonly type: string
  /** Null for what concerns no single project. */
  readonly projectId: ProjectId | null
  readonly clusterId: ClusterId | null
  readonly nodeId: NodeId | null
  readonly updateId: UpdateId | null
  readonly actionId: ActionId | null
  /** Who asked: a principal's name, or `engine`. */
  readonly principal: string
  /** What happened and why, in a sentence. */
  readonly because: string
  /** Never a secret. */
  readonly data: JsonObject
}

export type NewEvent = Omit<Event, 'sequence'>
