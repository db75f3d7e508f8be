import { createRequire } from 'node:module'

type Ssh2 = typeof import('ssh2')

let loaded: Ssh2 | undefined

/** The SSH client, loaded when it is first used: who has no hosts does not pay for it. */
export function loadSsh2(): Ssh2 {
  loaded ??= createRequire(import.meta.url)('ssh2') as Ssh2
  return loaded
}
