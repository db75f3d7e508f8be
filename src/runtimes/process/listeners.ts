import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** State of a socket that listens, in `/proc/net/tcp`. */
const LISTENING = '0A'

/**
 * The sockets that listen on a port of this host, by their inodes. Empty where there is no `/proc`.
 * @see proc_pid_net(5)
 */
export function listenersOn(port: number): ReadonlySet<string> {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const inodes = new Set<string>()
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of readText(table).split('\n').slice(1)) {
      const [, local, , state, , , , , , inode] = line.trim().split(/\s+/)
      if (state === LISTENING && local?.endsWith(wanted) && inode) inodes.add(inode)
    }
  }
  return inodes
}

/** Whether the process has one of these sockets open; null if nobody may tell. */
export function holdsSocket(pid: number, inodes: ReadonlySet<string>): boolean | null {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((file) => {
      const inode = /^socket:\[(\d+)\]$/.exec(readLink(`/proc/${pid}/fd/${file}`))?.[1]
      return inode !== undefined && inodes.has(inode)
    })
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? false : null
  }
}

/** The first process that has one of these sockets open; null if none is seen to. */
export function holderOf(inodes: ReadonlySet<string>): number | null {
  for (const name of readdirSync('/proc'))
    if (/^\d+$/.test(name) && holdsSocket(Number(name), inodes) === true) return Number(name)
  return null
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** Files are closed while one looks. */
function readLink(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}
