import type { Caller } from '../../control/control.ts'
import type { Page, PageRequest } from '../../store/page.ts'
import type { Ask } from './ask.ts'
import { MalformedFault, RefusedFault } from './errors.ts'
import { readBoolean } from './fields.ts'

/** What one listing can be asked for. */
export interface ListRules {
  /** Filters that may be repeated; a list of values says which there are. */
  readonly filters: Readonly<Record<string, Filter>>
  /** The listing's own names for what it can be sorted by, and those of the verb. */
  readonly sort: Readonly<Record<string, string>>
  readonly defaultSort: string
  /** Default true: `limit`, `marker` and `global_project`. */
  readonly isPaged?: boolean
  /** How this listing says that it does not know a parameter. */
  readonly unknown?: (name: string) => string
}

interface Filter {
  /** Once only. */
  readonly single?: boolean
  /** The values there are. */
  readonly values?: readonly string[]
  /** The microversion that knows it: below, it is dropped. Default 0. */
  readonly since?: number
}

export interface ListQuery {
  /** Values by filter, none if it was not given. */
  readonly filters: Readonly<Record<string, readonly string[] | undefined>>
  /** As {@link PageRequest.sort} has it. */
  readonly sort: string
  readonly marker: string | undefined
  /** 0: no limit. */
  readonly limit: number
  readonly isGlobal: boolean
}

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i
const PAGING = ['limit', 'marker', 'global_project']

/** Reads the query string of a listing. @throws MalformedFault naming the parameter */
export function readListQuery({ query, minor }: Pick<Ask, 'query' | 'minor'>, rules: ListRules): ListQuery {
  const { filters, isPaged = true, unknown = (name) => `Invalid parameter ${name}` } = rules
  const known = Object.entries(filters).filter(([, { since = 0 }]) => since <= minor)
  const names = [...Object.keys(filters), 'sort', ...(isPaged ? PAGING : [])]
  const strange = [...query.keys()].find((name) => !names.includes(name))
  if (strange !== undefined) throw new MalformedFault(unknown(strange))
  const values = known.map(([name, filter]) => {
    const given = query.has(name) ? query.getAll(name) : undefined
    const wrong = filter.values && given?.find((value) => !filter.values?.includes(value))
    if (wrong !== undefined) throw new MalformedFault(`Field value ${wrong} is invalid`)
    return [name, filter.single ? given?.slice(0, 1) : given] as const
  })
  return {
    filters: Object.fromEntries(values),
    sort: readSort(query.get('sort'), rules),
    marker: readMarker(query.get('marker')),
    limit: readLimit(query.get('limit')),
    isGlobal: readFlag(query, 'global_project') ?? false,
  }
}

/** Undefined if it was not given, or without a value. @throws MalformedFault unless it is a word for true or false */
export function readFlag(query: URLSearchParams, name: string): boolean | undefined {
  const given = query.get(name)
  if (given === null || given === '') return undefined
  const value = readBoolean(given)
  if (value !== undefined) return value
  throw new MalformedFault(`Invalid value '${given}' specified for '${name}'`)
}

/**
 * Everything that was asked for, however many pages of the verb that takes: without a limit this API has no pages,
 * and its clients do not ask for a second one.
 */
export async function listAll<Item>(
  { caller }: Pick<Ask, 'caller'>,
  { sort, marker, limit, isGlobal }: ListQuery,
  list: (caller: Caller, page: PageRequest) => Promise<Page<Item>>,
): Promise<Item[]> {
  const within = isGlobal ? { ...caller, project: '*' } : caller
  const items: Item[] = []
  let cursor: string | undefined
  do {
    const size = limit === 0 ? MOST_AT_ONCE : Math.min(MOST_AT_ONCE, limit - items.length)
    const from = cursor !== undefined ? { cursor } : marker !== undefined ? { marker } : {}
    const page: Page<Item> = await list(within, { limit: size, sort, ...from })
    items.push(...page.items)
    cursor = page.nextCursor ?? undefined
  } while (cursor !== undefined && (limit === 0 || items.length < limit))
  return items
}

const MOST_AT_ONCE = 1000

function readSort(given: string | null, { sort, defaultSort }: ListRules): string {
  if (given === null || given === '') return defaultSort
  const keys = given.split(',').map((word) => {
    const [key = '', ...rest] = word.split(':')
    const direction = rest.join(':') || 'asc'
    if (key === '') throw new MalformedFault("Missing sort key for 'sort'.")
    const property = Object.hasOwn(sort, key) ? sort[key] : undefined
    if (property === undefined) throw new MalformedFault(`Unsupported sort key '${key}' for 'sort'.`)
    if (direction !== 'asc' && direction !== 'desc') {
      throw new MalformedFault(`Unsupported sort dir '${direction}' for 'sort'.`)
    }
    return direction === 'desc' ? `-${property}` : property
  })
  return keys.join(',')
}

function readMarker(given: string | null): string | undefined {
  if (given === null || given === '') return undefined
  if (UUID.test(given)) return given
  throw new MalformedFault(`The value for marker is not a valid UUID: '${given}'.`)
}

function readLimit(given: string | null): number {
  if (given === null || given === '') return 0
  if (!/^\s*[+-]?\d{1,15}\s*$/.test(given))
    throw new MalformedFault(`The value for limit must be an integer: '${given}'.`)
  if (Number(given) < 0) throw new MalformedFault("Value must be >= 0 for field 'limit'.")
  return Number(given)
}

/** The one value of a filter that takes one. */
export function one(values: readonly string[] | undefined): string | undefined {
  return values?.[0]
}

/** Says that what a filter names is not there. */
export function unknownCluster(reference: string): RefusedFault {
  return new RefusedFault(`Cannot find the given cluster: ${reference}.`)
}
