import { SETTING_ENTRIES } from './entries.ts'

/** Values from the command line by setting name: `{ 'engine.leaseSeconds': '10' }`. */
export type Flags = Readonly<Record<string, string | boolean | readonly string[] | undefined>>

/**
 * Turns options as a command-line parser names them into flags: what `--engine-lease-seconds` gave is under
 * `engineLeaseSeconds`. Options that are no settings are left out.
 */
export function toFlags(options: Readonly<Record<string, unknown>>): Flags {
  const values = SETTING_ENTRIES.map(({ name, flag }) => [name, options[toOptionName(flag)]] as const)
  return Object.fromEntries(values.filter(([, value]) => value !== undefined)) as Flags
}

function toOptionName(flag: string): string {
  return flag.slice('--'.length).replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
