import type { CreateCluster } from './shapes.ts'

type Logging = NonNullable<CreateCluster['logging']>

export const allLogTypes = ['api', 'audit', 'authenticator', 'controllerManager', 'scheduler'] as const

/** What a change of logging leads to: types that it does not name stay as they were. */
export function mergeLogging(before: Logging | undefined, change: Logging): Logging {
  const enabled = new Map<string, boolean>(allLogTypes.map((type) => [type, false]))
  for (const { types = [], enabled: isOn = false } of [
    ...(before?.clusterLogging ?? []),
    ...(change.clusterLogging ?? []),
  ]) {
    for (const type of types) enabled.set(type, isOn)
  }
  const setups = [true, false].map((isOn) => ({
    types: allLogTypes.filter((type) => enabled.get(type) === isOn),
    enabled: isOn,
  }))
  return { clusterLogging: setups.filter(({ types }) => types.length > 0) }
}
