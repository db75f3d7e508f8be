import type { ClusterConfig } from '../../domain/cluster.ts'
import type { JsonObject } from '../../domain/ids.ts'

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
