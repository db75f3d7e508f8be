import type { JsonObject } from '../../domain/ids.ts'
import type { Operations } from '../../domain/operation.ts'
import type { Properties } from '../../domain/property.ts'
import type { NodeRef } from '../runtime.ts'

/** A kind of resource that only pretends to exist: what its API says of it, and what can be done to it. */
export interface ResourceType {
  /** The profile type: `os.nova.server`. */
  readonly type: string
  readonly versions: readonly string[]
  /** In sentences: `server`. */
  readonly noun: string
  readonly properties: Properties
  readonly operations: Operations
  /** The condition it begins in, and the only one in which it serves. */
  readonly serving: string
  /** What each operation does to the condition. */
  readonly moves: Readonly<Record<string, Move>>
  /** The properties, maps all of them, in which `drover:` keys say how it behaves. */
  readonly hints: readonly string[]
  /** What other keys than those say of it, as properties of the type `scripted`; `drover:` keys come before it. */
  script?(values: JsonObject): JsonObject
  /** Properties of one that was there before, to be adopted. */
  readonly example: JsonObject
  /** Rules between properties. @throws InvalidSpecError */
  check?(values: JsonObject): void
  /** In the words of its API. */
  details(resource: Resource): JsonObject
  /** What a snapshot of it changes about a profile made after it. */
  snapshot?(resource: Pick<Resource, 'id'>): JsonObject
}

/** `from`: the conditions in which it can be done, any if absent; `to`: the one it leads to, the same if absent. */
export interface Move {
  readonly from?: readonly string[]
  readonly to?: string
  /** What it leaves behind for {@link ResourceType.details}. */
  notes?(params: JsonObject): JsonObject
}

/** One resource, as `details` tells of it. */
export interface Resource {
  readonly id: string
  readonly node: NodeRef
  /** Its properties, with defaults filled in. */
  readonly values: JsonObject
  readonly condition: string
  /** What operations left behind. */
  readonly notes: JsonObject
  /** RFC 3339. */
  readonly startedAt: string
}
