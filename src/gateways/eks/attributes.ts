import type { Attributes } from '../../domain/attributes.ts'
import type { JsonObject } from '../../domain/ids.ts'
import type { CreateCluster, CreateNodegroup } from './shapes.ts'

/** The key of what this gateway keeps with clusters, node pools and updates. */
export const EKS = 'eks'

/** What is kept of a cluster as it was given, because it has no meaning here. */
export type ClusterSettings = Partial<
  Omit<CreateCluster, 'name' | 'version' | 'tags' | 'clientRequestToken' | 'bootstrapSelfManagedAddons'>
>

/** What is kept of a node group. */
export type NodegroupSettings = Partial<
  Omit<
    CreateNodegroup,
    'nodegroupName' | 'version' | 'tags' | 'clientRequestToken' | 'scalingConfig' | 'updateConfig'
  >
> & { readonly updateStrategy?: string }

/** What a change was asked with, in the words of this API. */
export interface Asked {
  readonly type: string
  readonly params: readonly UpdateParam[]
}

export interface UpdateParam {
  readonly type: string
  readonly value: string
}

interface HasAttributes {
  readonly attributes: Attributes
}

export function clusterSettings({ attributes }: HasAttributes): ClusterSettings {
  return (attributes[EKS] ?? {}) as ClusterSettings
}

export function nodegroupSettings({ attributes }: HasAttributes): NodegroupSettings {
  return (attributes[EKS] ?? {}) as NodegroupSettings
}

/** Attributes of something new. */
export function newAttributes(settings: object, tags: Readonly<Record<string, string>> = {}): Attributes {
  const given = settings as JsonObject
  return {
    ...(Object.keys(given).length > 0 && { [EKS]: given }),
    ...(Object.keys(tags).length > 0 && { tags }),
  }
}

/** Laid over {@link clusterSettings} or {@link nodegroupSettings}. */
export function patchOf(settings: object): JsonObject {
  return settings as JsonObject
}
