import type { PoolView } from '../../control/views.ts'
import type { Action } from '../../domain/action.ts'
import { type Cluster, DEFAULT_POOL } from '../../domain/cluster.ts'
import type { AwsAsk, AwsOperation } from '../aws/service.ts'
import { EKS, newAttributes, nodegroupSettings, patchOf } from './attributes.ts'
import { toAsked } from './cluster-config.ts'
import { invalidParameter } from './faults.ts'
import { findCluster, pageOf, requireNodegroupName } from './find.ts'
import { changeOfNodegroup } from './nodegroup-config.ts'
import { operation, repeatable } from './operation.ts'
import { presentNodegroup } from './present-nodegroup.ts'
import * as shapes from './shapes.ts'
import { inTheirWords, toUpdateParams } from './update-config.ts'
import { answerUpdate } from './updates.ts'

/** What a node group has that says nothing of its size. */
const DEFAULT_SCALING = { minSize: 1, maxSize: 2, desiredSize: 2 }

const PATH = '/clusters/:name/node-groups'

export const nodegroupOperations: readonly AwsOperation[] = [
  operation('CreateNodegroup', {
    route: `POST ${PATH}`,
    shape: shapes.createNodegroup,
    async run({ ask, input, cluster }) {
      checkTogether(input)
      const { cluster: found } = await findCluster(ask, cluster)
      const { nodegroupName: name, version, tags, scalingConfig, updateConfig, ...given } = input
      const { clientRequestToken: _token, ...settings } = given
      const { minSize, maxSize, desiredSize } = { ...DEFAULT_SCALING, ...scalingConfig }
      const { updateStrategy } = updateConfig ?? {}
      const kept = { ...settings, ...(updateStrategy !== undefined && { updateStrategy }) }
      const caller = repeatable(ask, input, { clusterName: cluster })
      const { pool } = await ask.control.pools.create(caller, found.id, {
        ...{ name, size: desiredSize, minSize, maxSize },
        ...(version !== undefined && { version }),
        updateDefaults: toUpdateParams(updateConfig),
        attributes: newAttributes(kept, tags),
      })
      return await answer(ask, found, await ask.control.pools.get(ask.caller, found.id, pool.id))
    },
  }),
  operation('DescribeNodegroup', {
    route: `GET ${PATH}/:nodegroup`,
    shape: shapes.nothing,
    async run({ ask, cluster, nodegroup }) {
      const { cluster: found, view } = await findNodegroup(ask, cluster, nodegroup)
      return await answer(ask, found, view)
    },
  }),
  operation('ListNodegroups', {
    route: `GET ${PATH}`,
    shape: shapes.listNodegroups,
    async run({ ask, input, cluster }) {
      const { cluster: found } = await findCluster(ask, cluster)
      const pools = await ask.control.pools.list(ask.caller, found.id)
      const names = pools.map(({ pool }) => pool.name).filter((name) => name !== DEFAULT_POOL)
      const { page, nextToken } = pageOf(names, (name) => name, input)
      return { nodegroups: page, ...(nextToken !== undefined && { nextToken }) }
    },
  }),
  operation('DeleteNodegroup', {
    route: `DELETE ${PATH}/:nodegroup`,
    shape: shapes.nothing,
    async run({ ask, cluster, nodegroup }) {
      const { cluster: found, view } = await findNodegroup(ask, cluster, nodegroup)
      await ask.control.pools.delete(ask.caller, found.id, view.pool.id)
      return await answer(ask, found, view, { isDeleted: true })
    },
  }),
  operation('UpdateNodegroupConfig', {
    route: `POST ${PATH}/:nodegroup/update-config`,
    shape: shapes.updateNodegroupConfig,
    async run({ ask, input, cluster, nodegroup }) {
      const { cluster: found, view } = await findNodegroup(ask, cluster, nodegroup)
      const { scalingConfig = {}, updateConfig } = input
      const { minSize, maxSize, desiredSize } = scalingConfig
      const caller = repeatable(ask, input, { clusterName: cluster, nodegroupName: nodegroup })
      const { action } = await ask.control.pools.configure(caller, found.id, view.pool.id, {
        key: EKS,
        ...changeOfNodegroup(nodegroupSettings(view.pool), input),
        ...(minSize !== undefined && { minSize }),
        ...(maxSize !== undefined && { maxSize }),
        ...(desiredSize !== undefined && { desiredCapacity: desiredSize }),
        updateDefaults: toUpdateParams(updateConfig, view.pool.updateDefaults),
      })
      return await answerUpdate(ask, action)
    },
  }),
  operation('UpdateNodegroupVersion', {
    route: `POST ${PATH}/:nodegroup/update-version`,
    shape: shapes.updateNodegroupVersion,
    async run({ ask, input, cluster, nodegroup }) {
      const { cluster: found, view } = await findNodegroup(ask, cluster, nodegroup)
      const { releaseVersion, launchTemplate } = input
      const version = input.version ?? found.platform?.version ?? ''
      const asked = toAsked('VersionUpdate', {
        Version: version,
        ReleaseVersion: releaseVersion,
        LaunchTemplateName: launchTemplate?.name,
        LaunchTemplateVersion: launchTemplate?.version,
      })
      const caller = repeatable(ask, input, { clusterName: cluster, nodegroupName: nodegroup })
      const wanted = { pool: view.pool.id, version, attributes: { [EKS]: asked } }
      const { action } = await ask.control.updates.start(caller, found.id, wanted).catch((error: unknown) => {
        throw inTheirWords(error)
      })
      if (releaseVersion !== undefined || launchTemplate !== undefined) {
        const patch = patchOf({
          ...(releaseVersion !== undefined && { releaseVersion }),
          ...(launchTemplate !== undefined && { launchTemplate }),
        })
        await ask.control.pools.setAttributes(ask.caller, found.id, view.pool.id, { key: EKS, patch })
      }
      return await answerUpdate(ask, action)
    },
  }),
]

async function findNodegroup(
  ask: AwsAsk,
  clusterName: string,
  nodegroup: string,
): Promise<{ readonly cluster: Cluster; readonly view: PoolView }> {
  const { cluster } = await findCluster(ask, clusterName)
  const view = await ask.control.pools.get(ask.caller, cluster.id, requireNodegroupName(nodegroup))
  return { cluster, view }
}

async function answer(
  ask: AwsAsk,
  cluster: Cluster,
  view: PoolView,
  { isDeleted = false }: { readonly isDeleted?: boolean } = {},
): Promise<object> {
  const { control, caller } = ask
  const { pool, committedRevision } = view
  const { revision } = await control.revisions.get(caller, cluster.id, pool.id, committedRevision)
  const about = { cluster: cluster.id, pool: pool.id }
  const first = async (name: string, sort: string): Promise<Action | undefined> => {
    const page = await control.actions.list(caller, { ...about, name: [name] }, { limit: 1, sort })
    return page.items[0]
  }
  const earliest = await first('CLUSTER_RESIZE', 'createdAt')
  const facts = {
    ...{ cluster, view, version: revision.spec.version },
    versions: await control.versions.catalogue(caller),
    creation: earliest?.createdAt === pool.createdAt ? earliest : undefined,
    deletion: await first('POOL_DELETE', '-createdAt'),
  }
  const shown = presentNodegroup(ask, facts)
  // The pool may be gone by the time it is looked at again: clients take any other status for a failure.
  return { nodegroup: isDeleted ? { ...shown, status: 'DELETING' } : shown }
}

/** @throws AwsFault */
function checkTogether({ launchTemplate, diskSize }: shapes.CreateNodegroup): void {
  if (launchTemplate && diskSize !== undefined) {
    throw invalidParameter('Disk size must be specified within the launch template.')
  }
  if (launchTemplate && (launchTemplate.name === undefined) === (launchTemplate.id === undefined)) {
    throw invalidParameter('Give either the name or the id of the launch template.')
  }
}
