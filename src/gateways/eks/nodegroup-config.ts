import type { JsonObject } from '../../domain/ids.ts'
import { type Asked, type NodegroupSettings, patchOf } from './attributes.ts'
import { toAsked } from './cluster-config.ts'
import type { UpdateNodegroupConfig } from './shapes.ts'

type Taint = NonNullable<NodegroupSettings['taints']>[number]

/** What a request to change a node group's settings comes to, sizes and limits aside, which the pool has itself. */
export function changeOfNodegroup(
  before: NodegroupSettings,
  input: UpdateNodegroupConfig,
): { readonly patch: JsonObject; readonly asked: Asked & JsonObject } {
  const { labels, taints, scalingConfig, updateConfig, nodeRepairConfig, warmPoolConfig } = input
  const patch = {
    ...(labels && { labels: labelsAfter(before.labels ?? {}, labels) }),
    ...(taints && { taints: taintsAfter(before.taints ?? [], taints) }),
    ...(updateConfig?.updateStrategy !== undefined && { updateStrategy: updateConfig.updateStrategy }),
    ...(nodeRepairConfig && { nodeRepairConfig: { ...before.nodeRepairConfig, ...nodeRepairConfig } }),
    ...(warmPoolConfig && { warmPoolConfig: { ...before.warmPoolConfig, ...warmPoolConfig } }),
  }
  const asked = toAsked('ConfigUpdate', {
    MinSize: scalingConfig?.minSize,
    MaxSize: scalingConfig?.maxSize,
    DesiredSize: scalingConfig?.desiredSize,
    LabelsToAdd: labels?.addOrUpdateLabels,
    LabelsToRemove: labels?.removeLabels,
    TaintsToAdd: taints?.addOrUpdateTaints,
    TaintsToRemove: taints?.removeTaints,
    MaxUnavailable: updateConfig?.maxUnavailable,
    MaxUnavailablePercentage: updateConfig?.maxUnavailablePercentage,
    UpdateStrategy: updateConfig?.updateStrategy,
    NodeRepairEnabled: nodeRepairConfig?.enabled,
    NodeRepairConfig: nodeRepairConfig,
    WarmPoolEnabled: warmPoolConfig?.enabled,
    WarmPoolMinSize: warmPoolConfig?.minSize,
    WarmPoolMaxGroupPreparedCapacity: warmPoolConfig?.maxGroupPreparedCapacity,
    WarmPoolState: warmPoolConfig?.poolState,
    WarmPoolReuseOnScaleIn: warmPoolConfig?.reuseOnScaleIn,
  })
  return { patch: patchOf(patch), asked }
}

function labelsAfter(
  before: Readonly<Record<string, string>>,
  { addOrUpdateLabels = {}, removeLabels = [] }: NonNullable<UpdateNodegroupConfig['labels']>,
): Readonly<Record<string, string>> {
  const kept = Object.entries(before).filter(([name]) => !removeLabels.includes(name))
  return { ...Object.fromEntries(kept), ...addOrUpdateLabels }
}

/** Key and effect together tell one taint from another. */
function taintsAfter(
  before: readonly Taint[],
  { addOrUpdateTaints = [], removeTaints = [] }: NonNullable<UpdateNodegroupConfig['taints']>,
): readonly Taint[] {
  const isSame = (one: Taint) => (other: Taint) => one.key === other.key && one.effect === other.effect
  const gone = [...removeTaints, ...addOrUpdateTaints]
  return [...before.filter((taint) => !gone.some(isSame(taint))), ...addOrUpdateTaints]
}
