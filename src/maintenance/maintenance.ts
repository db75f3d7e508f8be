import { loadConfig } from '../config/config.ts'
import type { Host } from '../config/environment.ts'
import type { Flags } from '../config/flags.ts'
import type { Config } from '../config/settings.ts'
import { type Log, silentLog } from '../system/log.ts'
import { backUp } from './backup.ts'
import { checkAll } from './check.ts'
import { moveDatabase } from './move.ts'
import type { Maintenance } from './report.ts'
import { restoreBackup } from './restore.ts'
import { rotateSecrets } from './rotate-secrets.ts'

export interface MaintenanceDeps {
  readonly config: Config
  /** The configuration with another database in place of its own. @throws InvalidSpecError */
  withDatabase(database: string, passwordFile: string | undefined): Config
  /** This program's. */
  readonly version: string
  readonly log: Log
  /** Ends what is under way; nothing half-made is left behind. */
  readonly signal: AbortSignal
}

/** Which data folder and database: flags by setting name, and the settings file. */
interface PlaceOptions {
  readonly flags: Flags
  readonly configPath: string | undefined
  readonly signal: AbortSignal
}

/**
 * Makes {@link Maintenance} for the data folder and the database that a server with this configuration would use.
 * @throws InvalidSpecError when the configuration is wrong
 */
export async function openMaintenance(
  { flags, configPath, signal }: PlaceOptions,
  { host, version }: { readonly host: Host; readonly version: string },
): Promise<Maintenance> {
  const load = (changes: Flags) => loadConfig({ flags: { ...flags, ...changes }, configPath }, host)
  const deps: MaintenanceDeps = {
    config: load({}),
    withDatabase: (database, file) => load({ database, ...(file && { databasePasswordFile: file }) }),
    version,
    log: silentLog,
    signal,
  }
  return {
    check: () => checkAll(deps),
    backup: (options) => backUp(deps, options),
    restore: (options) => restoreBackup(deps, options),
    rotateSecrets: () => rotateSecrets(deps),
    move: (options) => moveDatabase(deps, options),
  }
}
