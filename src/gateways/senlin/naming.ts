import type { ClusterConfig } from '../../domain/cluster.ts'
import type { JsonObject } from '../../domain/ids.ts'

/** What things are called is their users' business: names may be long, begin with anything, and several may have the same. */
export const ANY_NAME = { allowDuplicateName: true, wideName: true } as const

const MEMBER_NAME = 'node-$8R'

/** The configuration of a new cluster: where it does not say what members are called, they are called as this API does it. */
export function withMemberName(config: JsonObject = {}): ClusterConfig {
  return { ...config, 'node.name.default': MEMBER_NAME }
}

/** A configuration that takes the place of another, and leaves members their way to be called. */
export function replaceConfig(
  { 'node.name.default': pattern }: ClusterConfig,
  config: JsonObject,
): ClusterConfig {
  return pattern === undefined ? config : { ...config, 'node.name.default': pattern }
}

/** A configuration as its client gave it. */
export function givenConfig({ 'node.name.default': _default, ...config }: ClusterConfig): JsonObject {
  return config as JsonObject
}
