import type { Json, JsonObject } from './ids.ts'
import { type Properties, type Property, propertiesOf } from './property.ts'

/** JSON Schema (draft 2020-12) of a document's properties in one of its versions, for documents and clients. */
export function toJsonSchema(described: Properties, version: string): JsonObject {
  return ofMap(described, version)
}

function ofMap(described: Properties, version: string): JsonObject {
  const known = Object.entries(propertiesOf(described, version))
  const required = known.filter(([, property]) => property.required).map(([name]) => name)
  return {
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(known.map(([name, property]) => [name, ofProperty(property, version)])),
    ...(required.length > 0 && { required }),
  }
}

function ofProperty(property: Property, version: string): JsonObject {
  const { description, default: fallback } = property
  const { type, ...rules } = rulesOf(property, version)
  return {
    type: fallback === null ? [type as Json, 'null'] : (type as Json),
    description,
    ...rules,
    ...(fallback !== undefined && { default: fallback }),
  }
}

function rulesOf(property: Property, version: string): JsonObject {
  switch (property.type) {
    case 'Boolean':
      return { type: 'boolean' }
    case 'Integer':
    case 'Number': {
      const { min, max, moreThan } = property
      return {
        type: property.type === 'Integer' ? 'integer' : 'number',
        ...(min !== undefined && { minimum: min }),
        ...(max !== undefined && { maximum: max }),
        ...(moreThan !== undefined && { exclusiveMinimum: moreThan }),
      }
    }
    case 'String': {
      const { allowed, secret, default: fallback } = property
      const values = allowed && fallback === null ? [...allowed, null] : allowed
      return { type: 'string', ...(values && { enum: values }), ...(secret && { writeOnly: true }) }
    }
    case 'List': {
      const { items, maxItems } = property
      return { type: 'array', items: ofProperty(items, version), ...(maxItems !== undefined && { maxItems }) }
    }
    case 'Map':
      return property.properties ? ofMap(property.properties, version) : { type: 'object' }
  }
}
