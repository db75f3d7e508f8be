import { sql } from 'kysely'
import { InvalidRequestError } from '../domain/errors.ts'
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
  /** A property name the listing allows, with a leading `-` for descending. */
  readonly sort?: string
}

interface PageQuery<Row, Noun> {
  readonly table: keyof Tables & string
  /** Equality filters by column; an array means "one of". Undefined values are left out. */
  readonly where: Readonly<Record<string, string | number | readonly string[] | null | undefined>>
  /** Sortable properties and their columns. Columns must be NOT NULL, or rows would be lost between pages. */
  readonly sortable: Readonly<Record<string, string>>
  readonly defaultSort: string
  /** The column that makes the order total. */
  readonly tieBreaker?: string
  readonly toNoun: (row: Row) => Noun
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
  const descending = sort.startsWith('-')
  const property = descending ? sort.slice(1) : sort
  const column = Object.hasOwn(query.sortable, property) ? query.sortable[property] : undefined
  if (column === undefined) {
    throw new InvalidRequestError(
      'sort',
      `"${property}" is not one of ${Object.keys(query.sortable).join(', ')}`,
    )
  }
  const tie = query.tieBreaker ?? 'id'
  const conditions = Object.entries(query.where)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => toCondition(name, value as string | number | readonly string[] | null))
  if (request.cursor !== undefined) {
    const after = decodeCursor(request.cursor, sort)
    const operator = sql.raw(descending ? '<' : '>')
    conditions.push(
      column === tie
        ? sql`${sql.ref(tie)} ${operator} ${after.tie}`
        : sql`(${sql.ref(column)}, ${sql.ref(tie)}) ${operator} (${after.value}, ${after.tie})`,
    )
  }
  const where = conditions.length === 0 ? sql`` : sql`where ${sql.join(conditions, sql` and `)}`
  const direction = sql.raw(descending ? 'desc' : 'asc')
  const order =
    column === tie
      ? sql`${sql.ref(tie)} ${direction}`
      : sql`${sql.ref(column)} ${direction}, ${sql.ref(tie)} ${direction}`
  const select = sql<Row>`select * from ${sql.table(query.table)} ${where} order by ${order} limit ${request.limit + 1}`
  const { rows } = await select.execute(tx).catch((error: unknown) => {
    // Text where the column has numbers; SQLite just compares the two.
    throw request.cursor !== undefined && isWrongType(error) ? wrongCursor({ cause: error }) : error
  })
  const shown = rows.slice(0, request.limit)
  const last = shown.at(-1) as Record<string, string | number> | undefined
  return {
    items: shown.map(query.toNoun),
    nextCursor:
      rows.length > request.limit && last
        ? encodeCursor(sort, last[column] as string | number, last[tie] as string | number)
        : null,
  }
}

function toCondition(column: string, value: string | number | readonly string[] | null) {
  if (value === null) return sql`${sql.ref(column)} is null`
  if (typeof value === 'object') {
    return value.length === 0
      ? sql`1 = 0`
      : sql`${sql.ref(column)} in (${sql.join(value.map((one) => sql.val(one)))})`
  }
  return sql`${sql.ref(column)} = ${value}`
}

interface Cursor {
  readonly value: string | number
  readonly tie: string | number
}

function encodeCursor(sort: string, value: string | number, tie: string | number): string {
  return Buffer.from(JSON.stringify([sort, value, tie])).toString('base64url')
}

function decodeCursor(cursor: string, sort: string): Cursor {
  let parsed: unknown
  try {
    parsed = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
  } catch {
    throw wrongCursor()
  }
  if (!Array.isArray(parsed) || parsed.length !== 3 || parsed[0] !== sort) throw wrongCursor()
  const [, value, tie] = parsed as unknown[]
  if (!isKey(value) || !isKey(tie)) throw wrongCursor()
  return { value, tie }
}

function wrongCursor(options: ErrorOptions = {}): InvalidRequestError {
  return new InvalidRequestError('cursor', 'is not one that this listing gave with this sort order', options)
}

function isKey(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number'
}
