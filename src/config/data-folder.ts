import { join } from 'node:path'
import type { Environment } from './environment.ts'

interface Host {
  readonly isRoot: boolean
  readonly home: string
}

/** Where Drover keeps its data unless told: the system's place as root, else the user's own (XDG). */
export function defaultDataFolder(env: Environment, host: Host): string {
  if (host.isRoot) return '/var/lib/drover'
  // The XDG specification: a relative path there is invalid and counts as unset.
  const xdg = env['XDG_DATA_HOME']
  return join(xdg?.startsWith('/') ? xdg : join(host.home, '.local/share'), 'drover')
}
