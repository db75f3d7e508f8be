import { type RawBuilder, sql } from 'kysely'
import { InvalidRequestError } from '../domain/errors.ts'
import { decodeCursor, encodeCursor, type SortValue, wrongCursor } from './cursor.ts'
import { isWrongType } from './errors.ts'
import type { Tables } from './schema.ts'
import type { Tx } from './store.ts'

export interface Page<T> {
  readonly items: readonly T[]
  /** Hand it back as `cursor` for the next page; null at the end. */
  readonly nextCursor: string | null
}

export interface PageRequest {
  /** 1 to 1000. */
  readonly limit: number
  readonly cursor?: string
  /**
   * Instead of a cursor, for clients that page by it: the id of the last item they saw. One that is not there (any
   * more) counts as none.
   */
  readonly marker?: string
  /** Property names the listing allows, separated by commas, each with a leading `-` for descending. */
  readonly sort?: string
}

/** A condition for listings: the column has none of these values. */
export function noneOf(column: string, values: readonly string[] = []): RawBuilder<unknown>[] {
  if (values.length === 0) return []
  return [sql`${sql.ref(column)} not in (${sql.join(values.map((one) => sql.val(one)))})`]
}

/** What to sort by: a column that is NOT NULL, or an expression in SQL that never is, or rows would be lost between pages. */
type SortColumn = string | { readonly expression: string }

/** Equality by column; an array means "one of", {@link NOT_NULL} anything at all. Undefined values are left out. */
export type Where = Readonly<Record<string, WhereValue | undefined>>

type WhereValue = string | number | readonly string[] | null | typeof NOT_NULL

/** In a filter: there is a value, whichever. */
export const NOT_NULL = Symbol('not null')

interface PageQuery<Row, Noun> {
  readonly table: keyof Tables & string
  readonly where: Where
  /** Rows must fit one of these as well; absent: they need not. */
  readonly anyOf?: readonly Where[] | undefined
  /** Conditions that are no equality. */
  readonly conditions?: readonly RawBuilder<unknown>[]
  /** Sortable properties and their columns. */
  readonly sortable: Readonly<Record<string, SortColumn>>
  readonly defaultSort: string
  /** The column that makes the order total. */
  readonly tieBreaker?: string
  readonly toNoun: (row: Row) => Noun
}

/** One of the columns that make up the order. */
interface SortKey {
  readonly expression: RawBuilder<unknown>
  /** The column, or the name under which the expression's value is selected beside the columns. */
  readonly column: string
  readonly isExpression: boolean
  readonly descending: boolean
}

/**
 * One page by keyset: a deep page costs what the first one does, and rows that come or go meanwhile neither
 * repeat nor hide others.
 * @throws InvalidRequestError on an unknown sort property or a cursor that is not of this listing
 */
export async function listPage<Row, Noun>(
  tx: Tx,
  query: PageQuery<Row, Noun>,
  request: PageRequest,
): Promise<Page<Noun>> {
  const sort = request.sort ?? query.defaultSort
  const keys = sortKeys(query, sort)
  const conditions = [...toConditions(query.where), ...(query.conditions ?? [])]
  if (query.anyOf) {
    const branches = query.anyOf.map((where) => sql`(${sql.join(toConditions(where), sql` and `)})`)
    conditions.push(branches.length === 0 ? sql`1 = 0` : sql`(${sql.join(branches, sql` or `)})`)
  }
  const after =
    request.cursor === undefined
      ? await findMarker(tx, query, keys, request.marker)
      : decodeCursor(request.cursor, sort, keys.length)
  if (after) conditions.push(toAfter(keys, after))
  const where = conditions.length === 0 ? sql`` : sql`where ${sql.join(conditions, sql` and `)}`
  const order = sql.join(
    keys.map((key) => sql`${key.expression} ${sql.raw(key.descending ? 'desc' : 'asc')}`),
  )
  const select = sql<Row>`select ${toSelection(keys)} from ${sql.table(query.table)} ${where} order by ${order} limit ${request.limit + 1}`
  const { rows } = await select.execute(tx).catch((error: unknown) => {
    // Text where the column has numbers; SQLite just compares the two.
    throw request.cursor !== undefined && isWrongType(error) ? wrongCursor({ cause: error }) : error
  })
  const shown = rows.slice(0, request.limit)
  const last = shown.at(-1) as Record<string, SortValue> | undefined
  return {
    items: shown.map(query.toNoun),
    nextCursor: rows.length > request.limit && last ? encodeCursor(sort, valuesOf(keys, last)) : null,
  }
}

/** The columns of the order, the tie-breaker last; what follows a unique column would change nothing. */
function sortKeys(query: Pick<PageQuery<never, never>, 'sortable' | 'tieBreaker'>, sort: string): SortKey[] {
  const tie = query.tieBreaker ?? 'id'
  const keys: SortKey[] = []
  for (const word of sort.split(',')) {
    const descending = word.startsWith('-')
    const property = descending ? word.slice(1) : word
    const found = Object.hasOwn(query.sortable, property) ? query.sortable[property] : undefined
    if (found === undefined) {
      throw new InvalidRequestError(
        'sort',
        `"${property}" is not one of ${Object.keys(query.sortable).join(', ')}`,
      )
    }
    const key = toKey(property, found, descending)
    if (!keys.some(({ column }) => column === key.column)) keys.push(key)
    if (key.column === tie) return keys
  }
  return [...keys, toKey(tie, tie, keys[0]?.descending ?? false)]
}

function toKey(property: string, sortBy: SortColumn, descending: boolean): SortKey {
  return typeof sortBy === 'string'
    ? { expression: sql`${sql.ref(sortBy)}`, column: sortBy, isExpression: false, descending }
    : {
        expression: sql`(${sql.raw(sortBy.expression)})`,
        column: `sort_by_${property}`,
        isExpression: true,
        descending,
      }
}

/** All columns, and what is sorted by that is none. */
function toSelection(keys: readonly SortKey[]): RawBuilder<unknown> {
  const expressions = keys.filter((key) => key.isExpression)
  return sql.join([sql`*`, ...expressions.map((key) => sql`${key.expression} as ${sql.ref(key.column)}`)])
}

/** What comes after these values. In one direction it is one comparison, which an index answers. */
function toAfter(keys: readonly SortKey[], values: readonly SortValue[]): RawBuilder<unknown> {
  const [first] = keys
  const operator = (descending: boolean) => sql.raw(descending ? '<' : '>')
  if (keys.every((key) => key.descending === first?.descending)) {
    const left = sql.join(keys.map((key) => key.expression))
    return sql`(${left}) ${operator(first?.descending ?? false)} (${sql.join(values.map((value) => sql.val(value)))})`
  }
  const branches = keys.map((key, at) => {
    const equal = keys.slice(0, at).map((before, index) => sql`${before.expression} = ${values[index]}`)
    return sql`(${sql.join([...equal, sql`${key.expression} ${operator(key.descending)} ${values[at]}`], sql` and `)})`
  })
  return sql`(${sql.join(branches, sql` or `)})`
}

async function findMarker(
  tx: Tx,
  query: Pick<PageQuery<never, never>, 'table'>,
  keys: readonly SortKey[],
  marker: string | undefined,
): Promise<SortValue[] | undefined> {
  if (marker === undefined) return undefined
  const select = sql<
    Record<string, SortValue>
  >`select ${toSelection(keys)} from ${sql.table(query.table)} where id = ${marker}`
  const [row] = (await select.execute(tx)).rows
  return row && valuesOf(keys, row)
}

function valuesOf(keys: readonly SortKey[], row: Readonly<Record<string, SortValue>>): SortValue[] {
  return keys.map((key) => row[key.column] as SortValue)
}

function toConditions(where: Where): RawBuilder<unknown>[] {
  return Object.entries(where).flatMap(([column, value]) =>
    value === undefined ? [] : [toCondition(column, value)],
  )
}

function toCondition(column: string, value: WhereValue): RawBuilder<unknown> {
  if (value === null) return sql`${sql.ref(column)} is null`
  if (typeof value === 'symbol') return sql`${sql.ref(column)} is not null`
  if (typeof value === 'object') {
    return value.length === 0
      ? sql`1 = 0`
      : sql`${sql.ref(column)} in (${sql.join(value.map((one) => sql.val(one)))})`
  }
  return sql`${sql.ref(column)} = ${value}`
}
