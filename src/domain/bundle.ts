import type { HealthCheck, Readiness } from './health-check.ts'
import type { BundleId, EpochMs, JsonObject, ProjectId, Sha256 } from './ids.ts'
import type { LifecycleHooks } from './revision.ts'

/** An immutable zip of code. Rows with the same digest share one stored file. */
export interface Bundle {
  readonly id: BundleId
  readonly projectId: ProjectId
  /** The published project's name; with `version` it is unique in a project. Refer to one as `name@version`. */
  readonly name: string
  readonly version: string
  readonly digest: Sha256
  readonly sizeBytes: number
  readonly entryCount: number
  /** Sum of all entries when unpacked. */
  readonly unpackedBytes: number
  readonly manifest: Manifest | null
  /** Where it came from: `{ kind: 'upload' | 'file' | 's3' | 'bucket', … }`. */
  readonly source: JsonObject
  readonly description: string | null
  readonly createdAt: EpochMs
  readonly createdBy: string
}

/**
 * What a bundle says about itself in its `drover.yaml`. Everything is optional; a profile's own setting
 * overrides it. The schema is published as docs/drover.schema.json.
 */
export interface Manifest {
  readonly name?: string
  readonly version?: string
  /** Program and arguments, run in the bundle's folder. Instead of `initializationScript`. */
  readonly command?: readonly string[]
  readonly initializationScript?: string
  readonly environment?: Readonly<Record<string, string>>
  /** True: the node asks for a port from the host's range, handed over as `PORT`. */
  readonly port?: boolean
  readonly healthCheck?: HealthCheck
  readonly readiness?: Readiness
  readonly hooks?: LifecycleHooks
  readonly stopGraceSeconds?: number
}
