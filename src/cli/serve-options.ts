import type { Flags } from '../config/flags.ts'

/** What `drover serve` was told. */
export interface ServeOptions {
  /** The settings that were given as flags, by setting name; `loadConfig` settles the others. */
  readonly flags: Flags
  readonly configPath: string | undefined
  /** Profile types whose nodes only pretend are of use, too. */
  readonly simulate: boolean
  readonly resetAdminKey: boolean
}
