import { InvalidRequestError } from '../domain/errors.ts'
import { DEFAULT_UPDATE_PARAMS, type UpdateParams } from '../domain/update.ts'
import { resolveMaxUnavailable } from '../planner/limits.ts'
import { checkInteger, checkOneOf, isObject } from './validate.ts'

const MAX_SECONDS = 30 * 24 * 3600

/** Each parameter with the rule for it; gives the value back. */
const rules: {
  readonly [Name in keyof UpdateParams]: (field: string, value: unknown) => UpdateParams[Name]
} = {
  strategy: (field, value) => checkOneOf(field, value, ['ROLLING', 'FORCE', 'NO_RESTART']),
  maxUnavailable: checkMaxUnavailable,
  batchPauseSeconds: (field, value) => (value === null ? null : checkSeconds(field, value, 0)),
  minReadySeconds: (field, value) => checkSeconds(field, value, 0),
  maxFailures: (field, value) => checkInteger(field, value, 0),
  onFailure: (field, value) => checkOneOf(field, value, ['rollback', 'pause', 'continue']),
  progressDeadlineSeconds: (field, value) => checkSeconds(field, value, 1),
  nodeTimeoutSeconds: (field, value) => checkSeconds(field, value, 1),
}

/**
 * @param field where they stand in the request: `params`
 * @throws InvalidRequestError naming the parameter: `params.maxUnavailable`
 */
export function checkUpdateParams(field: string, given: unknown): Partial<UpdateParams> {
  if (given === undefined) return {}
  if (!isObject(given)) throw new InvalidRequestError(field, 'must be an object')
  const checked: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(rules, name)) {
      const known = Object.keys(rules).join(', ')
      throw new InvalidRequestError(`${field}.${name}`, `there is no such parameter; there are ${known}`)
    }
    if (value !== undefined) checked[name] = rules[name as keyof UpdateParams](`${field}.${name}`, value)
  }
  return checked as Partial<UpdateParams>
}

/** What is not given is the pool's default, and without one Drover's. */
export function resolveUpdateParams(
  given: Partial<UpdateParams>,
  poolDefaults: Partial<UpdateParams>,
): UpdateParams {
  return { ...DEFAULT_UPDATE_PARAMS, ...poolDefaults, ...given }
}

function checkMaxUnavailable(field: string, value: unknown): number | string {
  try {
    resolveMaxUnavailable(value as number | string, 1)
    return value as number | string
  } catch (error) {
    throw new InvalidRequestError(
      field,
      `must be a whole number of at least 1 or a percentage from "1%" to "100%", not ${JSON.stringify(value)}`,
      { cause: error },
    )
  }
}

function checkSeconds(field: string, value: unknown, min: number): number {
  if (typeof value === 'number' && value >= min && value <= MAX_SECONDS) return value
  throw new InvalidRequestError(
    field,
    `must be from ${min} to ${MAX_SECONDS} seconds, not ${JSON.stringify(value)}`,
  )
}
