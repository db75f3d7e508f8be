import { InvalidRequestError, LimitExceededError, type SizeRefusal } from '../domain/errors.ts'
import type { JsonObject } from '../domain/ids.ts'
import { brokenBucketRule, brokenKeyRule, brokenVersionRule } from '../domain/object-name.ts'

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/
const WIDE_NAME = /^[\p{Script=Han}A-Za-z0-9._~-]{1,255}$/u
const BUNDLE_VERSION = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$/
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const MAX_METADATA_BYTES = 64 * 1024
const MAX_TEXT_LENGTH = 1000

/** Which names are taken. */
export interface NameRules {
  /** Those of OpenStack, too: up to 255 characters, Chinese ones and `~` among them, in any order. Default no. */
  readonly wideName?: boolean
}

/** @throws InvalidRequestError */
export function checkName(field: string, value: unknown, { wideName = false }: NameRules = {}): string {
  if (typeof value !== 'string' || !(wideName ? WIDE_NAME : NAME).test(value)) {
    const rule = wideName
      ? '1 to 255 characters, letters, digits, "-", "_", "." and "~"'
      : '1 to 63 characters, letters, digits, "-", "_" and ".", and begin with a letter or digit'
    throw new InvalidRequestError(field, `must have ${rule}, not ${shown(value)}`)
  }
  // Things are found by id or name: a name that is another one's id would hide it.
  if (UUID.test(value)) throw new InvalidRequestError(field, `must not look like an id, as "${value}" does`)
  return value
}

/** @throws InvalidRequestError */
export function checkBundleVersion(field: string, value: unknown): string {
  if (typeof value === 'string' && BUNDLE_VERSION.test(value)) return value
  throw new InvalidRequestError(
    field,
    `must have 1 to 64 characters, letters, digits, "-", "_", "." and "+", and begin with a letter or digit, not ${shown(value)}`,
  )
}

/** @throws InvalidRequestError */
export function checkInteger(
  field: string,
  value: unknown,
  min: number,
  max = Number.MAX_SAFE_INTEGER,
): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`
  throw new InvalidRequestError(field, `must be a whole number ${range}, not ${shown(value)}`)
}

/** A text that has to be there. @throws InvalidRequestError */
export function requireText(field: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value
  throw new InvalidRequestError(field, 'must be given')
}

/** What a bucket may be called. @throws InvalidRequestError */
export function checkBucketName(field: string, value: unknown): string {
  const name = checkRule(field, value, brokenBucketRule)
  if (UUID.test(name)) throw new InvalidRequestError(field, `must not look like an id, as "${name}" does`)
  return name
}

/** An object in a bucket. @throws InvalidRequestError */
export function checkObjectName(input: {
  readonly bucket: unknown
  readonly key: unknown
  readonly objectVersion?: unknown
}): { readonly bucket: string; readonly key: string; readonly version?: string } {
  const { objectVersion } = input
  return {
    bucket: checkRule('bucket', input.bucket, brokenBucketRule),
    key: checkRule('key', input.key, brokenKeyRule),
    ...(objectVersion !== undefined && {
      version: checkRule('objectVersion', objectVersion, brokenVersionRule),
    }),
  }
}

/** A text that people wrote for people. @throws InvalidRequestError */
export function checkText(field: string, value: unknown): string {
  if (typeof value === 'string' && value.length <= MAX_TEXT_LENGTH) return value
  throw new InvalidRequestError(field, `must be a text of at most ${MAX_TEXT_LENGTH} characters`)
}

/** @throws InvalidRequestError */
export function checkOneOf<Value extends string>(
  field: string,
  value: unknown,
  known: readonly Value[],
): Value {
  const found = known.find((one) => one === value)
  if (found !== undefined) return found
  throw new InvalidRequestError(field, `must be one of ${known.join(', ')}, not ${shown(value)}`)
}

/** @throws InvalidRequestError if it is not an object or has more than 64 KiB */
export function checkMetadata(field: string, value: unknown): JsonObject {
  if (!isObject(value)) throw new InvalidRequestError(field, `must be an object, not ${shown(value)}`)
  const sizeBytes = Buffer.byteLength(JSON.stringify(value))
  if (sizeBytes > MAX_METADATA_BYTES) {
    throw new InvalidRequestError(field, `has ${sizeBytes} bytes, at most ${MAX_METADATA_BYTES} are kept`)
  }
  return value as JsonObject
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export interface Sizes {
  readonly minSize: number
  readonly maxSize: number | null
  readonly desiredCapacity: number
}

/**
 * @param desiredField the request field that chose the desired capacity
 * @throws InvalidRequestError when a bound is no whole number or the bounds contradict each other
 * @throws LimitExceededError when the desired capacity is outside the bounds
 */
export function checkSizes(sizes: Sizes, desiredField: string, maxNodesPerPool: number): Sizes {
  const minSize = checkInteger('minSize', sizes.minSize, 0)
  const maxSize = sizes.maxSize === null ? null : checkInteger('maxSize', sizes.maxSize, 0)
  const desiredCapacity = checkInteger(desiredField, sizes.desiredCapacity, 0)
  if (maxSize !== null && minSize > maxSize) {
    const size = refusedSize('minSize', minSize, 'above', 'maxSize', maxSize)
    throw new InvalidRequestError('minSize', `${minSize} is above maxSize, ${maxSize}`, { size })
  }
  const tooMany = (field: string, text: string, size: SizeRefusal) =>
    new LimitExceededError(`${field}: ${size.value} nodes are more than ${text}, ${size.limit}`, {
      field,
      size,
    })
  if (minSize > maxNodesPerPool) {
    throw tooMany(
      'minSize',
      'a pool may have',
      refusedSize('minSize', minSize, 'above', 'most', maxNodesPerPool),
    )
  }
  if (maxSize !== null && desiredCapacity > maxSize) {
    const size = refusedSize('capacity', desiredCapacity, 'above', 'maxSize', maxSize)
    throw tooMany(desiredField, "the pool's maxSize", size)
  }
  if (desiredCapacity > maxNodesPerPool) {
    const size = refusedSize('capacity', desiredCapacity, 'above', 'most', maxNodesPerPool)
    throw tooMany(desiredField, 'a pool may have', size)
  }
  if (desiredCapacity < minSize) {
    throw new LimitExceededError(
      `${desiredField}: ${desiredCapacity} nodes are fewer than the pool's minSize, ${minSize}`,
      { field: desiredField, size: refusedSize('capacity', desiredCapacity, 'below', 'minSize', minSize) },
    )
  }
  return { minSize, maxSize, desiredCapacity }
}

function refusedSize(
  what: SizeRefusal['what'],
  value: number,
  relation: SizeRefusal['relation'],
  bound: SizeRefusal['bound'],
  limit: number,
): SizeRefusal {
  return { what, value, relation, bound, limit, isGiven: false }
}

/** @param brokenRule gives the rule that the text breaks, null if none */
function checkRule(field: string, value: unknown, brokenRule: (text: string) => string | null): string {
  const rule = typeof value === 'string' ? brokenRule(value) : 'must be a text'
  if (rule !== null) throw new InvalidRequestError(field, `${rule}; it is ${shown(value)}`)
  return value as string
}

/** A value as it may stand in a message: one line, never endless. */
function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}
