import { InvalidStateError } from '../domain/errors.ts'
import type { ActionId } from '../domain/ids.ts'
import { getAction } from '../store/actions.ts'
import { getDeploymentUpdate, loadLastUpdates } from '../store/deployment-updates.ts'
import type { Caller, ControlDeps } from './control.ts'
import type { CancelDeploymentInput } from './deployer-inputs.ts'
import { requireRight } from './deployer-rights.ts'
import type { DeploymentUpdateView } from './deployer-verbs.ts'
import { viewDeploymentUpdate } from './deployment-views.ts'
import { performInProject, type Scope } from './perform.ts'
import { placesOf, requireReadableDeployment } from './readable.ts'
import { cancelActionIn } from './steer-actions.ts'
import { cancelUpdateIn } from './updates.ts'

/** @see DeploymentVerbs.cancel */
export async function cancelDeploymentUpdate(
  deps: ControlDeps,
  caller: Caller,
  ref: string,
  input: CancelDeploymentInput = {},
): Promise<DeploymentUpdateView> {
  const { deployment, cancelled } = await performInProject(deps, caller, {
    verb: 'deployments.cancel',
    input: [ref, input],
    work: async (scope) => {
      const found = await requireReadableDeployment(scope, ref)
      const { infra, publishedProject } = await placesOf(scope.tx, found)
      requireRight(scope, 'deploy', [infra, publishedProject], 'deployments.cancel')
      const { last } = (await loadLastUpdates(scope.tx, [found.id])).get(found.id)!
      const { update: wanted, ...how } = input
      if (last?.status !== 'Running' || last.actionId === null) {
        const ended = last ? `; update ${last.id} ended ${last.status}` : ''
        throw new InvalidStateError(`no update of deployment "${found.name}" runs${ended}`)
      }
      if (wanted !== undefined && wanted !== last.id) {
        throw new InvalidStateError(
          `update ${wanted} of deployment "${found.name}" does not run; update ${last.id} does`,
        )
      }
      // Nodes that are only being made serve nobody: what hangs is not waited for.
      if (last.updateId === null)
        await cancelActionIn(scope, last.actionId, { force: last.kind === 'Create' })
      else if (await isOpen(scope, last.actionId)) await cancelUpdateIn(scope, last.updateId, how)
      if (last.fillActionId !== null && (await isOpen(scope, last.fillActionId)))
        await cancelActionIn(scope, last.fillActionId, { force: true })
      scope.event({
        type: 'deployment.cancelRequested',
        because: `${caller.principal.name} cancelled update ${last.id} of deployment "${found.name}"`,
        ...(found.clusterId !== null && { clusterId: found.clusterId }),
        actionId: last.actionId,
        data: { deployment: found.name, deploymentUpdate: last.id },
      })
      return { deployment: found, cancelled: last.id }
    },
  })
  return await deps.store.read(async (tx) =>
    viewDeploymentUpdate(tx, deployment, (await getDeploymentUpdate(tx, cancelled))!),
  )
}

async function isOpen({ tx }: Scope, id: ActionId): Promise<boolean> {
  return (await getAction(tx, id))?.endedAt === null
}
