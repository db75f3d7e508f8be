import type { Flags } from '../config/flags.ts'

/** What `drover serve` was told. */
export interface ServeOptions {
  /** The settings that were given as flags, by setting name; `loadConfig` settles the others. */
  readonly flags: Flags
  readonly configPath: string | undefined
  /** The profile type `scripted`, whose nodes only pretend, is there, too. */
  readonly simulate: boolean
  readonly resetAdminKey: boolean
}
