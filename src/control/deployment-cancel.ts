import { InvalidStateError } from '../domain/errors.ts'
import { loadLastUpdates } from '../store/deployment-updates.ts'
import { authorize } from './authorize.ts'
import type { Caller, ControlDeps } from './control.ts'
import type { CancelDeploymentInput } from './deployer-inputs.ts'
import type { DeploymentUpdateView } from './deployer-verbs.ts'
import { viewDeploymentUpdate } from './deployment-views.ts'
import { requireDeployment } from './find.ts'
import { recordRefusal } from './perform.ts'
import type { ActionVerbs, UpdateVerbs } from './verbs.ts'

/** What carries a deployment's update is cancelled by its own verb: with its own rules, events and transaction. */
export interface Cancels {
  readonly updates: Pick<UpdateVerbs, 'cancel'>
  readonly actions: Pick<ActionVerbs, 'cancel'>
}

/** @see DeploymentVerbs.cancel */
export async function cancelDeploymentUpdate(
  deps: ControlDeps,
  caller: Caller,
  ref: string,
  input: CancelDeploymentInput = {},
  cancels: Cancels,
): Promise<DeploymentUpdateView> {
  const verb = 'deployments.cancel'
  const running = () =>
    deps.store.read(async (tx) => {
      const project = await authorize(tx, caller.principal, caller.project, 'operator', verb)
      const deployment = await requireDeployment(tx, project.id, ref)
      const { last } = (await loadLastUpdates(tx, [deployment.id])).get(deployment.id)!
      return { name: deployment.name, last, view: last && (await viewDeploymentUpdate(tx, deployment, last)) }
    })
  const { name, last } = await recordRefusal(deps, caller, verb, running)
  const { update: wanted, ...how } = input
  if (last?.status !== 'Running' || last.actionId === null) {
    const ended = last ? `; update ${last.id} ended ${last.status}` : ''
    throw new InvalidStateError(`no update of deployment "${name}" runs${ended}`)
  }
  if (wanted !== undefined && wanted !== last.id) {
    throw new InvalidStateError(
      `update ${wanted} of deployment "${name}" does not run; update ${last.id} does`,
    )
  }
  // Nodes that are only being made serve nobody: what hangs is not waited for.
  const force = last.kind === 'Create'
  if (last.updateId === null) await cancels.actions.cancel(caller, last.actionId, { force })
  else await cancels.updates.cancel(caller, last.updateId, how)
  const { view } = await running()
  return view!
}
