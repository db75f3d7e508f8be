import type { HealthCheck } from './health-check.ts'
import type { BundleId, EpochMs, JsonObject, PoolId, ProfileId, RevisionId, Sha256 } from './ids.ts'

/** An immutable snapshot of all that a node runs. Numbered per pool from 1, never edited. */
export interface Revision {
  readonly id: RevisionId
  readonly poolId: PoolId
  readonly number: number
  readonly spec: RevisionSpec
  readonly description: string | null
  readonly createdAt: EpochMs
  readonly createdBy: string
}

export interface RevisionSpec {
  readonly profile: {
    readonly id: ProfileId
    readonly name: string
    readonly type: string
    readonly version: string
  }
  readonly code: CodeConfiguration | null
  /** What the runtime made of profile, manifest and template: everything it needs, with all defaults filled in. */
  readonly settings: JsonObject
  readonly healthCheck: HealthCheck
  readonly nodeTemplate: NodeTemplate
  /** The platform version that nodes are told (`DROVER_VERSION`). */
  readonly version: string | null
}

export interface CodeConfiguration {
  readonly bundleId: BundleId
  /** `name@version`, for people. */
  readonly bundle: string
  readonly digest: Sha256
  /** Path inside the bundle, with forward slashes. Null when a command is run instead. */
  readonly initializationScript: string | null
  readonly commandLineArguments: readonly CommandLineArgument[]
}

export interface CommandLineArgument {
  readonly key: string
  readonly value: string
}

/** What is done to a node around its software, beside the software itself. */
export interface NodeTemplate {
  readonly hooks?: LifecycleHooks
}

export interface LifecycleHooks {
  /** Before the new code is put in place; the old one still serves. */
  readonly preInstall?: Hook
  /** After the code is in place and before it starts. */
  readonly postInstall?: Hook
  /** Before a running node is stopped. */
  readonly preStop?: Hook
  /** After the node was started and before its health counts. */
  readonly postStart?: Hook
}

export interface Hook {
  /** Program and arguments, run in the node's code folder with the node's environment. */
  readonly command: readonly string[]
  /** Default 60. When it is over, the hook is killed and has failed. */
  readonly timeoutSeconds?: number
}
