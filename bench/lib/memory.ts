import { readFileSync } from 'node:fs'

/** Of a process, in bytes: what it holds now, and the most it ever held. */
export interface Resident {
  readonly now: number
  readonly peak: number
}

/** Reads from /proc what memory a process takes. */
export function readResident(pid: number | 'self' = 'self'): Resident {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const bytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024
  return { now: bytes('VmRSS'), peak: bytes('VmHWM') }
}

/** The most that was seen of each kind, in bytes, and what the process held when it began. */
export interface MemoryPeaks {
  readonly rssAtBegin: number
  readonly rss: number
  readonly heapUsed: number
  readonly heapTotal: number
  readonly external: number
}

/** Looks at this process's memory every 50 ms, until asked for what it saw. */
export function watchMemory(): () => MemoryPeaks {
  const first = process.memoryUsage()
  const peaks = { heapUsed: 0, heapTotal: 0, external: 0 }
  const look = () => {
    const { heapUsed, heapTotal, external } = process.memoryUsage()
    peaks.heapUsed = Math.max(peaks.heapUsed, heapUsed)
    peaks.heapTotal = Math.max(peaks.heapTotal, heapTotal)
    peaks.external = Math.max(peaks.external, external)
  }
  const timer = setInterval(look, 50)
  return () => {
    clearInterval(timer)
    look()
    return { rssAtBegin: first.rss, rss: readResident().peak, ...peaks }
  }
}
