import { execFile } from 'node:child_process'
import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { RuntimeFailedError } from '../../domain/errors.ts'
import type { Owner } from './hook-scripts.ts'

const execute = promisify(execFile)

/**
 * Sees to it that a program can be started, before anything is stopped for its sake.
 * @param search the node's PATH
 * @throws RuntimeFailedError naming the program and the way out
 */
export function assertProgramExists(program: string, search: string, cwd: string): void {
  if (program.includes('/')) {
    if (isExecutable(resolve(cwd, program))) return
    throw new RuntimeFailedError(`program "${program}" is not an executable file (looked in ${cwd})`)
  }
  if (search.split(delimiter).some((folder) => isExecutable(join(resolve(cwd, folder), program)))) return
  throw new RuntimeFailedError(
    `program "${program}" is not on the node's PATH (${search}); install it on this host, add its folder to ` +
      "the PATH in the profile's environment, or set the profile's command",
  )
}

export interface User {
  readonly uid: number
  readonly gid: number
  /** Put before a command to run it as this user. */
  readonly prefix: readonly string[]
}

/**
 * How to become another user. The launcher itself stays who Drover is, so that the node's user can write no
 * pid file; the switch is the last thing before the program.
 * @throws RuntimeFailedError if there is no such user or Drover may not switch
 */
export async function resolveUser(name: string): Promise<User> {
  const [uid, gid] = await Promise.all([idOf(name, '-u'), idOf(name, '-g')])
  const own = process.getuid?.()
  if (own === uid) return { uid, gid, prefix: [] }
  if (own !== 0) {
    throw new RuntimeFailedError(
      `cannot run a node as user "${name}": Drover runs as uid ${own}, not as root`,
    )
  }
  const setpriv = ['/usr/bin/setpriv', '/bin/setpriv', '/usr/local/bin/setpriv'].find(isExecutable)
  if (setpriv === undefined) {
    throw new RuntimeFailedError(
      `running a node as user "${name}" needs setpriv (package util-linux) on this host`,
    )
  }
  return { uid, gid, prefix: [setpriv, `--reuid=${uid}`, `--regid=${gid}`, '--init-groups', '--'] }
}

/** Who files of a node belong to that its user has to read; null when that is Drover's own. */
export function ownerOf(user: User | null): Owner | null {
  return user !== null && user.prefix.length > 0 ? { uid: user.uid, gid: user.gid } : null
}

async function idOf(user: string, option: '-u' | '-g'): Promise<number> {
  try {
    const { stdout } = await execute('id', [option, user])
    return Number(stdout.trim())
  } catch (error) {
    throw new RuntimeFailedError(`user "${user}" does not exist on this host`, { cause: error })
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
