import type { Json, JsonObject } from '../../domain/ids.ts'
import { type Properties, type Property, propertiesOf } from '../../domain/property.ts'
import { isMap } from './fields.ts'
import { toSnakeName } from './translate.ts'

const TYPES = {
  Boolean: 'Boolean',
  Integer: 'Integer',
  Number: 'Number',
  String: 'String',
  List: 'List',
  Map: 'Map',
}

/** The properties of a spec, described in this API's own format. */
export function toSchema(properties: Properties, version: string): JsonObject {
  return Object.fromEntries(
    Object.entries(propertiesOf(properties, version)).map(([name, property]) => [
      toSnakeName(name),
      { ...toEntry(property, version), ...boundsOf(property) },
    ]),
  )
}

/** What an operation takes: the same format with fewer members. */
export function toParameters(properties: Properties): JsonObject {
  return toSchema(properties, '1.0')
}

function toEntry(property: Property, version: string): JsonObject {
  const { type, description, required = false, updatable, default: fallback } = property
  return {
    type: TYPES[type],
    description,
    required,
    updatable: updatable ?? false,
    ...(fallback !== undefined && { default: fallback }),
    ...(property.type === 'String' &&
      property.allowed && { constraints: [{ type: 'AllowedValues', constraint: property.allowed }] }),
    ...(property.type === 'Map' && property.properties && { schema: toSchema(property.properties, version) }),
    ...(property.type === 'List' && { schema: { '*': toEntry(property.items, version) } }),
  }
}

function boundsOf({ since }: Property): JsonObject {
  return since === undefined ? {} : { min_version: since }
}

/**
 * A document with the names of its properties as `rename` makes them; what stands in a map whose members nobody described
 * is its owner's, and stays.
 */
export function renameProperties(
  given: JsonObject,
  properties: Properties,
  direction: 'fromTheirs' | 'toTheirs',
): JsonObject {
  const named = Object.entries(properties).map(([ours, property]) => {
    const theirs = toSnakeName(ours)
    const [from, to] = direction === 'fromTheirs' ? [theirs, ours] : [ours, theirs]
    return [from, { to, property }] as const
  })
  const byName = new Map(named)
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => {
      const found = byName.get(name)
      // One that is written as ours is unknown to this API, and must stay so.
      if (!found) return [Object.hasOwn(properties, name) ? toSnakeName(name) : name, value]
      return [found.to, renameInside(value, found.property, direction)]
    }),
  ) as JsonObject
}

function renameInside(value: unknown, property: Property, direction: 'fromTheirs' | 'toTheirs'): unknown {
  if (property.type === 'List' && Array.isArray(value)) {
    return value.map((item) => renameInside(item, property.items, direction))
  }
  if (property.type !== 'Map' || !property.properties) return value
  if (!isMap(value)) return value
  return renameProperties(value as JsonObject, property.properties, direction)
}

/**
 * A document in which numbers and booleans are texts where a text is wanted, and 0 and 1 are booleans where one is: specs
 * are written by hand, as `flavor: 1`, and this API always took them.
 */
export function readTexts(given: JsonObject, properties: Properties): JsonObject {
  const read = Object.entries(given).map(([name, value]) => {
    const property = Object.hasOwn(properties, name) ? properties[name] : undefined
    return [name, property ? readText(value, property) : value]
  })
  return Object.fromEntries(read) as JsonObject
}

function readText(value: Json, property: Property): Json {
  switch (property.type) {
    case 'String':
      if (typeof value === 'boolean') return value ? 'True' : 'False'
      return typeof value === 'number' ? String(value) : value
    case 'Boolean':
      return value === 0 || value === 1 ? value === 1 : value
    case 'List':
      return Array.isArray(value) ? value.map((item) => readText(item, property.items)) : value
    case 'Map':
      return property.properties && isMap(value) ? readTexts(value as JsonObject, property.properties) : value
    default:
      return value
  }
}
