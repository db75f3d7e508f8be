import { type Attributes, patchAttributes, TAGS } from '../domain/attributes.ts'
import type { Cluster, NodePool } from '../domain/cluster.ts'
import { InvalidRequestError } from '../domain/errors.ts'
import type { JsonObject } from '../domain/ids.ts'
import { patchCluster, patchPool } from '../store/clusters.ts'
import type { Caller, ControlDeps } from './control.ts'
import { requireLiveCluster, requireLivePool } from './find.ts'
import { performInProject } from './perform.ts'
import { checkMetadata, isObject } from './validate.ts'

/** Which of a thing's attributes are changed, and to what. */
export interface AttributesPatch {
  /** A gateway's name, or `tags`. */
  readonly key: string
  /** Laid over what is there; null takes a member away. */
  readonly patch: JsonObject
}

/** @throws InvalidRequestError if a member is no object, a tag is no text, or all of it has more than 64 KiB */
export function checkAttributes(field: string, value: Attributes): Attributes {
  for (const [key, members] of Object.entries(checkMetadata(field, value))) {
    if (!isObject(members)) throw new InvalidRequestError(`${field}.${key}`, 'must be an object')
    const wrong = key === TAGS && Object.entries(members).find(([, tag]) => typeof tag !== 'string')
    if (wrong) throw new InvalidRequestError(`${field}.${key}.${wrong[0]}`, 'must be a text')
  }
  return value
}

/** What attributes are after a change. @throws InvalidRequestError as {@link checkAttributes} */
export function attributesAfter(
  before: { readonly attributes: Attributes },
  { key, patch }: AttributesPatch,
): Attributes {
  return checkAttributes('attributes', patchAttributes(before.attributes, key, patch))
}

export async function setClusterAttributes(
  deps: ControlDeps,
  caller: Caller,
  ref: string,
  change: AttributesPatch,
): Promise<Cluster> {
  const { cluster } = await performInProject(deps, caller, {
    verb: 'clusters.setAttributes',
    input: [ref, change],
    work: async (scope) => {
      const found = await requireLiveCluster(scope.tx, scope.project.id, ref)
      const patch = {
        attributes: attributesAfter(found, change),
        updatedAt: scope.now,
        version: found.version + 1,
      }
      await patchCluster(scope.tx, found.id, patch)
      scope.event({
        type: 'cluster.changed',
        clusterId: found.id,
        because: `${caller.principal.name} changed the ${wordOf(change)} of cluster "${found.name}"`,
      })
      return { cluster: { ...found, ...patch } }
    },
  })
  return cluster
}

export async function setPoolAttributes(
  deps: ControlDeps,
  caller: Caller,
  refs: { readonly cluster: string; readonly pool: string },
  change: AttributesPatch,
): Promise<NodePool> {
  const { pool } = await performInProject(deps, caller, {
    verb: 'pools.setAttributes',
    input: [refs, change],
    work: async (scope) => {
      const cluster = await requireLiveCluster(scope.tx, scope.project.id, refs.cluster)
      const found = await requireLivePool(scope.tx, cluster.id, refs.pool)
      const patch = {
        attributes: attributesAfter(found, change),
        updatedAt: scope.now,
        version: found.version + 1,
      }
      await patchPool(scope.tx, found.id, patch)
      // The engine keeps pools in memory, and writes their version.
      await scope.ask(cluster.id)
      scope.event({
        type: 'pool.changed',
        clusterId: cluster.id,
        because: `${caller.principal.name} changed the ${wordOf(change)} of pool "${found.name}" of cluster "${cluster.name}"`,
        data: { pool: found.name },
      })
      return { pool: { ...found, ...patch } }
    },
  })
  return pool
}

/** What an event calls that which was changed. */
export function wordOf({ key }: AttributesPatch): string {
  return key === TAGS ? 'tags' : `attributes for ${key}`
}
