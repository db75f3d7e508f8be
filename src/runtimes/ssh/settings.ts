import type { Readiness } from '../../domain/health-check.ts'
import type { JsonObject } from '../../domain/ids.ts'
import type { LifecycleHooks } from '../../domain/revision.ts'
import type { ArgumentForm } from '../command-line.ts'

/** How to log in. At least one of the two is there. */
export interface Login {
  readonly password: string | null
  readonly privateKey: string | null
  readonly passphrase: string | null
}

/** A host to connect to. */
export interface HostSettings extends Login {
  readonly address: string
  readonly port: number
  readonly user: string
  /** As in a known_hosts file, or a fingerprint; null: the first key that the host shows is pinned. */
  readonly hostKey: string | null
}

/** What a revision's `settings` hold: every property with its default filled in. */
export interface Settings {
  readonly hosts: readonly (HostSettings & { readonly zone: string | null })[]
  /** How to log in on hosts that are not on the list, and where nodes name their own. */
  readonly login: Omit<HostSettings, 'address' | 'hostKey'>
  readonly jumpHost: HostSettings | null
  /** Whether a host's first key is taken for the right one. */
  readonly acceptNewHostKeys: boolean
  readonly sudo: boolean
  /** Where everything of ours is on a host; relative to the user's home. */
  readonly folder: string
  readonly service: 'auto' | 'systemd' | 'supervised'
  readonly keepReleases: number
  readonly driftSeconds: number
  readonly command: readonly string[] | null
  readonly environment: Readonly<Record<string, string>>
  readonly servicePort: number | null
  readonly argumentForm: ArgumentForm
  readonly stopGraceSeconds: number
  readonly hooks: LifecycleHooks
  readonly preStopFailure: 'keep' | 'stop'
  /** What is waited for between preStop and SIGTERM; absent: nothing. */
  readonly drain?: Readiness
}

/** Reads back what `resolveSettings` made. */
export function readSettings(settings: JsonObject): Settings {
  return settings as unknown as Settings
}
