import type { Attributes } from './attributes.ts'
import type { EpochMs, ProjectId, PublishedProjectId } from './ids.ts'
import type { Permissions } from './permissions.ts'

/** What bundles are published under and deployed from: its bundles are those whose name is its key. */
export interface PublishedProject {
  readonly id: PublishedProjectId
  readonly projectId: ProjectId
  /** The name of its bundles; never changes. */
  readonly key: string
  /** For people. */
  readonly name: string
  readonly description: string | null
  readonly permissions: Permissions
  readonly attributes: Attributes
  readonly createdAt: EpochMs
  readonly createdBy: string
  readonly updatedAt: EpochMs
  /** Counts changes; the ETag. */
  readonly version: number
}
