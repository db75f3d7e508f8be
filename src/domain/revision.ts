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
  readonly login?: Login
}

/** How one gets into a node that is a machine. Exactly one of password, key pair and key; a runtime without machines keeps it unused. */
export interface Login {
  readonly userName: string
  /** Secret. Clear, or salted and hashed as crypt(5) writes it. */
  readonly password?: string
  /** Name of a key pair that whoever made the machine put into it. */
  readonly keyPair?: string
  /** Secret. PEM. */
  readonly privateKey?: string
}

/** What of a {@link Login} nobody is shown. */
export const LOGIN_SECRETS = ['password', 'privateKey'] as const satisfies readonly (keyof Login)[]

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

/** Run in the node's code folder with the node's environment. */
export type Hook = (CommandHook | ScriptHook) & {
  /** Default 60. When it is over, the hook is killed and has failed. */
  readonly timeoutSeconds?: number
}

export interface CommandHook {
  /** Program and arguments. */
  readonly command: readonly string[]
  readonly script?: undefined
}

export interface ScriptHook {
  /** Text of a script, run by the program of its `#!` line, else by /bin/sh. No process list shows it. */
  readonly script: string
  readonly command?: undefined
}
