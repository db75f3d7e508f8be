import { Ajv2020, type AnySchema, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import type { FastifyServerOptions } from 'fastify'
import type { FastifySchemaControllerOptions, FastifySchemaValidationError } from 'fastify/types/schema.js'
import { type DroverError, InvalidRequestError } from '../domain/errors.ts'

/**
 * Options for Fastify. Checks requests against their schemas. Bodies mean what they say: a number in quotes is not
 * a number and an unknown key is an error. Query strings and paths are text, so there `limit=50` becomes a number.
 */
export function createValidation(): Pick<FastifyServerOptions, 'schemaController' | 'schemaErrorFormatter'> {
  const exact = createAjv(false)
  const fromText = createAjv('array')
  // Compiled when first asked for: all of them together would be most of the time that a start takes.
  const compile = ({ schema, httpPart }: { readonly schema: AnySchema; readonly httpPart?: string }) => {
    let validate: ValidateFunction | undefined
    return (data: unknown) => {
      validate ??= (httpPart === 'body' ? exact : fromText).compile(schema)
      return validate(data) ? true : { error: validate.errors }
    }
  }
  // Answers are built by our own presenters, key by key; the schemas describe them, and the tests check it.
  const serialize = () => (data: unknown) => JSON.stringify(data)
  return {
    // Not with setValidatorCompiler: a scope with schemas of its own would fall back to Fastify's.
    schemaController: {
      // Its type knows only a compiler that is given the bare schema, which is not what Fastify calls.
      compilersFactory: {
        buildValidator: (() => compile) as unknown as Factory,
        buildSerializer: () => serialize,
      },
    },
    schemaErrorFormatter: (errors, part) => toRequestError(errors, part),
  }
}

type Factory = NonNullable<NonNullable<FastifySchemaControllerOptions['compilersFactory']>['buildValidator']>

function createAjv(coerceTypes: false | 'array'): Ajv2020 {
  const ajv = new Ajv2020({
    coerceTypes,
    useDefaults: true,
    removeAdditional: false,
    allErrors: false,
    // Gives the error the schema it broke, to name what would be right.
    verbose: true,
    allowUnionTypes: true,
    strictTypes: false,
  })
  // The package is CommonJS; its function is the default of the default.
  formats.default(ajv)
  return ajv
}

/** Names the field as a path and says the rule in words. */
function toRequestError(errors: readonly FastifySchemaValidationError[], part: string): DroverError {
  const error = errors[0] as (FastifySchemaValidationError & Partial<ErrorObject>) | undefined
  if (!error) return new InvalidRequestError(part, 'is not valid')
  const path = toPath(error.instancePath)
  const at = (name: string) => (path === '' ? name : `${path}.${name}`)
  const field = path === '' ? part : part === 'headers' ? headerName(path) : path
  const { params, keyword } = error
  switch (keyword) {
    case 'required':
      return new InvalidRequestError(at(String(params['missingProperty'])), 'is required')
    case 'additionalProperties':
      return new InvalidRequestError(at(String(params['additionalProperty'])), unknownKey(error.parentSchema))
    case 'enum':
      return new InvalidRequestError(
        field,
        `must be one of ${(params['allowedValues'] as string[]).join(', ')}`,
      )
    case 'pattern':
      return new InvalidRequestError(
        field,
        `must be ${ruleOf(error.parentSchema) ?? `like ${params['pattern']}`}`,
      )
    case 'type':
      return new InvalidRequestError(field, `must be of type ${[params['type']].flat().join(' or ')}`)
    default:
      return new InvalidRequestError(field, error.message ?? 'is not valid')
  }
}

/** `/nodes/0/name` → `nodes[0].name`. */
function toPath(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((key, index) => (/^\d+$/.test(key) ? `[${key}]` : index === 0 ? key : `.${key}`))
    .join('')
}

const HEADER_NAMES: Readonly<Record<string, string>> = {
  'idempotency-key': 'Idempotency-Key',
  'if-match': 'If-Match',
  'last-event-id': 'Last-Event-ID',
}

function headerName(name: string): string {
  return HEADER_NAMES[name] ?? name
}

function unknownKey(schema: unknown): string {
  const { properties } = (schema ?? {}) as { readonly properties?: object }
  const known = Object.keys(properties ?? {})
  return known.length === 0
    ? 'is not known; nothing is taken here'
    : `is not known; known are ${known.join(', ')}`
}

/** A schema with a pattern says in its description what the pattern means, as the rest of "must be …". */
function ruleOf(schema: unknown): string | undefined {
  const { description } = (schema ?? {}) as { readonly description?: string }
  return description?.replace(/\.$/, '')
}
