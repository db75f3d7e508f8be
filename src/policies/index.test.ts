import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Properties, type Property, propertiesOf } from '../domain/property.ts'
import { toJsonSchema } from '../domain/property-schema.ts'
import { findPolicyType, policyTypes } from './index.ts'

test('every type is found by its name, and by no other', () => {
  for (const type of policyTypes) assert.equal(findPolicyType(type.type), type)
  assert.equal(findPolicyType('weather'), undefined)
})

test('every type is asked before something, and told only of what it was asked about or remembers', () => {
  for (const { type, targets, tell } of policyTypes) {
    assert.ok(targets.before.length > 0, type)
    assert.equal(tell === undefined || targets.after.length > 0, true, type)
  }
})

test('every property is described, by a sentence, in every version', () => {
  for (const { type, versions, properties } of policyTypes) {
    for (const version of versions) {
      for (const [path, { description }] of walk(properties, version)) {
        assert.match(description, /^[A-Z].*\.$/, `${type} ${version} ${path}`)
      }
      assert.equal(toJsonSchema(properties, version)['type'], 'object')
    }
  }
})

function walk(described: Properties, version: string, path = ''): [string, Property][] {
  return Object.entries(propertiesOf(described, version)).flatMap(([name, property]) =>
    walkOne(property, version, `${path}.${name}`),
  )
}

function walkOne(property: Property, version: string, path: string): [string, Property][] {
  if (property.type === 'List') return [[path, property], ...walkOne(property.items, version, `${path}[]`)]
  const members = property.type === 'Map' ? property.properties : undefined
  return [[path, property], ...(members ? walk(members, version, path) : [])]
}
