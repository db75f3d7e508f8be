import type { Cluster } from '../domain/cluster.ts'
import { AlreadyExistsError, InvalidRequestError } from '../domain/errors.ts'
import type { ActionId } from '../domain/ids.ts'
import { isClusterNameTaken, patchCluster } from '../store/clusters.ts'
import { isUniqueViolation } from '../store/errors.ts'
import type { Tx } from '../store/store.ts'
import { listOpenUpdates } from '../store/updates.ts'
import { type Candidate, resolveCandidate, specOf } from './candidate.ts'
import { commitForNewNodes } from './commit-for-new-nodes.ts'
import type { Caller, ControlDeps } from './control.ts'
import { requireLiveCluster, requireRevision } from './find.ts'
import { canonicalJson } from './idempotency.ts'
import type { ClusterChange } from './inputs.ts'
import { performInProject, type Scope } from './perform.ts'
import { writeUpdate } from './start-update.ts'
import { checkInteger, checkMetadata, checkName } from './validate.ts'
import type { ClusterAction } from './views.ts'

type Settings = Pick<Cluster, 'name' | 'metadata' | 'config' | 'timeoutSeconds'>

/** How often two changes that are written at once, where the database allows it, may be in each other's way. */
const MOST_TRIES = 3

/**
 * Changes settings of a cluster and what its nodes run, at once and under one action. Where nodes have to move, the
 * action carries an update; where none has to, it is over as soon as it is written.
 */
export async function changeCluster(
  deps: ControlDeps,
  caller: Caller,
  ref: string,
  change: ClusterChange,
): Promise<ClusterAction> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await tryToChange(deps, caller, ref, change)
    } catch (error) {
      // Somebody else's update took the pool at the same moment; now it is there to be queued behind.
      if (!isUniqueViolation(error) || tries === MOST_TRIES) throw error
    }
  }
}

async function tryToChange(
  deps: ControlDeps,
  caller: Caller,
  ref: string,
  change: ClusterChange,
): Promise<ClusterAction> {
  return await performInProject(deps, caller, {
    verb: 'clusters.change',
    input: [ref, change],
    prepare: async (project) => {
      const { profile, params, onConflict } = change
      if (profile === undefined) return null
      return await resolveCandidate(deps, { project, principal: caller.principal }, ref, {
        profile,
        ...(params && { params }),
        ...(onConflict && { onConflict }),
      })
    },
    work: async (scope, resolved) => {
      const candidate = resolved && (await changesProfile(scope.tx, resolved)) ? resolved : null
      const cluster = await requireLiveCluster(scope.tx, scope.project.id, ref)
      const settings = settingsAfter(cluster, change)
      const isSame = canonicalJson(settings) === canonicalJson(settingsOf(cluster))
      if (isSame && candidate === null)
        throw new InvalidRequestError('changes', 'nothing differs from what is stored')
      if (candidate === null || change.profileOnly) {
        const action = await finished(scope, cluster)
        if (!isSame) await writeSettings(scope, cluster, settings, change, action.id)
        if (candidate !== null) await commitForNewNodes(scope, candidate, action.id)
        return { cluster, action }
      }
      if (!isSame) await writeSettings(scope, cluster, settings, change)
      const { action } = await writeUpdate(deps, scope, candidate)
      return { cluster, action }
    },
  })
}

/** Whether nodes are on another profile, or will be by the time they would move: updates that are there come first. */
async function changesProfile(tx: Tx, { committed, pool, target }: Candidate): Promise<boolean> {
  const last = (await listOpenUpdates(tx, pool.id)).at(-1)
  const then = last ? await requireRevision(tx, last.toRevisionId) : committed
  return [committed, then].some(({ spec }) => spec.profile.id !== specOf(target).profile.id)
}

function settingsOf({ name, metadata, config, timeoutSeconds }: Cluster): Settings {
  return { name, metadata, config, timeoutSeconds }
}

function settingsAfter(cluster: Cluster, change: ClusterChange): Settings {
  const { name, metadata, config, timeoutSeconds, wideName = false } = change
  return {
    name: name === undefined ? cluster.name : checkName('name', name, { wideName }),
    metadata: metadata === undefined ? cluster.metadata : checkMetadata('metadata', metadata),
    config: config === undefined ? cluster.config : checkMetadata('config', config),
    timeoutSeconds:
      timeoutSeconds === undefined
        ? cluster.timeoutSeconds
        : checkInteger('timeoutSeconds', timeoutSeconds, 0),
  }
}

async function writeSettings(
  scope: Scope,
  cluster: Cluster,
  settings: Settings,
  { allowDuplicateName }: ClusterChange,
  actionId?: ActionId,
): Promise<void> {
  if (settings.name !== cluster.name && !allowDuplicateName) {
    const isTaken = await isClusterNameTaken(scope.tx, cluster, settings.name)
    if (isTaken) throw new AlreadyExistsError('cluster', settings.name)
  }
  await patchCluster(scope.tx, cluster.id, {
    ...settings,
    updatedAt: scope.now,
    version: cluster.version + 1,
  })
  const renamed = settings.name === cluster.name ? '' : `, now "${settings.name}"`
  scope.event({
    type: 'cluster.changed',
    clusterId: cluster.id,
    ...(actionId && { actionId }),
    because: `${scope.principal.name} changed cluster "${cluster.name}"${renamed}`,
  })
}

function finished(scope: Scope, cluster: Cluster) {
  return scope.record(
    { name: 'CLUSTER_UPDATE', clusterId: cluster.id, inputs: {} },
    'no node had to be moved',
  )
}
