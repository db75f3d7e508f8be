import type { RecoverClusterInput } from '../../control/node-inputs.ts'
import { RefusedFault } from './errors.ts'
import { boolean, integer, map, readFields, string } from './fields.ts'

const OPERATIONS = ['REBOOT', 'REBUILD', 'RECREATE'] as const

/** How something is recovered. @throws Fault naming what there is not */
export function readRecovery(data: unknown, minor: number): RecoverClusterInput {
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
