import type { Attributes } from './attributes.ts'
import type { EpochMs, JsonObject, ProfileId, ProjectId } from './ids.ts'

/** A typed spec of what a node is, of which only name and metadata change. `type` names the runtime that makes it real. */
export interface Profile {
  readonly id: ProfileId
  readonly projectId: ProjectId
  readonly name: string
  readonly type: string
  readonly version: string
  /** As given and validated by the runtime's `parseProperties`. */
  readonly properties: JsonObject
  readonly metadata: JsonObject
  /** Never changes. */
  readonly attributes: Attributes
  readonly createdAt: EpochMs
  readonly createdBy: string
  /** When name or metadata last changed; null for never. */
  readonly updatedAt: EpochMs | null
}
