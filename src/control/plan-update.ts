import type { NodeId } from '../domain/ids.ts'
import type { Project } from '../domain/principal.ts'
import { type Candidate, specOf } from './candidate.ts'
import type { Caller, ControlDeps } from './control.ts'
import { foresee } from './foresee-update.ts'
import { hideInRevision } from './hide-secrets.ts'
import { look } from './perform.ts'
import { checkStrategy } from './start-update.ts'
import type { PlannedNode, PlannedRevision, UpdatePlan } from './views.ts'

/** What the update that `resolve` makes out of a request would do, as far as it can be foretold. */
export async function planUpdate(
  deps: ControlDeps,
  caller: Caller,
  request: { readonly verb: string; resolve(project: Project): Promise<Candidate> },
): Promise<UpdatePlan> {
  const project = await look(deps, caller, request.verb, async (_tx, found) => found)
  const candidate = await request.resolve(project)
  const { pool, committed, target, params } = candidate
  const foresight = await foresee(deps, candidate, (tx) => checkStrategy(deps, tx, candidate))
  const { plan, nodes, maxUnavailable, maxSurge, expected, warnings } = foresight
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const toPlanned = ({ id, because }: { readonly id: NodeId; readonly because: string }): PlannedNode => {
    const { name = '', index = 0 } = byId.get(id) ?? {}
    return { id, name, index, because }
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
    maxSurge,
    batches: plan.batches.map((batch) => ({ nodes: batch.map(toPlanned) })),
    holds: plan.holds,
    blocked: plan.blocked.map(toPlanned),
    skipped: plan.skipped.map(toPlanned),
    expected,
    warnings,
  }
}
