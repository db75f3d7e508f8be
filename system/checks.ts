import assert from 'node:assert/strict'
import type { Client, Drover } from './drover.ts'
import type { Ledger } from './ledger.ts'
import { findNodeProcesses, findPrograms, type NodeProcess } from './processes.ts'
import type { Random } from './random.ts'
import { waitFor } from './wait-for.ts'
import { listClusters, listNodes, listOpenUpdates } from './workload.ts'

/** Lets everything come to its end. An update that waits for a person is told to stay where it is. */
export async function settle(client: Client, ledger: Ledger): Promise<void> {
  let open: readonly string[] = []
  await waitFor('every accepted request comes to an end', 90_000, async () => {
    for (const { id, status } of await listOpenUpdates(client)) {
      if (status !== 'Paused') continue
      await client.ask('POST', `/updates/${id}/cancel`, { body: { mode: 'stop-here' } })
    }
    open = await ledger.listOpen()
    const busy = await client.get<{ items: unknown[] }>('/actions?status=READY&status=WAITING&status=RUNNING')
    return open.length === 0 && busy.items.length === 0
  }).catch((error) => {
    throw new Error(`${error.message}; open: ${open.join('\n')}`)
  })
}

/** The processes are those that Drover says, and no others. */
export async function checkProcesses(client: Client, dataFolder: string): Promise<void> {
  let differences: string[] = []
  await waitFor('what runs is what Drover says', 15_000, async () => {
    differences = await compareProcesses(client, dataFolder)
    return differences.length === 0
  }).catch((error) => {
    throw new Error(`${error.message}:\n${differences.join('\n')}`)
  })
}

async function compareProcesses(client: Client, dataFolder: string): Promise<string[]> {
  const clusters = await listClusters(client)
  const nodes = (await Promise.all(clusters.map(({ name }) => listNodes(client, name)))).flat()
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const programs = findPrograms(dataFolder)
  const orphans = programs
    .filter(({ nodeId, pid }) => byId.get(nodeId)?.physicalId !== String(pid))
    .map(({ nodeId, pid }) => `pid ${pid} of node ${nodeId} (${byId.get(nodeId)?.status ?? 'no such node'})`)
  const running = new Set(programs.map(({ pid }) => String(pid)))
  const missing = nodes
    .filter(({ status, physicalId }) => status === 'Running' && !running.has(physicalId ?? ''))
    .map(({ name, id, physicalId }) => `node ${name} (${id}) is Running as ${physicalId}, which is not there`)
  return [...orphans, ...missing]
}

/** Without Drover, each node's process goes on answering, unless it had been told to end. */
export async function checkServing(dataFolder: string): Promise<void> {
  const silent = new Set<string>()
  await waitFor('every living node answers without Drover', 10_000, async () => {
    silent.clear()
    for (const { nodeId, pid, port } of findPrograms(dataFolder)) {
      const response = await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(2000) })
        .then(async (found) => ({ ok: found.ok, text: await found.text() }))
        .catch(() => null)
      if (response?.ok !== true) silent.add(`${nodeId} (pid ${pid})`)
    }
    return silent.size === 0
  }).catch((error) => {
    throw new Error(`${error.message}; silent: ${[...silent].join(', ')}`)
  })
}

/** With the last cluster, the last process goes, whatever it was for. */
export async function deleteEverything(drover: Drover): Promise<void> {
  for (const { name } of await listClusters(drover)) {
    const { exitCode, stderr } = await drover.run(['cluster', 'delete', name, '--yes', '--wait'])
    assert.equal(exitCode, 0, stderr)
  }
  // A launcher that came too late finds that it is not wanted any more, and ends by itself.
  let left: readonly NodeProcess[] = []
  await waitFor('no process of a node is left', 10_000, () => {
    left = findNodeProcesses(drover.dataFolder)
    return left.length === 0
  }).catch((error) => {
    throw new Error(`${error.message}; left: ${JSON.stringify(left)}`)
  })
  assert.deepEqual(await listClusters(drover), [], 'a cluster is there after all were deleted')
}

/** Ends one node's process, whichever. */
export function killNode(dataFolder: string, ledger: Ledger, random: Random): void {
  const victim = random.pick(findPrograms(dataFolder))
  if (victim === undefined) return
  ledger.note(`kill -9 ${victim.pid} of node ${victim.nodeId}`)
  try {
    process.kill(victim.pid, 'SIGKILL')
  } catch {
    // It ended by itself.
  }
}
