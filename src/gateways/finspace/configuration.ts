import type { AwsAsk, AwsOperation } from '../aws/service.ts'
import type { Checked } from '../aws/shape.ts'
import { checkArguments, checkDatabases, onlyFor, requireLocation } from './cluster-rules.ts'
import { type KxCluster, requireKxCluster, requireStatus } from './cluster-view.ts'
import { notValid } from './errors.ts'
import { ATTRIBUTES, type FinspaceSettings, operation, repeatable } from './operation.ts'
import { SHAPE } from './shapes.ts'
import { ensureProfile, fetchCode, presentSoftware, say } from './software.ts'

const CODE = '/kx/environments/:environmentId/clusters/:clusterName/configuration/code'
const DATABASES = '/kx/environments/:environmentId/clusters/:clusterName/configuration/databases'

/** The two operations that change what the nodes of a running cluster are to run. */
export function configurationOperations(settings: FinspaceSettings): readonly AwsOperation[] {
  return [
    operation(
      { name: 'UpdateKxClusterCodeConfiguration', method: 'PUT', path: CODE },
      SHAPE.updateCode,
      (ask, input) => updateCode(ask, settings, input),
    ),
    operation(
      { name: 'UpdateKxClusterDatabases', method: 'PUT', path: DATABASES },
      SHAPE.updateDatabases,
      (ask, input) => updateDatabases(ask, settings, input),
    ),
  ]
}

/**
 * ROLLING and FORCE put the new configuration in the place of the old one as a whole: a script or arguments that are not
 * given are gone. NO_RESTART keeps both, for nothing starts that could take others.
 */
async function updateCode(
  ask: AwsAsk,
  settings: FinspaceSettings,
  input: Checked<typeof SHAPE.updateCode>,
): Promise<object> {
  const { code, initializationScript, commandLineArguments, deploymentConfiguration } = input
  const caller = repeatable(ask, 'UpdateKxClusterCodeConfiguration', input)
  if (await ask.control.recall(caller, 'updates.start')) return {}
  requireLocation(code)
  const given = checkArguments(commandLineArguments ?? [])
  const strategy = deploymentConfiguration?.deploymentStrategy ?? 'ROLLING'
  if (
    strategy === 'NO_RESTART' &&
    (initializationScript !== undefined || commandLineArguments !== undefined)
  ) {
    throw notValid('initializationScript and commandLineArguments cannot change with NO_RESTART')
  }
  const found = await requireKxCluster(ask, input)
  const { clusterType } = found.stored
  if (strategy === 'NO_RESTART' && clusterType !== 'GP') throw onlyFor('GP', 'NO_RESTART', clusterType)
  requireStatus(found, ['RUNNING'])
  const bundle = await fetchCode(ask, code)
  const databases = databasesOf(found)
  const profile =
    strategy === 'NO_RESTART'
      ? found.spec.profile.name
      : await ensureProfile(ask, settings, { clusterType, databases, bundle, initializationScript })
  await keep(ask, found, say(found.stored, { bundle, code, profile, databases }))
  await ask.control.updates.start(caller, found.cluster.id, {
    profile,
    code:
      strategy === 'NO_RESTART'
        ? { bundle: bundle.id }
        : {
            bundle: bundle.id,
            initializationScript: initializationScript ?? null,
            commandLineArguments: given,
          },
    params: strategy === 'ROLLING' ? { strategy, maxUnavailable: 1 } : { strategy },
  })
  return {}
}

/** With NO_RESTART, which only clusters of type HDB know, nothing happens to nodes: those that start later are told. */
async function updateDatabases(
  ask: AwsAsk,
  settings: FinspaceSettings,
  input: Checked<typeof SHAPE.updateDatabases>,
): Promise<object> {
  const { databases, deploymentConfiguration } = input
  const caller = repeatable(ask, 'UpdateKxClusterDatabases', input)
  const strategy = deploymentConfiguration?.deploymentStrategy ?? 'ROLLING'
  const verb = strategy === 'ROLLING' ? 'updates.start' : 'clusters.setAttributes'
  if (await ask.control.recall(caller, verb)) return {}
  const found = await requireKxCluster(ask, input)
  const { stored, spec } = found
  const { clusterType } = stored
  if (strategy === 'NO_RESTART' && clusterType !== 'HDB') throw onlyFor('HDB', 'NO_RESTART', clusterType)
  checkDatabases(databasesOf(found), databases)
  requireStatus(found, ['RUNNING'])
  if (strategy === 'NO_RESTART') {
    const said = say(stored, { bundle: null, code: undefined, profile: spec.profile.name, databases })
    await keep({ ...ask, caller }, found, said)
    return {}
  }
  const bundle = spec.code && (await ask.control.bundles.get(ask.caller, spec.code.bundleId))
  const { initializationScript } = presentSoftware(stored, spec)
  const profile = await ensureProfile(ask, settings, { clusterType, databases, bundle, initializationScript })
  await keep(ask, found, say(stored, { bundle: null, code: undefined, profile, databases }))
  await ask.control.updates.start(caller, found.cluster.id, {
    profile,
    params: { strategy, maxUnavailable: 1 },
  })
  return {}
}

function databasesOf({ stored, spec }: KxCluster) {
  return presentSoftware(stored, spec).databases ?? []
}

/**
 * Before the update that leads to it: what was said of a revision that never comes is not read, while one that comes
 * without it could not be told.
 */
async function keep(ask: AwsAsk, { cluster }: KxCluster, said: ReturnType<typeof say>): Promise<void> {
  await ask.control.clusters.setAttributes(ask.caller, cluster.id, { key: ATTRIBUTES, patch: said })
}
