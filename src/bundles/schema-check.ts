import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'

type SchemaError = ReturnType<ReturnType<typeof Compile>['Errors']>[number]

/**
 * Compiles a schema into a function that says, one sentence a rule, what is wrong with a value. Sentences begin
 * with the field's path (`healthCheck.intervalSeconds must be > 0`). Where a choice is told apart by a field of
 * fixed values, like `type`, only the rules of the alternative that was chosen are named. An unknown key comes
 * with the nearest known one.
 */
export function createSchemaCheck(schema: TSchema): (value: unknown) => string[] {
  const validator = Compile(schema)
  return (value) => {
    if (validator.Check(value)) return []
    const sentences = relevant(validator.Errors(value)).flatMap((error) => describe(schema, error))
    return [...new Set(sentences)]
  }
}

const ALTERNATIVE = /^(.*\/anyOf)\/\d+/

function relevant(errors: readonly SchemaError[]): SchemaError[] {
  const notChosen = new Set(
    errors.filter((error) => error.keyword === 'const').map((error) => alternativeOf(error)),
  )
  const chosen = errors.filter((error) => !notChosen.has(alternativeOf(error)))
  const explained = new Set(chosen.map((error) => ALTERNATIVE.exec(error.schemaPath)?.[1]))
  // "must match one of" says nothing once the alternative's own rules were named.
  return chosen.filter(
    (error) =>
      error.keyword !== 'boolean' &&
      !(error.keyword === 'anyOf' && explained.has(`${error.schemaPath}/anyOf`)),
  )
}

function alternativeOf(error: SchemaError): string | undefined {
  return ALTERNATIVE.exec(error.schemaPath)?.[0]
}

function describe(schema: TSchema, error: SchemaError): string[] {
  const place = error.instancePath.split('/').slice(1).map(unescapePointer)
  const field = place.join('.')
  const say = (rule: string) => (field === '' ? `the file ${rule}` : `${field} ${rule}`)
  const params = error.params as { additionalProperties?: readonly string[] }
  switch (error.keyword) {
    case 'additionalProperties':
      return (params.additionalProperties ?? []).map((key) =>
        describeUnknownKey([...place, key].join('.'), key, at(schema, error.schemaPath)),
      )
    case 'anyOf':
      return [say(`must have a type, one of: ${typesOf(at(schema, error.schemaPath)).join(', ')}`)]
    case 'type':
      return [say(`${error.message}${error.message.endsWith('string') ? '; put the value in quotes' : ''}`)]
    case 'pattern':
      return [say(`must match ${patternOf(at(schema, error.schemaPath))}`)]
    default:
      return [say(error.message)]
  }
}

interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly patternProperties?: Readonly<Record<string, SchemaNode>>
  readonly anyOf?: readonly SchemaNode[]
  readonly pattern?: string
  readonly const?: string
}

function describeUnknownKey(field: string, key: string, schema: SchemaNode): string {
  const [pattern] = Object.keys(schema.patternProperties ?? {})
  if (pattern !== undefined) return `${field} is refused: its name must match ${pattern}`
  const known = Object.keys(schema.properties ?? {})
  const near = nearest(key, known)
  const hint = near === undefined ? `known are: ${known.join(', ')}` : `did you mean "${near}"?`
  return `${field} is not a known key; ${hint}`
}

function typesOf(schema: SchemaNode): string[] {
  return (schema.anyOf ?? []).flatMap((alternative) => alternative.properties?.['type']?.const ?? [])
}

function patternOf(schema: SchemaNode): string {
  return schema.pattern ?? 'its pattern'
}

/** Finds the part of a schema that a `#/properties/…` pointer names. */
function at(schema: TSchema, pointer: string): SchemaNode {
  let node: unknown = schema
  for (const step of pointer.split('/').slice(1).map(unescapePointer)) {
    node = (node as Readonly<Record<string, unknown>>)[step] ?? {}
  }
  return node as SchemaNode
}

function unescapePointer(step: string): string {
  return step.replaceAll('~1', '/').replaceAll('~0', '~')
}

/** The known word with the fewest edits, if that is close enough to be what was meant. */
function nearest(word: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((candidate) => ({ candidate, edits: editDistance(word.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits)
  const [best] = ranked
  return best !== undefined && best.edits <= Math.max(2, word.length / 3) ? best.candidate : undefined
}

/** Levenshtein distance, row by row. Words are cut: a key of 64 KiB has no near neighbour anyway. */
function editDistance(a: string, b: string): number {
  const word = a.slice(0, 64)
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (const [i, letter] of [...word].entries()) {
    const next = [i + 1]
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = row[j - 1]! + (letter === b[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1))
    }
    row = next
  }
  return row[b.length]!
}
