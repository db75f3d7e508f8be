import type { Json, JsonObject } from '../../domain/ids.ts'
import { AwsFault, type FaultKind } from './fault.ts'

/**
 * What a member of a request may be, as the service's model has it. One description serves the check, with AWS's own
 * messages, and the TypeScript type of what comes out ({@link Checked}).
 */
export interface Shape<Value> {
  /** Adds what is wrong to `faults`, and goes on, so that a caller learns everything at once. */
  check(given: Json, path: string, faults: string[]): Value
}

/** The type of what a shape lets through. */
export type Checked<S> = S extends Shape<infer Value> ? Value : never

type Members = Readonly<Record<string, Shape<unknown>>>
type ValuesOf<Required extends Members, Optional extends Members> = {
  readonly [Name in keyof Required]: Checked<Required[Name]>
} & { readonly [Name in keyof Optional]?: Checked<Optional[Name]> }

interface Length {
  readonly min?: number
  readonly max?: number
}

/**
 * Checks a value against a shape. What the shape does not know is left out, as AWS does.
 * @param kind the error that the service's model declares for this
 * @throws AwsFault of that kind with one sentence for each rule that is broken, or `SerializationException` for a value
 *   of the wrong type
 */
export function checkShape<Value>(shape: Shape<Value>, given: Json, kind: FaultKind): Value {
  const faults: string[] = []
  const value = shape.check(given, '', faults)
  if (faults.length === 0) return value
  const count = faults.length === 1 ? '1 validation error' : `${faults.length} validation errors`
  throw new AwsFault(kind, `${count} detected: ${faults.join('; ')}`)
}

/** A text. Lengths are in characters, and a pattern is one for the whole text. */
export function string({ pattern, ...length }: Length & { readonly pattern?: RegExp } = {}): Shape<string> {
  const whole = pattern && new RegExp(`^(?:${pattern.source})$`, pattern.flags)
  return {
    check(given, path, faults) {
      const text = requireType(given, path, 'String', (value) => typeof value === 'string') as string
      const fails = (rule: string) => faults.push(failure(text, path, rule))
      checkLength(text.length, length, fails)
      if (whole && !whole.test(text)) {
        fails(`Member must satisfy regular expression pattern: ${pattern?.source}`)
      }
      return text
    },
  }
}

/** One of a list of words. */
export function oneOf<const Word extends string>(words: readonly Word[]): Shape<Word> {
  return {
    check(given, path, faults) {
      const text = requireType(given, path, 'String', (value) => typeof value === 'string') as Word
      if (!words.includes(text)) {
        faults.push(failure(text, path, `Member must satisfy enum value set: [${words.join(', ')}]`))
      }
      return text
    },
  }
}

/** A whole number. */
export function integer(range: Length = {}): Shape<number> {
  return {
    check(given, path, faults) {
      const value = requireType(given, path, 'Integer', Number.isSafeInteger) as number
      checkRange(value, path, range, faults)
      return value
    },
  }
}

/** Any number. */
export function number(range: Length = {}): Shape<number> {
  return {
    check(given, path, faults) {
      const value = requireType(given, path, 'Double', Number.isFinite) as number
      checkRange(value, path, range, faults)
      return value
    },
  }
}

function checkRange(value: number, path: string, { min, max }: Length, faults: string[]): void {
  const fails = (rule: string) => faults.push(failure(value, path, `Member must have value ${rule}`))
  if (min !== undefined && value < min) fails(`greater than or equal to ${min}`)
  if (max !== undefined && value > max) fails(`less than or equal to ${max}`)
}

/** True or false. */
export function boolean(): Shape<boolean> {
  return {
    check: (given, path) =>
      requireType(given, path, 'Boolean', (value) => typeof value === 'boolean') as boolean,
  }
}

/** Several of one shape. */
export function list<Item>(item: Shape<Item>, length: Length = {}): Shape<readonly Item[]> {
  return {
    check(given, path, faults) {
      const items = requireType(given, path, 'List', Array.isArray) as readonly Json[]
      checkLength(items.length, length, (rule) => faults.push(failure(items, path, rule)))
      return items.map((each, index) => item.check(each, `${path}.${index + 1}.member`, faults))
    },
  }
}

/** Values of one shape under names of another. */
export function map<Value>(
  name: Shape<string>,
  value: Shape<Value>,
  length: Length = {},
): Shape<Readonly<Record<string, Value>>> {
  return {
    check(given, path, faults) {
      const entries = Object.entries(requireType(given, path, 'Map', isObject) as JsonObject)
      checkLength(entries.length, length, (rule) => faults.push(failure(given, path, rule)))
      return Object.fromEntries(
        entries.map(([key, each]) => {
          name.check(key, `${path}.key`, faults)
          return [key, value.check(each, `${path}.${key}.member`, faults)]
        }),
      )
    },
  }
}

/** Members by name: those that have to be there, and those that may. Null is the same as absent. */
export function structure<Required extends Members, Optional extends Members = Record<never, never>>(
  required: Required,
  optional?: Optional,
): Shape<ValuesOf<Required, Optional>> {
  const shapes = Object.entries<Shape<unknown>>({ ...required, ...optional })
  return {
    check(given, path, faults) {
      const object = requireType(given, path, 'Structure', isObject) as JsonObject
      const values: Record<string, unknown> = {}
      for (const [name, shape] of shapes) {
        const at = path === '' ? name : `${path}.${name}`
        const member = Object.hasOwn(object, name) ? object[name] : undefined
        if (member !== undefined && member !== null) values[name] = shape.check(member, at, faults)
        else if (Object.hasOwn(required, name)) faults.push(failure(null, at, 'Member must not be null'))
      }
      return values as ValuesOf<Required, Optional>
    },
  }
}

/** Whatever it is, for what is only stored and given back. */
export function anything(): Shape<Json> {
  return { check: (given) => given }
}

function checkLength(length: number, { min, max }: Length, fails: (rule: string) => void): void {
  if (min !== undefined && length < min) fails(`Member must have length greater than or equal to ${min}`)
  if (max !== undefined && length > max) fails(`Member must have length less than or equal to ${max}`)
}

/** The longest value that a message repeats. */
const LONGEST_SHOWN = 200

function failure(value: Json, path: string, rule: string): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  const shown = text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text
  return `Value ${value === null ? 'null' : `'${shown}'`} at '${path}' failed to satisfy constraint: ${rule}`
}

function requireType(given: Json, path: string, type: string, fits: (value: unknown) => boolean): Json {
  if (fits(given)) return given
  const at = path === '' ? 'The request body' : `Member '${path}'`
  const message = `${at} cannot be converted to ${type}`
  throw new AwsFault({ type: 'SerializationException', status: 400 }, message)
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
