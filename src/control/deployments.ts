import type { Deployment } from '../domain/deployment.ts'
import { InvalidStateError, NotFoundError, PreconditionFailedError } from '../domain/errors.ts'
import { getDeploymentUpdate, listDeploymentUpdates, loadLastUpdates } from '../store/deployment-updates.ts'
import { deleteDeployment, listDeployments } from '../store/deployments.ts'
import type { Tx } from '../store/store.ts'
import type { Caller, ControlDeps } from './control.ts'
import type { DeploymentChanges, SaveOptions } from './deployer-inputs.ts'
import { requireRight } from './deployer-rights.ts'
import type { DeploymentVerbs } from './deployer-verbs.ts'
import { cancelDeploymentUpdate } from './deployment-cancel.ts'
import { writeDeployment, writeSettings } from './deployment-settings.ts'
import {
  viewDeploymentStatus,
  viewDeployments,
  viewDeploymentUpdate,
  viewDeploymentUpdates,
} from './deployment-views.ts'
import { look, performInProject } from './perform.ts'
import { promote } from './promote.ts'
import {
  loadHidden,
  placesOf,
  requireReadableDeployment,
  requireReadableInfra,
  requireReadableProject,
} from './readable.ts'
import { startDeploymentUpdate } from './update-deployment.ts'

export function createDeploymentVerbs(deps: ControlDeps): DeploymentVerbs {
  const save = async (
    caller: Caller,
    ref: string,
    changes: DeploymentChanges,
    options: SaveOptions = {},
    verb = 'deployments.save',
  ): Promise<Deployment> => {
    const { deployment } = await performInProject(deps, caller, {
      verb,
      input: [ref, changes, options],
      work: async (scope) => {
        const found = await requireReadableDeployment(scope, ref)
        if (options.ifMatch !== undefined && options.ifMatch !== found.version) {
          throw new PreconditionFailedError('deployment', ref)
        }
        return { deployment: await writeSettings(scope, found, changes, options) }
      },
    })
    return deployment
  }
  return {
    async create(caller, input) {
      const { deployment } = await performInProject(deps, caller, {
        verb: 'deployments.create',
        input,
        work: async (scope) => ({ deployment: await writeDeployment(scope, input) }),
      })
      return deployment
    },
    list: (caller, { name, infra, publishedProject }, page) =>
      look(deps, caller, 'deployments.list', async (tx, project) => {
        const viewer = { tx, project, principal: caller.principal }
        const filter = {
          projectId: project.id,
          hidden: await loadHidden(viewer),
          ...(name !== undefined && { name }),
          ...(infra !== undefined && { infraId: (await requireReadableInfra(viewer, infra)).id }),
          ...(publishedProject !== undefined && {
            publishedProjectId: (await requireReadableProject(viewer, publishedProject)).id,
          }),
        }
        const { items, nextCursor } = await listDeployments(tx, filter, page)
        return { items: await viewDeployments(tx, project, caller.principal, items), nextCursor }
      }),
    get: (caller, ref) =>
      look(deps, caller, 'deployments.get', async (tx, project) => {
        const found = await requireReadableDeployment({ tx, project, principal: caller.principal }, ref)
        const [view] = await viewDeployments(tx, project, caller.principal, [found])
        return view!
      }),
    status: (caller, ref) =>
      look(deps, caller, 'deployments.status', async (tx, project) => {
        const { principal } = caller
        const found = await requireReadableDeployment({ tx, project, principal }, ref)
        return await viewDeploymentStatus(tx, project, principal, found)
      }),
    save: (caller, ref, changes, options) => save(caller, ref, changes, options),
    enable: (caller, ref, match = {}) => save(caller, ref, { enabled: true }, match, 'deployments.enable'),
    disable: (caller, ref, match = {}) => save(caller, ref, { enabled: false }, match, 'deployments.disable'),
    startUpdate: (caller, ref, options) => startDeploymentUpdate(deps, caller, ref, options),
    updates: (caller, ref, page) =>
      look(deps, caller, 'deployments.updates', async (tx, project) => {
        const { id, name } = await requireReadableDeployment(
          { tx, project, principal: caller.principal },
          ref,
        )
        const { items, nextCursor } = await listDeploymentUpdates(tx, id, page)
        return { items: await viewDeploymentUpdates(tx, new Map([[id, name]]), items), nextCursor }
      }),
    getUpdate: (caller, id) =>
      look(deps, caller, 'deployments.getUpdate', async (tx, project) => {
        const found = await getDeploymentUpdate(tx, id)
        if (found?.projectId !== project.id) throw new NotFoundError('deployment update', id)
        const viewer = { tx, project, principal: caller.principal }
        return await viewDeploymentUpdate(
          tx,
          await requireReadableDeployment(viewer, found.deploymentId),
          found,
        )
      }),
    cancel: (caller, ref, input) => cancelDeploymentUpdate(deps, caller, ref, input),
    promote: (caller, ref, input) => promote(deps, caller, ref, input),
    async delete(caller, ref) {
      const { deployment } = await performInProject(deps, caller, {
        verb: 'deployments.delete',
        input: [ref],
        work: async (scope) => {
          const found = await requireReadableDeployment(scope, ref)
          const { infra, publishedProject } = await placesOf(scope.tx, found)
          requireRight(scope, 'deploy', [infra, publishedProject], 'deployments.delete')
          await checkGone(scope.tx, found)
          await deleteDeployment(scope.tx, found.id)
          scope.event({
            type: 'deployment.deleted',
            because: `${caller.principal.name} deleted deployment "${found.name}"`,
            data: { deployment: found.name },
          })
          return { deployment: found }
        },
      })
      return deployment
    },
  }
}

/** @throws InvalidStateError */
async function checkGone(tx: Tx, deployment: Deployment): Promise<void> {
  const { id, name, enabled, clusterId } = deployment
  const { last, deployed } = (await loadLastUpdates(tx, [id])).get(id)!
  if (last?.status === 'Running') {
    throw new InvalidStateError(
      `deployment "${name}" cannot be deleted while its update ${last.id} runs; wait for it`,
    )
  }
  if (enabled) {
    throw new InvalidStateError(
      `deployment "${name}" is enabled; disable it and update it, then it can be deleted`,
    )
  }
  if (clusterId !== null || deployed === null || deployed.enabled) {
    throw new InvalidStateError(
      `deployment "${name}" was not updated since it was disabled; update it, then it can be deleted`,
    )
  }
}
