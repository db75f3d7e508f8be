import type { JsonObject } from '../../domain/ids.ts'
import { MalformedFault } from './errors.ts'

/** Reads one value. @throws MalformedFault naming the field or the value */
type Check<Value> = (value: unknown, name: string) => Value

interface Field<Value> {
  readonly check: Check<Value>
  readonly required?: boolean
  /** The microversion that knows it: below, it is dropped. Default 0. */
  readonly since?: number
}

type Fields = Readonly<Record<string, Field<unknown>>>

/** What was given, by name. A null counts as not given: clients send all they know of. */
type Given<F extends Fields> = {
  readonly [Name in keyof F as F[Name] extends { required: true } ? Name : never]: ReturnType<
    F[Name]['check']
  >
} & {
  readonly [Name in keyof F as F[Name] extends { required: true } ? never : Name]?: ReturnType<
    F[Name]['check']
  >
}

/** What stands under a name in the request's body, as creations and actions ask for it. */
export function unwrap(body: unknown, name: string): unknown {
  if (!isMap(body) || !isMap(body[name])) throw new MalformedFault(`Request body missing '${name}' key.`)
  return body[name]
}

/** {@link unwrap} for updates, which say it in other words. */
export function unwrapUpdate(body: unknown, name: string): unknown {
  if (!isMap(body) || !isMap(body[name])) {
    throw new MalformedFault(`Malformed request data, missing '${name}' key in request body.`)
  }
  return body[name]
}

/**
 * Reads a map by its fields: unknown ones first, then missing ones, then each value.
 * @throws MalformedFault
 */
export function readFields<const F extends Fields>(given: unknown, fields: F, minor: number): Given<F> {
  if (!isMap(given)) throw new MalformedFault('The data provided is not a map')
  const strange = Object.keys(given).filter((name) => !Object.hasOwn(fields, name))
  if (strange.length > 0) {
    const names = strange.map((name) => `'${name}'`).join(', ')
    const verb = strange.length === 1 ? 'was' : 'were'
    throw new MalformedFault(`Additional properties are not allowed (${names} ${verb} unexpected)`)
  }
  const known = Object.entries(fields).filter(([, { since = 0 }]) => since <= minor)
  const values: Record<string, unknown> = {}
  for (const [name, { required }] of known) {
    if (required && !Object.hasOwn(given, name)) throw new MalformedFault(`'${name}' is a required property`)
  }
  for (const [name, { check, required }] of known) {
    const value = given[name]
    if (value === undefined || (value === null && !required)) continue
    values[name] = check(value, name)
  }
  return values as Given<F>
}

const NAME = /^[\p{Script=Han}A-Za-z0-9_.~-]{1,255}$/u

/** 1 to 255 characters: letters, digits, `_`, `.`, `~` and `-`. */
export const name: Check<string> = (value, field) => {
  const text = string(value, field)
  if (NAME.test(text)) return text
  const shown = text.length > 60 ? `${text.slice(0, 60)}…` : text
  throw new MalformedFault(
    `The value for '${field}' must have 1 to 255 characters out of letters, digits and '_.~-', not '${shown}'.`,
  )
}

export const string: Check<string> = (value, field) => {
  if (typeof value === 'string') return value
  if (typeof value === 'number') throw new MalformedFault(`${value} is not of type 'string'`)
  throw new MalformedFault(`A string is required in field ${field}, not a ${kindOf(value)}`)
}

export const boolean: Check<boolean> = (value) => {
  if (typeof value === 'boolean') return value
  const found = readBoolean(String(value))
  if (found !== undefined) return found
  throw new MalformedFault(`Unrecognized value '${shown(value)}', acceptable values are: ${BOOLEANS}`)
}

export const map: Check<JsonObject> = (value) => {
  if (isMap(value)) return value as JsonObject
  throw new MalformedFault('The data provided is not a map')
}

/** Decimal strings are integers, too. */
export function integer(min: number, max?: number): Check<number> {
  return (value, field) => {
    const number = typeof value === 'string' && /^\s*[+-]?\d+\s*$/.test(value) ? Number(value) : value
    if (typeof number !== 'number' || !Number.isSafeInteger(number)) {
      const quoted = typeof value === 'string' ? `'${value}'` : shown(value)
      throw new MalformedFault(`The value for ${field} must be an integer: ${quoted}.`)
    }
    if (number < min) throw new MalformedFault(`Value must be >= ${min} for field '${field}'.`)
    if (max !== undefined && number > max)
      throw new MalformedFault(`Value must be <= ${max} for field '${field}'.`)
    return number
  }
}

export const number: Check<number> = (value, field) => {
  const read = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  if (typeof read === 'number' && Number.isFinite(read)) return read
  throw new MalformedFault(`The value for ${field} must be a number: ${shown(value)}.`)
}

export function oneOf<const Value extends string>(values: readonly Value[]): Check<Value> {
  return (value, field) => {
    const found = values.find((one) => one === value)
    if (found !== undefined) return found
    throw new MalformedFault(`Value '${shown(value)}' is not acceptable for field '${field}'.`)
  }
}

/** At least one text, none twice. A text alone is read as the list of its characters, as this API always did. */
export const uniqueList: Check<readonly string[]> = (value, field) => {
  const items: unknown = typeof value === 'string' ? [...value] : value
  if (!Array.isArray(items)) throw new MalformedFault(`Items for '${field}' must be unique`)
  if (items.length === 0) throw new MalformedFault(`Value for '${field}' must have at least 1 item(s).`)
  if (new Set(items).size !== items.length) throw new MalformedFault(`Items for '${field}' must be unique`)
  return items.map((item) => string(item, field))
}

const TRUE = ['1', 't', 'true', 'on', 'y', 'yes']
const FALSE = ['0', 'f', 'false', 'off', 'n', 'no']
const BOOLEANS = [...FALSE, ...TRUE]
  .sort()
  .map((word) => `'${word}'`)
  .join(', ')

/** Undefined if it is none of the words for true and false. */
export function readBoolean(text: string): boolean | undefined {
  const word = text.trim().toLowerCase()
  if (TRUE.includes(word)) return true
  return FALSE.includes(word) ? false : undefined
}

export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}

function kindOf(value: unknown): string {
  return Array.isArray(value)
    ? 'list'
    : value === null
      ? 'null'
      : typeof value === 'object'
        ? 'map'
        : typeof value
}
