import { readdirSync, readFileSync } from 'node:fs'

/** A living process that Drover started for a node, found without asking Drover. */
export interface NodeProcess {
  readonly pid: number
  readonly nodeId: string
  /** In ticks since boot: with the pid, it names a process for good. */
  readonly startTime: string
  readonly port: number | null
  /** Words of its command line. */
  readonly command: readonly string[]
  /** Whether it is what a node runs, and not a hook, a check, or the launcher on its way there. */
  readonly isProgram: boolean
}

/** All processes whose environment says that they belong to a node in this data folder. */
export function findNodeProcesses(dataFolder: string): NodeProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcess(Number(name), dataFolder) ?? [])
}

/** Those of them that are what nodes run. */
export function findPrograms(dataFolder: string): NodeProcess[] {
  return findNodeProcesses(dataFolder).filter(({ isProgram }) => isProgram)
}

/** Whether that very process still lives: its threads too, as those of a dying process may still serve. */
export function isAlive({ pid, startTime }: Pick<NodeProcess, 'pid' | 'startTime'>): boolean {
  const stat = readStat(pid)
  return stat !== null && stat.startTime === startTime && stat.state !== 'Z' && stat.state !== 'X'
}

function readProcess(pid: number, dataFolder: string): NodeProcess | null {
  const environment = read(`/proc/${pid}/environ`)
  if (environment === null || !environment.includes(`\0DROVER_WORK_DIR=${dataFolder}/`)) return null
  const nodeId = /(?:^|\0)DROVER_NODE_ID=([^\0]+)/.exec(environment)?.[1]
  const stat = readStat(pid)
  if (nodeId === undefined || stat === null) return null
  const port = /(?:^|\0)PORT=(\d+)/.exec(environment)?.[1]
  const command = (read(`/proc/${pid}/cmdline`) ?? '').split('\0')
  return {
    pid,
    nodeId,
    startTime: stat.startTime,
    port: port === undefined ? null : Number(port),
    command,
    isProgram: stat.session === pid && command.includes('server.mjs') && !command.includes('drover-launch'),
  }
}

function readStat(pid: number): { state: string; session: number; startTime: string } | null {
  const stat = read(`/proc/${pid}/stat`)
  if (stat === null) return null
  // The name before this may contain anything, blanks and brackets too.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return { state: fields[0] ?? '', session: Number(fields[3]), startTime: fields[19] ?? '' }
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // Another user's, or gone.
    return null
  }
}
