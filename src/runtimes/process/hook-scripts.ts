import { chownSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { interpreterOf } from '../command-line.ts'

/** Who a file belongs to. */
export interface Owner {
  readonly uid: number
  readonly gid: number
}

/**
 * Puts a hook's script into a file of its own that only who runs it can read, in the place of the one before.
 * @returns program and arguments that run it
 */
export function writeScript(
  folder: string,
  name: string,
  script: string,
  owner: Owner | null,
): readonly string[] {
  // Others may pass, so that the node's user reaches its own file, but not look.
  mkdirSync(folder, { recursive: true, mode: 0o711 })
  const file = join(folder, name)
  rmSync(file, { force: true })
  writeFileSync(file, script, { mode: 0o600, flag: 'wx' })
  if (owner) chownSync(file, owner.uid, owner.gid)
  return [...interpreterOf(script), file]
}

/** Nobody needs it once the hook is over, and it may hold secrets. */
export function removeScript(folder: string, name: string): void {
  rmSync(join(folder, name), { force: true })
}
