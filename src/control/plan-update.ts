import { isAvailable, type Node } from '../domain/node.ts'
import { resolveMaxUnavailable } from '../planner/limits.ts'
import { planBatches } from '../planner/plan-batches.ts'
import { loadNodes } from '../store/nodes.ts'
import { findUpdateInFlight } from '../store/updates.ts'
import { type Candidate, resolveCandidate, specOf } from './candidate.ts'
import type { Caller, ControlDeps } from './control.ts'
import { hideInRevision } from './hide-secrets.ts'
import type { StartUpdateInput } from './inputs.ts'
import { look } from './perform.ts'
import { checkStrategy } from './start-update.ts'
import type { PlannedNode, PlannedRevision, UpdatePlan } from './views.ts'

/** What `updates.start` would do with this input, as far as it can be foretold. */
export async function planUpdate(
  deps: ControlDeps,
  caller: Caller,
  clusterRef: string,
  input: StartUpdateInput,
): Promise<UpdatePlan> {
  const project = await look(deps, caller, 'updates.plan', async (_tx, found) => found)
  const candidate = await resolveCandidate(deps, project, clusterRef, input)
  const { cluster, pool, committed, target, params, selection } = candidate
  const { nodes, inFlight } = await deps.store.read(async (tx) => {
    await checkStrategy(deps, tx, candidate)
    const all = await loadNodes(tx, cluster.id)
    return {
      nodes: all.filter((node) => node.poolId === pool.id),
      inFlight: await findUpdateInFlight(tx, pool.id),
    }
  })
  const maxUnavailable = resolveMaxUnavailable(params.maxUnavailable, nodes.length)
  const plan = planBatches({
    nodes,
    toRevisionId: target.kind === 'kept' ? target.revision.id : null,
    maxUnavailable,
    strategy: params.strategy,
    order: params.order,
    selection,
  })
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const toPlanned = ({ id, because }: (typeof plan.skipped)[number]): PlannedNode => {
    const node = byId.get(id) as Node
    return { id, name: node.name, index: node.index, because }
  }
  const warnings = warningsOf(candidate, nodes, maxUnavailable)
  if (inFlight) {
    warnings.unshift(
      `update ${inFlight.id} has this pool: until it ended, another one is queued, supersedes it, or is refused`,
    )
  }
  const hide = (revision: PlannedRevision) => hideInRevision(deps.runtimes, revision)
  return {
    pool,
    from: hide({ number: committed.number, spec: committed.spec, isNew: false }),
    to: hide({
      number: target.kind === 'kept' ? target.revision.number : pool.nextRevisionNumber,
      spec: specOf(target),
      isNew: target.kind === 'new',
    }),
    strategy: params.strategy,
    maxUnavailable,
    batches: plan.batches.map((batch) => ({ nodes: batch.map(toPlanned) })),
    skipped: plan.skipped.map(toPlanned),
    warnings,
  }
}

function warningsOf(
  { params, selection, target }: Candidate,
  nodes: readonly Node[],
  maxUnavailable: number,
) {
  const warnings: string[] = []
  const away = nodes.filter((node) => !isAvailable(node)).length
  if (away > 0) {
    warnings.push(`${away} of ${nodes.length} nodes do not serve now; they go first and count as unavailable`)
  }
  if (params.strategy === 'FORCE' && nodes.length > 0) {
    warnings.push('FORCE stops all of these nodes before any of them starts again: nothing serves meanwhile')
  } else if (params.strategy === 'ROLLING' && maxUnavailable >= nodes.length && nodes.length > 0) {
    warnings.push(`maxUnavailable ${params.maxUnavailable} lets all ${nodes.length} nodes be away at once`)
  }
  if (selection && selection.length < nodes.length) {
    warnings.push(
      `${nodes.length - selection.length} nodes are not chosen; if they run another revision they will show as drifted`,
    )
  }
  if (params.strategy !== 'NO_RESTART' && specOf(target).healthCheck.type === 'alive') {
    warnings.push('the health check asks only whether a node runs, not whether it works')
  }
  return warnings
}
