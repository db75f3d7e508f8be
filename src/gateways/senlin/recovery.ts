import { RefusedFault } from './errors.ts'
import { boolean, integer, map, readFields, string } from './fields.ts'

const OPERATIONS = ['REBOOT', 'REBUILD', 'RECREATE']

/** How something is recovered. @throws Fault naming what there is not */
export function readRecovery(data: unknown, minor: number) {
  const fields = {
    operation: { check: string },
    operation_params: { check: map },
    check: { check: boolean, since: 6 },
    check_capacity: { check: boolean },
    delete_timeout: { check: integer(0) },
    force_recreate: { check: boolean },
  } as const
  const given = readFields(data, fields, minor)
  const operation = given.operation?.toUpperCase()
  if (operation !== undefined && !OPERATIONS.includes(operation)) {
    throw new RefusedFault(`Operation value '${given.operation}' has to be one of ${OPERATIONS.join(', ')}.`)
  }
  const { type } = given.operation_params ?? {}
  if (
    operation === 'REBOOT' &&
    type !== undefined &&
    !['SOFT', 'HARD'].includes(String(type).toUpperCase())
  ) {
    throw new RefusedFault(`Type value '${type}' of a reboot has to be one of SOFT, HARD.`)
  }
  return { ...given, operation }
}
