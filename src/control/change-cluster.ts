import type { Cluster } from '../domain/cluster.ts'
import { AlreadyExistsError, InvalidRequestError } from '../domain/errors.ts'
import { isClusterNameTaken, patchCluster } from '../store/clusters.ts'
import { resolveCandidate, specOf } from './candidate.ts'
import { commitForNewNodes } from './commit-for-new-nodes.ts'
import type { Caller, ControlDeps } from './control.ts'
import { requireLiveCluster } from './find.ts'
import { canonicalJson } from './idempotency.ts'
import type { ClusterChange } from './inputs.ts'
import { performInProject, type Scope } from './perform.ts'
import { writeUpdate } from './start-update.ts'
import { checkInteger, checkMetadata, checkName } from './validate.ts'
import type { ClusterAction } from './views.ts'

type Settings = Pick<Cluster, 'name' | 'metadata' | 'config' | 'timeoutSeconds'>

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
  return await performInProject(deps, caller, {
    verb: 'clusters.change',
    input: [ref, change],
    prepare: async (project) => {
      const { profile, params } = change
      if (profile === undefined) return null
      const candidate = await resolveCandidate(deps, project, ref, { profile, ...(params && { params }) })
      const [before, after] = [candidate.committed.spec.profile, specOf(candidate.target).profile]
      if (before.type !== after.type) {
        throw new InvalidRequestError(
          'profile',
          `"${after.name}" is of type ${after.type}, the cluster's nodes are of type ${before.type}`,
        )
      }
      return before.id === after.id ? null : candidate
    },
    work: async (scope, candidate) => {
      const cluster = await requireLiveCluster(scope.tx, scope.project.id, ref)
      const settings = settingsAfter(cluster, change)
      const isSame = canonicalJson(settings) === canonicalJson(settingsOf(cluster))
      if (isSame && candidate === null)
        throw new InvalidRequestError('changes', 'nothing differs from what is stored')
      if (!isSame) await writeSettings(scope, cluster, settings, change)
      if (candidate === null) return { cluster, action: await finished(scope, cluster) }
      if (change.profileOnly) {
        await commitForNewNodes(scope, candidate)
        return { cluster, action: await finished(scope, cluster) }
      }
      const { action } = await writeUpdate(deps, scope, candidate)
      return { cluster, action }
    },
  })
}

function settingsOf({ name, metadata, config, timeoutSeconds }: Cluster): Settings {
  return { name, metadata, config, timeoutSeconds }
}

function settingsAfter(cluster: Cluster, change: ClusterChange): Settings {
  const { name, metadata, config, timeoutSeconds } = change
  return {
    name: name === undefined ? cluster.name : checkName('name', name),
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
    because: `${scope.principal.name} changed cluster "${cluster.name}"${renamed}`,
  })
}

function finished(scope: Scope, cluster: Cluster) {
  return scope.record(
    { name: 'CLUSTER_UPDATE', clusterId: cluster.id, inputs: {} },
    'no node had to be moved',
  )
}
