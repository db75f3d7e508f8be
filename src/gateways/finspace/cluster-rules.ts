import type { AwsFault } from '../aws/fault.ts'
import { notValid } from './errors.ts'
import type { CodeLocation, CreateCluster, Databases } from './shapes.ts'

const MOST_AUTOSCALED = 5
const FEWEST_IN_ZONES = 3

/** How many nodes a new cluster has, and the bounds its size is kept in. */
export interface NodeCounts {
  readonly size: number
  readonly minSize: number
  /** Null: no bound. */
  readonly maxSize: number | null
}

/**
 * The rules of the types of clusters, beyond what a request's shape tells.
 * @throws AwsFault `ValidationException`
 */
export function checkCluster(input: CreateCluster): NodeCounts {
  const { clusterType, code, initializationScript, databases } = input
  const counts = countNodes(input)
  if (clusterType === 'RDB' && !input.savedownStorageConfiguration) {
    throw notValid('savedownStorageConfiguration is required for a cluster of type RDB')
  }
  if (clusterType === 'GATEWAY' && input.savedownStorageConfiguration) {
    throw notValid('savedownStorageConfiguration is not allowed for a cluster of type GATEWAY')
  }
  if (clusterType === 'TICKERPLANT' && !input.tickerplantLogConfiguration) {
    throw notValid('tickerplantLogConfiguration is required for a cluster of type TICKERPLANT')
  }
  if (clusterType === 'GP' && input.azMode !== 'SINGLE') {
    throw notValid('azMode must be SINGLE for a cluster of type GP')
  }
  if (code) requireLocation(code)
  else if (initializationScript !== undefined) throw notValid('initializationScript needs code')
  checkDatabaseNames(databases ?? [])
  checkArguments(input.commandLineArguments ?? [])
  return counts
}

function countNodes(input: CreateCluster): NodeCounts {
  const { clusterType, capacityConfiguration, scalingGroupConfiguration } = input
  if ((capacityConfiguration === undefined) === (scalingGroupConfiguration === undefined)) {
    throw notValid('give either capacityConfiguration or scalingGroupConfiguration')
  }
  const size = scalingGroupConfiguration?.nodeCount ?? capacityConfiguration?.nodeCount ?? 1
  const isSingle = clusterType === 'GP' || clusterType === 'TICKERPLANT'
  if (isSingle && size !== 1) {
    throw notValid(`nodeCount must be 1 for a cluster of type ${clusterType}, not ${size}`)
  }
  const bounds = autoScalingBounds(input)
  if (!bounds) return { size, minSize: 1, maxSize: null }
  if (size < bounds.minSize || size > bounds.maxSize) {
    throw notValid(
      `nodeCount must be from minNodeCount to maxNodeCount, ${bounds.minSize} to ${bounds.maxSize}, not ${size}`,
    )
  }
  return { size, ...bounds }
}

function autoScalingBounds({ clusterType, azMode, autoScalingConfiguration }: CreateCluster) {
  if (!autoScalingConfiguration) return undefined
  if (clusterType === 'GP') throw notValid('autoScalingConfiguration is not allowed for a cluster of type GP')
  const { minNodeCount, maxNodeCount } = autoScalingConfiguration
  if (minNodeCount === undefined || maxNodeCount === undefined) {
    throw notValid('autoScalingConfiguration needs minNodeCount and maxNodeCount')
  }
  if (maxNodeCount > MOST_AUTOSCALED) {
    throw notValid(`maxNodeCount must be at most ${MOST_AUTOSCALED}, not ${maxNodeCount}`)
  }
  if (minNodeCount >= maxNodeCount) {
    throw notValid(`minNodeCount, ${minNodeCount}, must be below maxNodeCount, ${maxNodeCount}`)
  }
  if (azMode === 'MULTI' && minNodeCount < FEWEST_IN_ZONES) {
    throw notValid(
      `minNodeCount must be at least ${FEWEST_IN_ZONES} when azMode is MULTI, not ${minNodeCount}`,
    )
  }
  return { minSize: minNodeCount, maxSize: maxNodeCount }
}

/** The object that code is taken from. @throws AwsFault `ValidationException` when none is named */
export function requireLocation({ s3Bucket, s3Key, s3ObjectVersion }: CodeLocation) {
  if (s3Bucket === undefined || s3Key === undefined) {
    throw notValid('code needs s3Bucket and s3Key')
  }
  return { bucket: s3Bucket, key: s3Key, objectVersion: s3ObjectVersion }
}

/** @throws AwsFault `ValidationException` */
export function checkArguments(
  given: readonly { readonly key?: string; readonly value?: string }[],
): readonly { readonly key: string; readonly value: string }[] {
  return given.map(({ key, value }, index) => {
    if (key !== undefined && value !== undefined) return { key, value }
    throw notValid(`commandLineArguments.${index + 1} needs a key and a value`)
  })
}

/**
 * What is mounted stays mounted, under its name: only changesets, views and cached paths may be others.
 * @throws AwsFault `ValidationException`
 */
export function checkDatabases(before: Databases, after: Databases): void {
  checkDatabaseNames(after)
  const names = (databases: Databases) => databases.map(({ databaseName }) => databaseName).sort()
  const [had, wants] = [names(before), names(after)]
  if (had.length === 0) throw notValid('the cluster has no database; the first one comes with its creation')
  if (had.join(' ') !== wants.join(' ')) {
    throw notValid(
      `the cluster has the databases ${had.join(', ')}, and they cannot become ${wants.join(', ')}`,
    )
  }
}

/** @throws AwsFault `ValidationException` */
function checkDatabaseNames(databases: Databases): void {
  const names = databases.map(({ databaseName }) => databaseName)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw notValid(`database ${twice} is named twice`)
}

/** @returns the refusal of an operation that only a cluster of another type may be asked for */
export function onlyFor(type: string, what: string, actual: string): AwsFault {
  return notValid(`${what} is only for clusters of type ${type}, and this one is of type ${actual}`)
}
