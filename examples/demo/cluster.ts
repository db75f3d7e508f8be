import { setTimeout as sleep } from 'node:timers/promises'
import type { Drover } from './drover-process.ts'
import type { Endpoint } from './prober.ts'

/** The name of the example's cluster. */
export const CLUSTER = 'web'

/** Of a node, what the REST API tells and the example looks at. */
export interface NodeResource {
  readonly id: string
  readonly available: boolean
  /** Number of the revision that it runs. */
  readonly revision: number | null
  /** The pid. */
  readonly physicalId: string | null
  readonly endpoint: Endpoint | null
}

/** Of an update, what the REST API tells and the example looks at. */
export interface UpdateResource {
  readonly id: string
  readonly status: string
  readonly because: string
  readonly progress: { readonly updated: number; readonly selected: number }
  readonly endedAt: string | null
}

/** All nodes of the cluster. */
export async function readNodes(drover: Drover): Promise<readonly NodeResource[]> {
  const page = await drover.get<{ items: NodeResource[] }>(`/clusters/${CLUSTER}/nodes?limit=100`)
  return page.items
}

/** Where the nodes serve. They keep their ports when they are restarted. */
export async function readEndpoints(drover: Drover): Promise<readonly Endpoint[]> {
  return (await readNodes(drover)).flatMap(({ endpoint }) => endpoint ?? [])
}

/** The update that was begun last. */
export async function readNewestUpdate(drover: Drover): Promise<UpdateResource> {
  const page = await drover.get<{ items: UpdateResource[] }>('/updates?limit=1&sort=-createdAt')
  return page.items[0]!
}

/**
 * Waits until the newest update has moved so many nodes.
 * @throws Error if it ends before that, or does not get there within 30 seconds
 */
export async function waitForProgress(drover: Drover, updated: number): Promise<UpdateResource> {
  const deadline = Date.now() + 30_000
  for (;;) {
    const update = await readNewestUpdate(drover)
    if (update.progress.updated >= updated && update.endedAt === null) return update
    if (update.endedAt !== null || Date.now() > deadline) {
      throw new Error(`update ${update.id} is ${update.status} with ${update.progress.updated} nodes moved, \
${updated} were awaited: ${update.because}`)
    }
    await sleep(25)
  }
}
