/**
 * Turns table rows into nouns and back by one rule: `snake_case` columns are `camelCase` properties, and the
 * columns named in `json` hold JSON text, those in `booleans` 0 and 1.
 */
export interface Codec<Row, Noun> {
  /** In the order in which {@link addValues} adds what is in them. */
  readonly columns: readonly (keyof Row & string)[]
  toNoun(row: Row): Noun
  toRow(noun: Noun): Row
  /** Only the given properties, for an UPDATE. */
  toColumns(patch: Partial<Noun>): Partial<Row>
  /** Adds a row's values to those of other rows, for a statement that writes many. */
  addValues(noun: Noun, values: unknown[]): void
}

interface CodecOptions<Row, Noun> {
  /** Every column of the table; the compiler checks that none is unknown. */
  readonly columns: readonly (keyof Row & string)[]
  readonly json?: readonly (keyof Row & string)[]
  readonly booleans?: readonly (keyof Row & string)[]
  /** Columns whose name is not that of their property. */
  readonly names?: Partial<Record<keyof Row & string, keyof Noun & string>>
}

export function createCodec<Row extends object, Noun extends object>(
  options: CodecOptions<Row, Noun>,
): Codec<Row, Noun> {
  const json = new Set<string>(options.json)
  const booleans = new Set<string>(options.booleans)
  const names: Record<string, string | undefined> = options.names ?? {}
  const fields = options.columns.map((column) => ({
    column: column as string,
    property: names[column] ?? toCamelCase(column),
    isJson: json.has(column),
    isBoolean: booleans.has(column),
  }))

  const encode = (source: Record<string, unknown>, onlyPresent: boolean): Record<string, unknown> => {
    const row: Record<string, unknown> = {}
    for (const { column, property, isJson, isBoolean } of fields) {
      const value = source[property]
      if (onlyPresent && value === undefined) continue
      row[column] = toColumn(column, value, isJson, isBoolean)
    }
    return row
  }

  return {
    columns: options.columns,
    toNoun(row) {
      const noun: Record<string, unknown> = {}
      const source = row as Record<string, unknown>
      for (const { column, property, isJson, isBoolean } of fields) {
        const value = source[column]
        if (isJson) noun[property] = fromJsonText(value as string | null)
        else noun[property] = isBoolean ? value === 1 : value
      }
      return noun as Noun
    },
    toRow: (noun) => encode(noun as Record<string, unknown>, false) as Row,
    toColumns: (patch) => encode(patch as Record<string, unknown>, true) as Partial<Row>,
    addValues(noun, values) {
      const source = noun as Record<string, unknown>
      for (const { column, property, isJson, isBoolean } of fields) {
        values.push(toColumn(column, source[property], isJson, isBoolean))
      }
    },
  }
}

/** Most JSON columns are empty in most rows, and there may be a hundred thousand rows in memory. */
const NOTHING = Object.freeze({})

function fromJsonText(text: string | null): unknown {
  if (text === null) return null
  return text === '{}' ? NOTHING : JSON.parse(text)
}

function toColumn(column: string, value: unknown, isJson: boolean, isBoolean: boolean): unknown {
  // A JSON column that may be empty is SQL NULL, so that an index or a query can ask for it.
  if (isJson) return value === null && column !== 'handle' ? null : JSON.stringify(value)
  return isBoolean ? Number(value) : value
}

function toCamelCase(column: string): string {
  return column.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
