import type { Readiness } from '../../domain/health-check.ts'
import type { JsonObject } from '../../domain/ids.ts'
import type { LifecycleHooks } from '../../domain/revision.ts'
import type { ArgumentForm } from '../command-line.ts'
import type { PortRange } from './ports.ts'

/** What a revision's `settings` hold: every property with its default filled in. */
export interface Settings {
  readonly command: readonly string[] | null
  readonly environment: Readonly<Record<string, string>>
  readonly passEnvironment: readonly string[]
  /** `host`: from the host's range. */
  readonly port: 'host' | PortRange | null
  readonly argumentForm: ArgumentForm
  readonly stopGraceSeconds: number
  readonly hooks: LifecycleHooks
  readonly preStopFailure: 'keep' | 'stop'
  /** What is waited for between preStop and SIGTERM; absent: nothing. */
  readonly drain?: Readiness
  readonly user: string | null
  readonly limits: { readonly memoryBytes: number | null; readonly openFiles: number | null }
}

/** Reads back what `resolveSettings` made. */
export function readSettings(settings: JsonObject): Settings {
  return settings as unknown as Settings
}
