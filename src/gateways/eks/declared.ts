import type { FaultKind } from '../aws/fault.ts'
import { FAULTS } from './faults.ts'

type Name = keyof typeof FAULTS

const COMMON: readonly Name[] = ['client', 'server']
const READ: readonly Name[] = [...COMMON, 'invalidParameter', 'resourceNotFound']
const CHANGE: readonly Name[] = [...READ, 'resourceInUse', 'invalidRequest']
const TAGS: readonly Name[] = ['badRequest', 'notFound']

/** Which exceptions the service's model declares for each operation; {@link ALWAYS} has those that any may answer. */
const DECLARED: Readonly<Record<string, readonly Name[]>> = {
  CreateCluster: [
    ...COMMON,
    ...(['resourceInUse', 'resourceLimitExceeded', 'invalidParameter', 'serviceUnavailable'] as const),
  ],
  DescribeCluster: [...COMMON, 'resourceNotFound', 'serviceUnavailable'],
  ListClusters: [...COMMON, 'invalidParameter', 'serviceUnavailable'],
  DeleteCluster: [...COMMON, 'resourceInUse', 'resourceNotFound', 'serviceUnavailable', 'invalidRequest'],
  UpdateClusterConfig: CHANGE,
  UpdateClusterVersion: [...CHANGE, 'invalidState'],
  DescribeUpdate: READ,
  ListUpdates: READ,
  CancelUpdate: [...CHANGE, 'invalidState'],
  CreateNodegroup: [
    ...COMMON,
    ...(['resourceInUse', 'resourceLimitExceeded', 'invalidRequest'] as const),
    ...(['invalidParameter', 'serviceUnavailable'] as const),
  ],
  DescribeNodegroup: [...READ, 'serviceUnavailable'],
  ListNodegroups: [...READ, 'serviceUnavailable'],
  DeleteNodegroup: [...READ, 'resourceInUse', 'serviceUnavailable'],
  UpdateNodegroupConfig: CHANGE,
  UpdateNodegroupVersion: CHANGE,
  DescribeClusterVersions: ['server', 'invalidParameter', 'invalidRequest'],
  TagResource: TAGS,
  UntagResource: TAGS,
  ListTagsForResource: TAGS,
}

const ALWAYS: readonly FaultKind[] = [FAULTS.accessDenied, FAULTS.throttling]

/** What comes nearest, where an exception is not declared. */
const NEAREST: Partial<Readonly<Record<Name, readonly Name[]>>> = {
  resourceNotFound: ['invalidRequest', 'notFound'],
  resourceLimitExceeded: ['invalidParameter'],
  invalidState: ['invalidRequest', 'resourceInUse'],
  invalidRequest: ['resourceInUse', 'invalidParameter', 'badRequest', 'client'],
  resourceInUse: ['invalidRequest', 'badRequest'],
  invalidParameter: ['client', 'badRequest'],
  serviceUnavailable: ['server'],
}

/** The exception itself if the operation declares it, else the nearest that it does. */
export function declaredBy(operation: string, kind: FaultKind): FaultKind {
  const declared = DECLARED[operation] ?? []
  const name = (Object.keys(FAULTS) as Name[]).find((one) => FAULTS[one] === kind)
  if (name === undefined || ALWAYS.includes(kind) || declared.includes(name)) return kind
  const nearest = NEAREST[name]?.find((one) => declared.includes(one))
  // What fails inside has no name there, and clients repeat it by its status.
  return nearest === undefined ? FAULTS.server : FAULTS[nearest]
}
