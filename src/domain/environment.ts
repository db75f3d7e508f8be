import type { Attributes } from './attributes.ts'
import type { EnvironmentId, EpochMs, ProjectId } from './ids.ts'

/** A named space for clusters inside a project: in it, names of clusters begin anew. */
export interface Environment {
  readonly id: EnvironmentId
  readonly projectId: ProjectId
  readonly name: string
  readonly description: string | null
  readonly attributes: Attributes
  readonly createdAt: EpochMs
  readonly createdBy: string
  readonly updatedAt: EpochMs
  /** Counts changes; the ETag. */
  readonly version: number
}
