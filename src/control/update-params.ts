import { InvalidRequestError } from '../domain/errors.ts'
import { DEFAULT_UPDATE_PARAMS, type UpdateOrder, type UpdateParams } from '../domain/update.ts'
import {
  letsNodesMove,
  resolveAllowance,
  resolveCheckpoint,
  resolveMaxSurge,
  resolveMaxUnavailable,
} from '../planner/limits.ts'
import { checkInteger, checkOneOf, isObject } from './validate.ts'

const MAX_SECONDS = 30 * 24 * 3600
const MOST_CHECKPOINTS = 20
const MOST_LISTED = 10_000

/** Each parameter with the rule for it; gives the value back. */
const rules: {
  readonly [Name in keyof UpdateParams]: (field: string, value: unknown) => UpdateParams[Name]
} = {
  strategy: (field, value) => checkOneOf(field, value, ['ROLLING', 'FORCE', 'NO_RESTART']),
  order: checkOrder,
  maxUnavailable: (field, value) => {
    resolveMaxUnavailable(value as number | string, 1, field)
    return value as number | string
  },
  maxSurge: (field, value) => {
    resolveMaxSurge(value as number | string, 1, field)
    return value as number | string
  },
  batchPauseSeconds: (field, value) => (value === null ? null : checkSeconds(field, value, 0)),
  checkpoints: checkCheckpoints,
  holdSeconds: (field, value) => (value === null ? null : checkSeconds(field, value, 0)),
  afterHold: (field, value) => checkOneOf(field, value, ['continue', 'roll-back']),
  minReadySeconds: (field, value) => checkSeconds(field, value, 0),
  bakeSeconds: (field, value) => checkSeconds(field, value, 0),
  maxFailures: checkAllowance,
  maxUnhealthyUpdated: (field, value) => (value === null ? null : checkAllowance(field, value)),
  maxUnhealthy: (field, value) => (value === null ? null : checkAllowance(field, value)),
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

/**
 * The same for what holds where an update says nothing itself: by these alone, nodes can move.
 * @throws InvalidRequestError
 */
export function checkUpdateDefaults(field: string, given: unknown): Partial<UpdateParams> {
  const checked = checkUpdateParams(field, given)
  checkNodesMove(field, { ...DEFAULT_UPDATE_PARAMS, ...checked })
  return checked
}

/**
 * What is not given is the pool's default, and without one Drover's.
 * @throws InvalidRequestError when no node could move
 */
export function resolveUpdateParams(
  given: Partial<UpdateParams>,
  poolDefaults: Partial<UpdateParams>,
): UpdateParams {
  const params = { ...DEFAULT_UPDATE_PARAMS, ...poolDefaults, ...given }
  checkNodesMove('params', params)
  return params
}

function checkNodesMove(field: string, params: UpdateParams): void {
  if (!letsNodesMove(params)) {
    throw new InvalidRequestError(
      `${field}.maxUnavailable`,
      'with 0 no node could move: say at least 1, or let replacements start first with maxSurge',
    )
  }
}

function checkAllowance(field: string, value: unknown): number | string {
  resolveAllowance(field, value as number | string, 1)
  return value as number | string
}

function checkCheckpoints(field: string, value: unknown): readonly (number | string)[] {
  if (!Array.isArray(value) || value.length > MOST_CHECKPOINTS) {
    throw new InvalidRequestError(
      field,
      `must be a list of at most ${MOST_CHECKPOINTS} numbers or percentages`,
    )
  }
  const points = value as readonly (number | string)[]
  for (const point of points) resolveCheckpoint(field, point, 1)
  for (const kind of ['number', 'string']) {
    const sizes = points
      .filter((point) => typeof point === kind)
      .map((point) => Number.parseInt(`${point}`, 10))
    if (sizes.some((size, at) => size <= (sizes[at - 1] ?? 0)))
      throw new InvalidRequestError(field, `must grow from one to the next, not ${JSON.stringify(points)}`)
  }
  return points
}

function checkOrder(field: string, value: unknown): UpdateOrder {
  if (!isObject(value)) throw new InvalidRequestError(field, 'must be an object like {"by": "zone"}')
  const { by, seed, nodes, ...others } = value
  const [other] = Object.keys(others)
  if (other !== undefined) throw new InvalidRequestError(`${field}.${other}`, 'there is no such field')
  const kind = checkOneOf(`${field}.by`, by, ['index', 'reverse-index', 'zone', 'list', 'random'])
  if (seed !== undefined && kind !== 'random')
    throw new InvalidRequestError(`${field}.seed`, 'is for an order by random')
  if (nodes !== undefined && kind !== 'list')
    throw new InvalidRequestError(`${field}.nodes`, 'is for an order by list')
  if (kind === 'random') return { by: kind, seed: checkInteger(`${field}.seed`, seed ?? 0, 0) }
  if (kind !== 'list') return { by: kind }
  const isList = Array.isArray(nodes) && nodes.every((node) => typeof node === 'string')
  if (!isList || nodes.length === 0 || nodes.length > MOST_LISTED) {
    throw new InvalidRequestError(
      `${field}.nodes`,
      `must be from 1 to ${MOST_LISTED} nodes, each by id or name`,
    )
  }
  return { by: kind, nodes: nodes as string[] }
}

function checkSeconds(field: string, value: unknown, min: number): number {
  if (typeof value === 'number' && value >= min && value <= MAX_SECONDS) return value
  throw new InvalidRequestError(
    field,
    `must be from ${min} to ${MAX_SECONDS} seconds, not ${JSON.stringify(value)}`,
  )
}
