import { isSealed, plainSealer, SEALED_PREFIX, type Sealer } from '../domain/sealer.ts'
import { sealerOf } from './sealing.ts'
import type { Tx } from './store.ts'

/** Where secrets may stand in a table. */
export interface SealedPlace {
  readonly column: string
  /** Of the JSON in that column; absent: all of its text is sealed. */
  readonly members?: readonly string[]
  /** Tell the rows apart. */
  readonly keys: readonly string[]
}

/**
 * All that is sealed. What people say of a node, a policy or an action is sealed as a whole, not only what its type calls a
 * secret: they put passwords into environment variables, addresses and parameters.
 */
export const SEALED_PLACES = {
  profiles: { column: 'properties', keys: ['id'] },
  revisions: { column: 'spec', members: ['settings', 'nodeTemplate'], keys: ['id'] },
  actions: { column: 'inputs', members: ['secrets'], keys: ['id'] },
  access_keys: { column: 'secret', keys: ['id'] },
  policies: { column: 'properties', keys: ['id'] },
  receivers: { column: 'params', keys: ['id'] },
  receiver_messages: { column: 'body', keys: ['id'] },
  client_tokens: { column: 'answer', keys: ['scope', 'token'] },
} as const satisfies Readonly<Record<string, SealedPlace>>

export type SealedTable = keyof typeof SEALED_PLACES

/** A row as it is written, or some columns of one with those of its key. */
export function sealRow<Row extends object>(tx: Tx, table: SealedTable, row: Row): Row {
  const sealer = sealerOf(tx)
  if (sealer === plainSealer) return row
  const { members }: SealedPlace = SEALED_PLACES[table]
  return changeColumn(table, row, (text, contextOf) => {
    if (!members) return isSealed(text) ? text : sealer.seal(text, contextOf())
    // Of all rows that are written, most have none of them.
    return members.some((member) => text.includes(`"${member}"`))
      ? sealMembers(sealer, members, text, contextOf())
      : text
  })
}

/**
 * A row as it was before it was sealed; one that never was, as it is.
 * @throws DroverError `secret_unreadable`
 */
export function openRow<Row extends object>(tx: Tx, table: SealedTable, row: Row): Row {
  return openRowWith(sealerOf(tx), table, row)
}

/** {@link openRow} with keys that are not those of the store. */
export function openRowWith<Row extends object>(sealer: Sealer, table: SealedTable, row: Row): Row {
  const { members }: SealedPlace = SEALED_PLACES[table]
  return changeColumn(table, row, (text, contextOf) => {
    if (!text.includes(SEALED_PREFIX)) return text
    return members ? openMembers(sealer, members, text, contextOf()) : sealer.open(text, contextOf())
  })
}

/** Whether nothing in a row is left to be sealed by the key of that id. */
export function isRowSealedBy(id: string, table: SealedTable, row: object): boolean {
  const place: SealedPlace = SEALED_PLACES[table]
  const text = (row as Record<string, string>)[place.column] as string
  const head = `${SEALED_PREFIX}${id}:`
  if (!place.members) return text.startsWith(head)
  const json = JSON.parse(text) as Record<string, unknown>
  return place.members.every(
    (member) => !holdsSomething(json[member]) || String(json[member]).startsWith(head),
  )
}

function changeColumn<Row extends object>(
  table: SealedTable,
  row: Row,
  change: (text: string, contextOf: () => string) => string,
): Row {
  const { column, keys }: SealedPlace = SEALED_PLACES[table]
  const values = row as Readonly<Record<string, unknown>>
  const text = values[column]
  // A patch may have other columns only.
  if (typeof text !== 'string') return row
  const changed = change(text, () => `${table}.${column}:${keys.map((key) => values[key]).join(':')}`)
  return changed === text ? row : { ...row, [column]: changed }
}

function sealMembers(sealer: Sealer, members: readonly string[], text: string, context: string): string {
  const json = JSON.parse(text) as Record<string, unknown>
  for (const member of members) {
    const value = json[member]
    if (typeof value === 'string' || !holdsSomething(value)) continue
    json[member] = sealer.seal(JSON.stringify(value), `${context}.${member}`)
  }
  return JSON.stringify(json)
}

function openMembers(sealer: Sealer, members: readonly string[], text: string, context: string): string {
  const json = JSON.parse(text) as Record<string, unknown>
  for (const member of members) {
    const value = json[member]
    if (typeof value !== 'string' || !isSealed(value)) continue
    json[member] = JSON.parse(sealer.open(value, `${context}.${member}`))
  }
  return JSON.stringify(json)
}

/** These members are objects, or sealed; an empty object has no secret. */
function holdsSomething(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0
  return typeof value === 'string'
}
