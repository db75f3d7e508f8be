import type { NodeId } from '../domain/ids.ts'
import { isAvailable } from '../domain/node.ts'
import { isEnded } from '../domain/update.ts'
import { type ExplainFacts, explainUpdate } from '../planner/explain-update.ts'
import { type NodeRef, supportsLogs } from '../runtimes/runtime.ts'
import { loadOpenActions } from '../store/actions.ts'
import { getCluster } from '../store/clusters.ts'
import { findLiveEngine } from '../store/leases.ts'
import { findNodes, listNodes } from '../store/nodes.ts'
import type { Tx } from '../store/store.ts'
import { listOpenUpdates } from '../store/updates.ts'
import type { Caller, ControlDeps } from './control.ts'
import { requireRevision, requireUpdate } from './find.ts'
import { look } from './perform.ts'
import type { UpdateExplanation } from './views.ts'

/** Nodes that an explanation names. */
const MAX_NODES = 20
const LOG_LINES = 10
const LOG_LIMIT_MS = 2000

/** Says in words what an update waits for, with the last that the node it waits for longest has printed. */
export async function explain(deps: ControlDeps, caller: Caller, id: string): Promise<UpdateExplanation> {
  const found = await look(deps, caller, 'updates.explain', async (tx, project) => {
    const update = await requireUpdate(tx, project.id, id)
    const facts = await gather(tx, update, deps)
    const longest = facts.steps[0]?.node.id ?? facts.unwell[0]?.id
    return { facts, speaker: longest && (await findSpeaker(tx, update, longest, project.name)) }
  })
  const { facts, speaker } = found
  const lines = speaker ? await readTail(deps, speaker) : []
  const log = speaker && lines.length > 0 ? { node: speaker.node.name, lines } : null
  return { update: facts.update, ...explainUpdate(facts), log }
}

type Update = ExplainFacts['update']

async function gather(tx: Tx, update: Update, { clock }: ControlDeps): Promise<ExplainFacts> {
  const now = clock.now()
  const hasEngine = (await findLiveEngine(tx, now)) !== undefined
  const nothing = { now, update, steps: [], unwell: [], before: [], hasEngine }
  if (isEnded(update.status)) return nothing
  const { projectId, clusterId, poolId } = update
  const filter = { projectId, poolId, health: ['Unhealthy', 'NotReady', 'Unknown'] }
  const { items } = await listNodes(tx, filter, { limit: MAX_NODES, sort: 'index' })
  const open = (await loadOpenActions(tx, clusterId))
    .filter((action) => action.nodeId !== null && action.poolId === poolId)
    .slice(0, MAX_NODES)
  const ids = open.map((action) => action.nodeId as NodeId)
  const nodes = new Map((await findNodes(tx, update, ids)).map((node) => [node.id, node]))
  return {
    ...nothing,
    steps: open.flatMap((action) => {
      const node = nodes.get(action.nodeId as NodeId)
      return node ? [{ node, action }] : []
    }),
    unwell: items.filter((node) => !isAvailable(node) && node.actionId === null),
    before: (await listOpenUpdates(tx, poolId)).filter(
      (other) => other.id !== update.id && (other.status !== 'Queued' || other.id < update.id),
    ),
  }
}

interface Speaker {
  readonly node: NodeRef
  readonly type: string
}

async function findSpeaker(
  tx: Tx,
  update: Update,
  nodeId: NodeId,
  projectName: string,
): Promise<Speaker | undefined> {
  const [node] = await findNodes(tx, update, [nodeId])
  const cluster = await getCluster(tx, update.clusterId)
  if (!node?.revisionId || !cluster) return undefined
  const { spec } = await requireRevision(tx, node.revisionId)
  const { id, name, index } = node
  return { node: { id, name, index, clusterName: cluster.name, projectName }, type: spec.profile.type }
}

/** What a node cannot tell now is left out: an explanation does not fail for it. */
async function readTail({ runtimes }: ControlDeps, { node, type }: Speaker): Promise<string[]> {
  const runtime = runtimes[type]
  if (!runtime || !supportsLogs(runtime)) return []
  const signal = AbortSignal.timeout(LOG_LIMIT_MS)
  const parts: Uint8Array[] = []
  try {
    for await (const chunk of runtime.logs(node, { tailLines: LOG_LINES, follow: false, signal })) {
      parts.push(chunk)
    }
  } catch {
    return []
  }
  const lines = Buffer.concat(parts).toString('utf8').split('\n')
  return lines.filter((line) => line.trim() !== '').slice(-LOG_LINES)
}
