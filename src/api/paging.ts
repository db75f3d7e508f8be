import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Static, type TSchema, Type } from 'typebox'
import type { Page, PageRequest } from '../store/page.ts'
import { NullableString, record, ref } from './schema.ts'

const DEFAULT_LIMIT = 50

const paging = {
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 1000, default: DEFAULT_LIMIT, description: 'Items on a page.' }),
  ),
  cursor: Type.Optional(
    Type.String({
      maxLength: 2000,
      description: '`nextCursor` of the page before, with the same sort order.',
    }),
  ),
}

/** The query string of a listing: filters, paging, and a sort order out of `sortable`. */
export function listQuery<Filters extends Record<string, TSchema>>(
  sortable: readonly string[],
  filters: Filters,
) {
  const directions = sortable.flatMap((property) => [property, `-${property}`])
  const sort = Type.Optional(
    Type.Unsafe<string>({
      type: 'string',
      enum: directions,
      description: 'Order of the items; with `-` the other way round.',
    }),
  )
  return record({ ...filters, ...paging, sort })
}

/** A filter that may be repeated for several values. */
export function several<Item extends TSchema>(item: Item, description: string) {
  return Type.Optional(Type.Array(item, { maxItems: 50, description: `${description} Repeatable.` }))
}

type ListQuery = { readonly limit?: number; readonly cursor?: string; readonly sort?: string }

/** Takes a listing's query apart into what `control` asks for. */
export function splitQuery<Query extends ListQuery>(
  query: Query,
): { readonly page: PageRequest; readonly filter: Omit<Query, keyof ListQuery> } {
  const { limit = DEFAULT_LIMIT, cursor, sort, ...filter } = query
  const page = { limit, ...(cursor !== undefined && { cursor }), ...(sort !== undefined && { sort }) }
  return { page, filter }
}

/** The schema of one page of these. */
export function pageOf<Item extends TSchema>(item: Item) {
  return record({
    items: Type.Array(ref(item)) as unknown as ReturnType<typeof Type.Unsafe<Static<Item>[]>>,
    nextCursor: NullableString,
  })
}

/** Shapes one page, and says in a `Link` header (RFC 8288) where the next is. */
export function presentPage<Noun, Resource>(
  request: FastifyRequest,
  reply: FastifyReply,
  page: Page<Noun>,
  present: (noun: Noun) => Resource,
): { items: Resource[]; nextCursor: string | null } {
  if (page.nextCursor !== null) {
    const [path = '', search] = request.url.split('?')
    const next = new URLSearchParams(search)
    next.set('cursor', page.nextCursor)
    reply.header('link', `<${path}?${next}>; rel="next"`)
  }
  return { items: page.items.map(present), nextCursor: page.nextCursor }
}
