import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/**
 * What the operating system knows about processes. Everything here is read afresh and synchronously: an
 * answer that is a moment old is how the wrong process gets signalled.
 */
export interface ProcessTable {
  /** Changes with every boot of the host, after which pids and start times mean something else. */
  readonly bootId: string
  /** When the process started, in the system's own words; null if there is none or it is a zombie. */
  startOf(pid: number): string | null
  /** The living processes whose session or group this is. */
  membersOf(session: number): Member[]
  /** Whether the process was started with this line in its environment; null if nobody can tell. */
  hasEnvironment(pid: number, line: string): boolean | null
  /** The command line of a process as it is now; null if nobody can tell. */
  commandOf(pid: number): readonly string[] | null
}

export interface Member {
  readonly pid: number
  readonly group: number
}

/** `/proc` where there is one (Linux), else `ps` (macOS, BSD). */
export function createProcessTable(): ProcessTable {
  return readText('/proc/self/stat') === null ? psTable() : procTable()
}

function procTable(): ProcessTable {
  /** Of sessions that were searched for while the host had created that many processes. */
  let created = 0
  const found = new Map<number, readonly number[]>()
  /** Where a member of the session can be. A search costs some milliseconds, and a stop needs a second one when all is over. */
  const candidates = (session: number): Iterable<number> => {
    const now = countCreated()
    // Nobody comes into a session but by being created, nor does a number mean another process before.
    const known = now > 0 && now === created ? found.get(session) : undefined
    if (now !== created) found.clear()
    created = now
    return known ?? listPids()
  }
  return {
    bootId: readText('/proc/sys/kernel/random/boot_id')?.trim() ?? 'unknown',
    startOf(pid) {
      const stat = readStat(pid)
      return stat === null || isDead(stat) ? null : stat.start
    },
    membersOf(session) {
      const members: Member[] = []
      for (const pid of candidates(session)) {
        const stat = readStat(pid)
        if (stat === null || isDead(stat)) continue
        if (stat.session === session || stat.group === session) members.push({ pid, group: stat.group })
      }
      found.set(
        session,
        members.map(({ pid }) => pid),
      )
      return members
    },
    hasEnvironment(pid, line) {
      const environment = readText(`/proc/${pid}/environ`)
      return environment === null ? null : environment.split('\0').includes(line)
    },
    commandOf(pid) {
      const line = readText(`/proc/${pid}/cmdline`)
      return line === null || line === '' ? null : line.replace(/\0$/, '').split('\0')
    },
  }
}

function listPids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
}

/**
 * How many processes and threads the kernel has created since it started; 0 where it does not say (some sandboxes).
 * @see proc_stat(5)
 */
function countCreated(): number {
  return Number(/^processes (\d+)$/m.exec(readText('/proc/stat') ?? '')?.[1] ?? 0)
}

interface Stat {
  readonly state: string
  readonly group: number
  readonly session: number
  readonly threads: number
  readonly start: string
}

function readStat(pid: number): Stat | null {
  const text = readText(`/proc/${pid}/stat`)
  return text === null ? null : parseStat(text)
}

/**
 * Reads a line of `/proc/<pid>/stat`. The second field is the program's name in brackets and may itself hold
 * blanks and brackets, so counting begins after the last closing one.
 * @see proc_pid_stat(5)
 */
export function parseStat(text: string): Stat | null {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const [state, , group, session] = fields
  const [threads, , start] = fields.slice(17)
  if (state === undefined || group === undefined || session === undefined || start === undefined) return null
  return { state, group: Number(group), session: Number(session), threads: Number(threads), start }
}

/**
 * A process whose first thread has ended looks like a zombie while its other threads still end, and until they
 * have, its ports are not free.
 */
export function isDead({ state, threads }: Pick<Stat, 'state' | 'threads'>): boolean {
  return state === 'X' || state === 'x' || (state === 'Z' && threads <= 1)
}

function psTable(): ProcessTable {
  return {
    bootId: run('sysctl', ['-n', 'kern.boottime'])?.trim() ?? 'unknown',
    startOf(pid) {
      const state = run('ps', ['-o', 'state=', '-p', String(pid)])?.trim()
      if (state === undefined || state === '' || state.startsWith('Z')) return null
      return run('ps', ['-o', 'lstart=', '-p', String(pid)])?.trim() ?? null
    },
    membersOf(session) {
      const lines = run('ps', ['-axo', 'pid=,pgid=,state='])?.split('\n') ?? []
      return lines
        .map((line) => line.trim().split(/\s+/))
        .filter(([, group, state]) => Number(group) === session && !state?.startsWith('Z'))
        .map(([pid, group]) => ({ pid: Number(pid), group: Number(group) }))
    },
    hasEnvironment: () => null,
    commandOf: () => null,
  }
}

function run(program: string, args: readonly string[]): string | null {
  try {
    // `lstart` is printed in the caller's language and time zone; the launcher asks for the same ones.
    const env = { PATH: '/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C', TZ: 'UTC' }
    return execFileSync(program, args, { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'ignore'] })
  } catch {
    return null
  }
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
