import { type Static, type TSchema, Type } from 'typebox'
import type { ErrorCode } from '../domain/errors.ts'
import type { EpochMs, JsonObject } from '../domain/ids.ts'
import { httpStatus } from './error-status.ts'
import { Problem } from './problem.ts'

/** An instant. */
export const Time = Type.String({ format: 'date-time', examples: ['2026-11-21T10:00:00.000Z'] })

/** An instant that may not have come. */
export const OptionalTime = Type.Unsafe<string | null>({ type: ['string', 'null'], format: 'date-time' })

export function toTime(at: EpochMs): string {
  return new Date(at).toISOString()
}

export function toOptionalTime(at: EpochMs | null): string | null {
  return at === null ? null : toTime(at)
}

/** Whatever keys the caller likes. */
export const FreeObject = Type.Unsafe<JsonObject>({ type: 'object', additionalProperties: true })

/** Names and texts that people gave a thing. */
export const Tags = Type.Unsafe<Readonly<Record<string, string>>>({
  type: 'object',
  additionalProperties: { type: 'string' },
})

/** Text or nothing. */
export const NullableString = Type.Unsafe<string | null>({ type: ['string', 'null'] })

/** A whole number or nothing. */
export const NullableInteger = Type.Unsafe<number | null>({ type: ['integer', 'null'] })

/** A name of something new. */
export const Name = Type.String({
  minLength: 1,
  maxLength: 63,
  pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*$',
  description: '1 to 63 letters, digits, `-`, `_` and `.`, beginning with a letter or digit.',
})

/** How a user is called. */
export function userName(also: string = '') {
  const rule = '1 to 255 letters, digits, `-`, `_`, `.`, `@` and `+`, beginning with a letter or digit.'
  return Type.String({
    minLength: 1,
    maxLength: 255,
    pattern: '^[A-Za-z0-9][A-Za-z0-9._@+-]*$',
    description: `${rule} ${also}`.trim(),
  })
}

/** How something that exists is named by its caller. Users have the longest names. */
export function reference(description: string) {
  return Type.String({ minLength: 1, maxLength: 255, description })
}

/** One of a closed list of words. */
export function oneOf<const Word extends string>(words: readonly Word[], description?: string) {
  return Type.Unsafe<Word>({ type: 'string', enum: words, ...(description !== undefined && { description }) })
}

/** An object that takes these keys and no others. */
export function record<Properties extends Record<string, TSchema>>(
  properties: Properties,
  options: {
    readonly $id?: string
    readonly description?: string
    readonly examples?: readonly unknown[]
  } = {},
) {
  return Type.Object(properties, { additionalProperties: false, ...options } as {
    additionalProperties: false
  })
}

/** Points at a schema with an `$id` instead of repeating it. */
export function ref<Schema extends TSchema>(schema: Schema) {
  const { $id } = schema as { readonly $id?: string }
  if ($id === undefined) throw new Error('only a schema with an $id can be referred to')
  return Type.Unsafe<Static<Schema>>({ $ref: `${$id}#` } as TSchema)
}

/** The same, or null. */
export function nullableRef<Schema extends TSchema>(schema: Schema) {
  return Type.Unsafe<Static<Schema> | null>({ anyOf: [ref(schema), { type: 'null' }] } as TSchema)
}

const EVERYWHERE = ['invalid_request', 'rate_limited', 'internal', 'store_unavailable'] satisfies ErrorCode[]

/** What every route with a credential can answer. */
const WITH_CREDENTIAL = ['unauthenticated', 'forbidden'] satisfies ErrorCode[]

/**
 * A route's answers: the good ones as given, and a problem for each error code, by status.
 * @param options.open the route asks for no credential
 */
export function answers<Good extends Record<number, TSchema>>(
  good: Good,
  codes: readonly ErrorCode[] = [],
  options: { readonly open?: boolean } = {},
) {
  const all = [...EVERYWHERE, ...(options.open ? [] : WITH_CREDENTIAL), ...codes]
  const problems: Record<number, TSchema> = {}
  for (const status of new Set(all.map((code) => httpStatus[code]).sort((a, b) => a - b))) {
    const listed = all.filter((code) => httpStatus[code] === status).map((code) => `\`${code}\``)
    problems[status] = {
      description: listed.join(', '),
      content: { 'application/problem+json': { schema: ref(Problem) } },
    } as TSchema
  }
  return { ...problems, ...good } as Good
}

/** An answer without a body. */
export const Nothing = Type.Null({ description: 'Done; there is nothing to say.' })

const Key = Type.String({
  minLength: 1,
  maxLength: 255,
  pattern: '^[\\x21-\\x7e]+$',
  description: '1 to 255 visible ASCII characters.',
})

/** Every POST takes it. */
export const IdempotencyHeaders = Type.Object({
  'idempotency-key': Type.Optional({
    ...Key,
    description:
      '1 to 255 visible ASCII characters. Repeating a request with the same key within 10 minutes repeats its answer instead of its effect.',
  } as typeof Key),
})
