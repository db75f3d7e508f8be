import type { Flags } from '../config/flags.ts'
import type { Maintenance } from '../maintenance/report.ts'

/** Which data folder and database `drover db` is to work on. */
export interface MaintenanceOptions {
  /** The settings that were given as flags, by setting name; `loadConfig` settles the others. */
  readonly flags: Flags
  readonly configPath: string | undefined
}

/** @throws InvalidSpecError when the settings are wrong */
export type OpenMaintenance = (
  options: MaintenanceOptions & { readonly signal: AbortSignal },
) => Promise<Maintenance>
