import { rmSync } from 'node:fs'
import { writeHeapSnapshot } from 'node:v8'
import { answerParent } from '../lib/child.ts'
import { type MemoryPeaks, watchMemory } from '../lib/memory.ts'
import { openPlane, type Plane } from './plane.ts'
import { writeBare } from './write-bare.ts'

export interface MoveNodes {
  readonly folder: string
  /** PostgreSQL instead of SQLite. */
  readonly url?: string
  readonly nodes: number
  readonly maxUnavailable: number
  /** Updates, one after the other. */
  readonly updates: number
  readonly healthCheckSeconds?: number
  /** Writes a heap snapshot into this file in the middle of the last update. */
  readonly heapSnapshot?: string
}

export interface Moved {
  /** Of each update: from the request to its end on the disk. */
  readonly seconds: readonly number[]
  readonly createSeconds: number
  /** Commits of the engine in the last update. */
  readonly commits: number
  readonly memory: MemoryPeaks
  /** The same rows of the last update by bare SQLite, with as many rows in a commit; null for PostgreSQL. */
  readonly bareSeconds: number | null
  /** CPU seconds of this process in all updates together, and how long those took. */
  readonly cpuSeconds: number
}

const WARM_NODES = 1000
const WARM_UPDATES = 3

answerParent(async (question: MoveNodes): Promise<Moved> => {
  const takePeaks = watchMemory()
  const plane = await openPlane(question)
  // Code that has not run yet is slow; that must not show in a small cluster's time for a node.
  await plane.createNodes('warm', WARM_NODES)
  for (let round = 1; round <= WARM_UPDATES; round++) await move(plane, 'warm', 100, `warm-${round}`)
  const { action } = await plane.control.clusters.delete(plane.caller, 'warm')
  await plane.ended(action.id)

  const { nodes, maxUnavailable, updates, healthCheckSeconds } = question
  const check = healthCheckSeconds && { healthCheck: { type: 'alive', intervalSeconds: healthCheckSeconds } }
  const createdFrom = performance.now()
  await plane.createNodes('web', nodes, { ...check })
  const createSeconds = (performance.now() - createdFrom) / 1000

  const seconds: number[] = []
  let commits = 0
  let moved = 0
  plane.onCommit((changes) => {
    commits += 1
    moved += changes.nodes.size
    if (question.heapSnapshot && seconds.length === updates - 1 && moved > nodes) {
      moved = Number.NEGATIVE_INFINITY
      writeHeapSnapshot(question.heapSnapshot)
    }
  })
  const before = process.cpuUsage()
  while (seconds.length < updates) {
    commits = 0
    moved = 0
    seconds.push(await move(plane, 'web', maxUnavailable, `round-${seconds.length + 1}`))
  }
  const { user, system } = process.cpuUsage(before)
  await plane.close()
  const memory = takePeaks()
  const bareSeconds = question.url ? null : await writeBare(question.folder, maxUnavailable)
  rmSync(question.folder, { recursive: true, force: true })
  return { seconds, createSeconds, commits, memory, bareSeconds, cpuSeconds: (user + system) / 1e6 }
})

/** @returns seconds from the request to the update's end */
async function move(plane: Plane, cluster: string, maxUnavailable: number, version: string): Promise<number> {
  const from = performance.now()
  const { update } = await plane.control.updates.start(plane.caller, cluster, {
    version,
    params: { maxUnavailable },
  })
  const seconds = ((await plane.ended(update.id)) - from) / 1000
  const { progress, status, because } = (await plane.control.updates.get(plane.caller, update.id)).update
  if (status !== 'Successful') throw new Error(`the update is ${status}: ${because}`)
  if (progress.highestUnavailable > maxUnavailable)
    throw new Error(`${progress.highestUnavailable} were away`)
  return seconds
}
