import { readdirSync, readFileSync } from 'node:fs'
import { readResident } from './memory.ts'

/** What a process has used since it began, and what it holds now. */
export interface Usage {
  readonly at: number
  readonly cpuSeconds: number
  /** How often one of its threads went to sleep, and so was woken up again. */
  readonly wakeUps: number
  readonly residentBytes: number
}

/** Of USER_HZ, which is 100 on every Linux. */
const TICKS_PER_SECOND = 100

/** Reads from /proc what a process has used, its threads together. */
export function readUsage(pid: number): Usage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // After the name, which is in brackets and may contain anything: fields 14 and 15 are user and system time.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const ticks = Number(fields[11]) + Number(fields[12])
  let wakeUps = 0
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const status = readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8')
    wakeUps += Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(status)?.[1])
  }
  const { now: residentBytes } = readResident(pid)
  return { at: performance.now(), cpuSeconds: ticks / TICKS_PER_SECOND, wakeUps, residentBytes }
}
