import type { Action } from '../domain/action.ts'
import { InvalidStateError, NotFoundError } from '../domain/errors.ts'
import { supportOf } from '../domain/platform-version.ts'
import { getAction, listActions, loadChildrenNamed } from '../store/actions.ts'
import type { Tx } from '../store/store.ts'
import { loadUpdates } from '../store/updates.ts'
import { authorize } from './authorize.ts'
import { changeVersion } from './change-version.ts'
import type { ControlDeps } from './control.ts'
import { requireCluster } from './find.ts'
import { look, recordRefusal } from './perform.ts'
import { createSteeringVerbs } from './steer-actions.ts'
import { viewUpdates } from './updates.ts'
import type { VersionChangeView, VersionVerbs } from './version-verbs.ts'

const NAME = 'CLUSTER_CHANGE_VERSION'

export function createVersionVerbs(deps: ControlDeps): VersionVerbs {
  const { cancel } = createSteeringVerbs(deps)
  const find = async (tx: Tx, projectId: string, id: string) => {
    const action = await getAction(tx, id)
    if (action?.name !== NAME || action.projectId !== projectId) throw new NotFoundError('version change', id)
    return action
  }
  return {
    catalogue: (caller) =>
      look(deps, caller, 'versions.catalogue', async () =>
        (deps.platform?.versions ?? []).map((version) => ({
          ...version,
          support: supportOf(version, deps.clock.now()),
        })),
      ),
    change: (caller, cluster, input) => changeVersion(deps, caller, cluster, input),
    list: (caller, ref, page) =>
      look(deps, caller, 'versions.list', async (tx, project) => {
        const cluster = await requireCluster(tx, project.id, ref)
        const filter = { projectId: project.id, clusterId: cluster.id, name: [NAME] }
        const { items, nextCursor } = await listActions(tx, filter, page)
        return { items: await viewChanges(tx, items), nextCursor }
      }),
    get: (caller, id) =>
      look(deps, caller, 'versions.get', async (tx, project) => {
        const [view] = await viewChanges(tx, [await find(tx, project.id, id)])
        return view!
      }),
    async cancel(caller, id) {
      const verb = 'versions.cancel'
      const found = await recordRefusal(deps, caller, verb, () =>
        deps.store.read(async (tx) => {
          const project = await authorize(tx, caller.principal, caller.project, 'operator', verb)
          return await find(tx, project.id, id)
        }),
      )
      if (found.status === 'CANCELLED') return found
      if (found.status === 'SUCCEEDED') {
        throw new InvalidStateError(
          `version change ${id} cannot be cancelled any more: the cluster is on ${found.inputs['to']}`,
        )
      }
      return await cancel(caller, id, {})
    },
  }
}

/** A constant number of queries, however many changes. */
async function viewChanges(tx: Tx, actions: readonly Action[]): Promise<VersionChangeView[]> {
  const ids = actions.map((action) => action.id)
  const children = await loadChildrenNamed(tx, ids, 'CLUSTER_UPDATE')
  const updateIds = children.flatMap(({ updateId }) => updateId ?? [])
  const views = await viewUpdates(tx, await loadUpdates(tx, updateIds))
  const byChange = Map.groupBy(views, ({ update }) => {
    return children.find((child) => child.updateId === update.id)?.parentId
  })
  return actions.map((action) => ({
    action,
    type: action.inputs['type'] as VersionChangeView['type'],
    from: action.inputs['from'] as string,
    to: action.inputs['to'] as string,
    updates: byChange.get(action.id) ?? [],
  }))
}
