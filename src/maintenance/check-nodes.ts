import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { NodeId } from '../domain/ids.ts'
import { isAlive } from '../runtimes/process/groups.ts'
import { createProcessTable } from '../runtimes/process/process-table.ts'
import { launchesIn, readPidRecord } from '../runtimes/process/run-state.ts'
import { foldersOf } from '../runtimes/process/translate.ts'
import type { Store } from '../store/store.ts'
import type { MaintenanceDeps } from './maintenance.ts'
import type { Finding } from './report.ts'

const NODE_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/
const AT_ONCE = 500

/** The nodes that have files on this host. */
export function listNodeFolders({ config }: MaintenanceDeps): NodeId[] {
  try {
    return readdirSync(join(config.data, 'nodes')).filter((name): name is NodeId => NODE_ID.test(name))
  } catch {
    // No node has ever been here, or whoever asks may not look.
    return []
  }
}

/**
 * Finds files of nodes that the database does not know: left over by nodes that were made after a backup that was
 * restored. What still runs there, Drover will never stop.
 * @param folders which ones there were before the database was read
 */
export async function checkNodeFolders(
  { config }: MaintenanceDeps,
  store: Store,
  folders: readonly NodeId[],
): Promise<Finding[]> {
  const unknown: NodeId[] = []
  for (let start = 0; start < folders.length; start += AT_ONCE) {
    const some = folders.slice(start, start + AT_ONCE)
    const known = await store.read((tx) =>
      tx.selectFrom('nodes').select('id').where('id', 'in', some).execute(),
    )
    const ids = new Set<string>(known.map(({ id }) => id))
    unknown.push(...some.filter((id) => !ids.has(id)))
  }
  const table = createProcessTable()
  return unknown.flatMap((id): Finding[] => {
    const { node, run } = foldersOf(join(config.data, 'nodes'), id)
    // Deleted meanwhile by a server that runs.
    if (!existsSync(node)) return []
    const live = launchesIn(run)
      .map((launch) => readPidRecord(run, launch))
      .find((record) => record !== null && isAlive(table, record))
    if (live) {
      return [
        {
          severity: 'problem',
          what: `node ${id} runs as pid ${live.pid}, and the database does not know it`,
          remedy: `end it ("kill -- -${live.pid}" ends all of its processes), then remove ${node}`,
        },
      ]
    }
    const remedy = `nothing of it runs on this host: look whether its logs are still needed, then remove ${node}`
    return [{ severity: 'note', what: `the database does not know node ${id}, which has files here`, remedy }]
  })
}
