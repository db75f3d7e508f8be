import { InvalidSpecError, type SpecChoice } from './errors.ts'
import type { Json, JsonObject } from './ids.ts'
import { nearest } from './nearest.ts'

/**
 * What one property of a typed document (a policy's, a profile's) may hold. One description serves all: the check of
 * what was given, its TypeScript type ({@link ValuesOf}), JSON Schema (property-schema.ts), and the schemas that
 * gateways print in their vendors' formats.
 */
export type Property =
  | (Described & { readonly type: 'Boolean'; readonly default?: boolean | null })
  | (Described & Bounds & { readonly type: 'Integer' | 'Number'; readonly default?: number | null })
  | (Described & {
      readonly type: 'String'
      readonly default?: string | null
      /** The only values it may have. */
      readonly allowed?: readonly string[]
      /** Known to whoever gave it and to what it is for: answers, events and errors have {@link HIDDEN} in its place. */
      readonly secret?: boolean
    })
  | (Described & {
      readonly type: 'List'
      readonly items: Property
      readonly maxItems?: number
      readonly default?: readonly Json[] | null
    })
  | (Described & {
      readonly type: 'Map'
      /** Its members; absent: any. */
      readonly properties?: Properties
      readonly default?: JsonObject | null
    })

/** Shown in the place of a secret. */
export const HIDDEN = '***'

/** Properties by name. */
export type Properties = { readonly [name: string]: Property }

interface Described {
  /** A sentence for people, with the unit. */
  readonly description: string
  /** A document without it is refused. */
  readonly required?: boolean
  /** Whether it may be changed on what was made already; said by profiles only. */
  readonly updatable?: boolean
  /** The first version of the document that knows it; absent: all do. */
  readonly since?: string
}

interface Bounds {
  readonly min?: number
  readonly max?: number
  /** Exclusive lower bound. */
  readonly moreThan?: number
}

/**
 * A document with everything filled in: a default for what was not given, null for what has none, and for an absent
 * map without required members a map of its members' defaults.
 */
export type ValuesOf<P extends Properties> = { readonly [Name in keyof P]: ValueOf<P[Name]> }

type ValueOf<P extends Property> = Given<P> | (MayBeNull<P> extends true ? null : never)

type Given<P extends Property> = P extends { type: 'Boolean' }
  ? boolean
  : P extends { type: 'Integer' | 'Number' }
    ? number
    : P extends { type: 'String'; allowed: readonly (infer Allowed)[] }
      ? Allowed
      : P extends { type: 'String' }
        ? string
        : P extends { type: 'List'; items: infer Item extends Property }
          ? readonly ValueOf<Item & { required: true }>[]
          : P extends { type: 'Map'; properties: infer Members extends Properties }
            ? ValuesOf<Members>
            : JsonObject

type MayBeNull<P extends Property> = P extends { required: true }
  ? false
  : P extends { default: infer Default }
    ? null extends Default
      ? true
      : false
    : P extends { type: 'Map'; properties: infer Members extends Properties }
      ? HasRequired<Members>
      : true

type HasRequired<P extends Properties> = true extends {
  [Name in keyof P]: P[Name] extends { required: true } ? true : false
}[keyof P]
  ? true
  : false

/**
 * Reads a document by the description of its properties. Strings are taken for integers, numbers and booleans where
 * they say one, as they come out of query strings and templates.
 * @param version the document's; what came with a later one is unknown to it
 * @param path where the document stands in the request: `properties`
 * @throws InvalidSpecError naming the first property that breaks a rule, and the rule
 */
export function parseProperties<P extends Properties>(
  described: P,
  given: unknown,
  { version, path = 'properties' }: { readonly version: string; readonly path?: string },
): ValuesOf<P> {
  return parseMembers(described, given, version, path) as ValuesOf<P>
}

/** The properties that a version of the document knows. */
export function propertiesOf(described: Properties, version: string): Properties {
  return Object.fromEntries(
    Object.entries(described).filter(([, { since }]) => since === undefined || !isBefore(version, since)),
  )
}

function parseMembers(described: Properties, given: unknown, version: string, path: string): JsonObject {
  if (!isMap(given)) throw refuse(path, 'must be a map', given)
  const known = propertiesOf(described, version)
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(known, name)) throw unknown(`${path}.${name}`, name, known, described[name]?.since)
  }
  const values = Object.entries(described).map(([name, property]) => {
    const value = Object.hasOwn(known, name) && Object.hasOwn(given, name) ? given[name] : undefined
    return [name, parseValue(property, value, version, `${path}.${name}`)]
  })
  return Object.fromEntries(values) as JsonObject
}

function parseValue(property: Property, given: unknown, version: string, path: string): Json {
  if (given === undefined) return absent(property, version, path)
  if (given === null && property.default === null) return null
  switch (property.type) {
    case 'Boolean':
      return parseBoolean(given, path)
    case 'Integer':
    case 'Number':
      return parseNumber(property, given, path)
    case 'String':
      return parseString(property, given, path)
    case 'List':
      return parseList(property, given, version, path)
    case 'Map':
      if (property.properties) return parseMembers(property.properties, given, version, path)
      if (!isMap(given)) throw refuse(path, 'must be a map', given)
      return given as JsonObject
  }
}

function absent(property: Property, version: string, path: string): Json {
  if (property.required) {
    throw new InvalidSpecError(path, 'is missing, and has no default', { fault: 'missing' })
  }
  const members = property.type === 'Map' ? property.properties : undefined
  if (property.default === null || (property.default === undefined && !members)) return null
  const fill = property.default ?? {}
  if (!members) return fill
  const isComplete =
    property.default !== undefined || !Object.values(members).some(({ required }) => required)
  return isComplete ? parseMembers(members, fill, version, path) : null
}

/** What query strings, templates and the languages of clients write for the two. */
const TRUE = ['true', 't', 'yes', 'y', 'on', '1']
const FALSE = ['false', 'f', 'no', 'n', 'off', '0']

function parseBoolean(given: unknown, path: string): boolean {
  if (typeof given === 'boolean') return given
  const word = typeof given === 'string' ? given.toLowerCase() : ''
  if (TRUE.includes(word)) return true
  if (FALSE.includes(word)) return false
  throw refuse(path, 'must be true or false', given)
}

function parseNumber(
  { type, min, max, moreThan }: Extract<Property, { type: 'Integer' | 'Number' }>,
  given: unknown,
  path: string,
): number {
  const text = typeof given === 'string' && /^[+-]?\d+(\.\d+)?$/.test(given.trim()) ? given : undefined
  const value = typeof given === 'number' ? given : text === undefined ? Number.NaN : Number(text)
  if (!Number.isFinite(value) || (type === 'Integer' && !Number.isSafeInteger(value))) {
    throw refuse(path, type === 'Integer' ? 'must be a whole number' : 'must be a number', given)
  }
  if (min !== undefined && value < min) throw refuse(path, `must be at least ${min}`, given)
  if (moreThan !== undefined && value <= moreThan) throw refuse(path, `must be more than ${moreThan}`, given)
  if (max !== undefined && value > max) throw refuse(path, `must be at most ${max}`, given)
  return value
}

function parseString(
  { allowed, secret }: Extract<Property, { type: 'String' }>,
  given: unknown,
  path: string,
): string {
  if (secret && given === HIDDEN) {
    throw new InvalidSpecError(
      path,
      `is a secret, which is only shown as "${HIDDEN}": give the secret itself`,
    )
  }
  if (typeof given !== 'string') {
    throw refuse(path, 'must be a string; put it in quotes', secret ? HIDDEN : given)
  }
  if (allowed && !allowed.includes(given)) {
    throw refuse(path, `must be one of ${allowed.join(', ')}`, given, { given, allowed })
  }
  return given
}

function parseList(
  { items, maxItems }: Extract<Property, { type: 'List' }>,
  given: unknown,
  version: string,
  path: string,
): Json {
  if (!Array.isArray(given)) throw refuse(path, 'must be a list', given)
  if (maxItems !== undefined && given.length > maxItems) {
    throw new InvalidSpecError(path, `may have at most ${maxItems} items, and has ${given.length}`)
  }
  return given.map((item, index) => parseValue(items, item ?? null, version, `${path}[${index}]`))
}

function unknown(path: string, name: string, known: Properties, since: string | undefined): InvalidSpecError {
  const fault = 'unknown'
  if (since !== undefined) return new InvalidSpecError(path, `is known from version ${since} on`, { fault })
  const names = Object.keys(known)
  const near = nearest(name, names)
  return new InvalidSpecError(
    path,
    near === undefined
      ? `is not known; known are: ${names.join(', ')}`
      : `is not known; did you mean "${near}"?`,
    { fault },
  )
}

function refuse(path: string, rule: string, given: unknown, choice?: SpecChoice): InvalidSpecError {
  const text = JSON.stringify(given) ?? String(given)
  const shown = text.length > 80 ? `${text.slice(0, 80)}…` : text
  return new InvalidSpecError(path, `${rule}, not ${shown}`, choice && { choice })
}

/** `1.9` is before `1.10`. */
function isBefore(version: string, other: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [otherMajor = 0, otherMinor = 0] = other.split('.').map(Number)
  return major < otherMajor || (major === otherMajor && minor < otherMinor)
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
