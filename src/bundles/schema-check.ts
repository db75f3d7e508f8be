import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import type { TSchema } from 'typebox'
import { nearest } from '../domain/nearest.ts'

/** Compiling costs some 20 ms, and the same schema is checked in several places; many a process checks nothing. */
const compiled = new WeakMap<TSchema, ValidateFunction>()
let ajv: Ajv2020 | undefined

function compile(schema: TSchema): ValidateFunction {
  const known = compiled.get(schema)
  if (known) return known
  ajv ??= new Ajv2020({ allErrors: true, verbose: true })
  const validate = ajv.compile(schema)
  compiled.set(schema, validate)
  return validate
}

/**
 * Makes of a schema a function that says, one sentence a rule, what is wrong with a value. Sentences begin
 * with the field's path (`healthCheck.intervalSeconds must be > 0`). Where alternatives are told apart by a field
 * of fixed values, like `type`, only the rules of the one that was chosen are named. An unknown key comes with
 * the nearest known one.
 */
export function createSchemaCheck(schema: TSchema): (value: unknown) => string[] {
  // typebox has a compiler too, but it stops at eight errors, and alternatives that were not meant use them up.
  return (value) => {
    const validate = compile(schema)
    if (validate(value)) return []
    const errors = validate.errors ?? []
    return [...new Set(relevant(errors).map(describe))]
  }
}

const ALTERNATIVE = /^(.*\/anyOf)\/\d+/

function relevant(errors: readonly ErrorObject[]): ErrorObject[] {
  const notChosen = new Set(errors.filter(isAboutTheChoice).map(alternativeOf))
  const chosen = errors.filter((error) => !notChosen.has(alternativeOf(error)))
  // "None fits" says nothing once the rules of the one that was meant are named.
  const explained = new Set(chosen.map((error) => ALTERNATIVE.exec(error.schemaPath)?.[1]))
  return chosen.filter((error) => error.keyword !== 'anyOf' || !explained.has(error.schemaPath))
}

/** Whether an error says that a value is not of this alternative at all: its `type` is another one, or missing. */
function isAboutTheChoice(error: ErrorObject): boolean {
  if (error.keyword === 'const') return true
  if (error.keyword !== 'required') return false
  return nodeOf(error).properties?.[error.params['missingProperty'] as string]?.const !== undefined
}

function alternativeOf(error: ErrorObject): string | undefined {
  return ALTERNATIVE.exec(error.schemaPath)?.[0]
}

function describe(error: ErrorObject): string {
  const place = error.instancePath.split('/').slice(1).map(unescapePointer)
  const field = place.length === 0 ? 'its content' : place.join('.')
  switch (error.keyword) {
    case 'additionalProperties':
      return describeUnknownKey(place, error.params['additionalProperty'] as string, nodeOf(error))
    case 'anyOf':
      return `${field} must have a type, one of: ${typesOf(nodeOf(error)).join(', ')}`
    case 'type':
      return `${field} ${error.message}${error.params['type'] === 'string' ? '; put the value in quotes' : ''}`
    default:
      return `${field} ${error.message}`
  }
}

interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly patternProperties?: Readonly<Record<string, SchemaNode>>
  readonly anyOf?: readonly SchemaNode[]
  readonly const?: string
}

function nodeOf(error: ErrorObject): SchemaNode {
  return (error.parentSchema ?? {}) as SchemaNode
}

function describeUnknownKey(place: readonly string[], key: string, schema: SchemaNode): string {
  const field = [...place, key].join('.')
  const [pattern] = Object.keys(schema.patternProperties ?? {})
  if (pattern !== undefined) return `${field} is refused: its name must match pattern "${pattern}"`
  const known = Object.keys(schema.properties ?? {})
  const near = nearest(key, known)
  const hint = near === undefined ? `known are: ${known.join(', ')}` : `did you mean "${near}"?`
  return `${field} is not a known key; ${hint}`
}

function typesOf(schema: SchemaNode): string[] {
  return (schema.anyOf ?? []).flatMap((alternative) => alternative.properties?.['type']?.const ?? [])
}

function unescapePointer(step: string): string {
  return step.replaceAll('~1', '/').replaceAll('~0', '~')
}
