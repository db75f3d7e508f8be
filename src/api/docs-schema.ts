import { escapeHtml, prose } from './html.ts'

/** The part of JSON Schema that our documents use. */
export interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly format?: string
  readonly enum?: readonly unknown[]
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly description?: string
  readonly default?: unknown
  readonly minimum?: number
  readonly maximum?: number
  readonly examples?: readonly unknown[]
}

/** A table of an object's properties, those of objects inside with their path. */
export function renderSchema(schema: Schema): string {
  const rows = toRows(schema, '')
  if (rows.length === 0) return `<p>${typeOf(schema)}</p>`
  return `<table><thead><tr><th>Name<th>Type<th>Meaning</thead><tbody>\n${rows.join('\n')}\n</tbody></table>`
}

function toRows(schema: Schema, prefix: string): string[] {
  const required = new Set(schema.required)
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const path = `${prefix}${name}`
    const mark = required.has(name) ? '' : ' <em>optional</em>'
    const row = `<tr><td><code>${escapeHtml(path)}</code>${mark}<td>${typeOf(property)}<td>${meaningOf(property)}`
    const inner = property.items ?? property
    return [row, ...toRows(inner, `${path}${property.items ? '[]' : ''}.`)]
  })
}

/** A type in a few words, with links to schemas that have a name. */
export function typeOf(schema: Schema): string {
  const name = schema.$ref?.split('/').at(-1)
  if (name !== undefined) return `<a href="#schema-${escapeHtml(name)}">${escapeHtml(name)}</a>`
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(' or ')
  if (schema.enum) return schema.enum.map((word) => `<code>${escapeHtml(String(word))}</code>`).join(' ')
  if (schema.items)
    return `list of ${typeOf(schema.items)}${schema.type?.includes('null') && schema.type !== 'null' ? ' or null' : ''}`
  const types = [schema.type ?? 'anything'].flat().join(' or ')
  return schema.format ? `${types} (${schema.format})` : types
}

function meaningOf({ description = '', default: fallback, minimum, maximum }: Schema): string {
  const notes = [
    fallback === undefined ? '' : `Default ${JSON.stringify(fallback)}.`,
    minimum === undefined ? '' : `At least ${minimum}.`,
    maximum === undefined ? '' : `At most ${maximum}.`,
  ].filter((note) => note !== '' && !description.includes(note))
  return prose([description, ...notes].join(' ').trim())
}
