import type { RecoverClusterInput } from '../../control/node-inputs.ts'
import { RefusedFault } from './errors.ts'
import { boolean, integer, isMap, map, readFields, string } from './fields.ts'

const OPERATIONS = ['REBOOT', 'REBUILD', 'RECREATE'] as const

const COMMON = ['operation', 'operation_params', 'check']
/** What else a recovery is told, by what it is of. */
const KNOWN = {
  cluster: [...COMMON, 'check_capacity'],
  node: [...COMMON, 'delete_timeout', 'force_recreate'],
} as const

/** How a cluster or a node is recovered. @throws Fault naming what there is not */
export function readRecovery(kind: keyof typeof KNOWN, data: unknown, minor: number): RecoverClusterInput {
  if (isMap(data)) checkShape(kind, data)
  const fields = {
    operation: { check: string },
    operation_params: { check: map },
    check: { check: boolean, since: 6 },
    check_capacity: { check: boolean },
    delete_timeout: { check: integer(0) },
    force_recreate: { check: boolean },
  } as const
  const given = readFields(data, fields, minor)
  const wanted = given.operation?.toUpperCase()
  const operation = OPERATIONS.find((known) => known === wanted)
  if (wanted !== undefined && operation === undefined) {
    throw new RefusedFault(`Operation value '${given.operation}' has to be one of ${OPERATIONS.join(', ')}.`)
  }
  const params = given.operation_params
  const { type } = params ?? {}
  if (
    operation === 'REBOOT' &&
    type !== undefined &&
    !['SOFT', 'HARD'].includes(String(type).toUpperCase())
  ) {
    throw new RefusedFault(`Type value '${type}' of a reboot has to be one of SOFT, HARD.`)
  }
  const { check, check_capacity: checkCapacity } = given
  return {
    ...(operation && { operation }),
    ...(params && { params }),
    ...(check && { check }),
    ...(checkCapacity && { checkCapacity }),
  }
}

/** What is told of a recovery in other words than of the rest. */
function checkShape(kind: keyof typeof KNOWN, data: Readonly<Record<string, unknown>>): void {
  const strange = Object.keys(data).filter((name) => !KNOWN[kind].includes(name))
  if (strange.length > 0) {
    const names = strange.map((name) => `'${name}'`).join(', ')
    throw new RefusedFault(`Action parameter [${names}] is not recognizable.`)
  }
  const { operation, operation_params: params } = data
  if (operation !== undefined && typeof operation !== 'string')
    throw new RefusedFault('operation has to be a string.')
  if (params !== undefined && params !== null && !isMap(params))
    throw new RefusedFault('operation_params must be a map.')
}
