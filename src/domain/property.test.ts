import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InvalidSpecError } from './errors.ts'
import { type Properties, parseProperties } from './property.ts'
import { toJsonSchema } from './property-schema.ts'

const described = {
  image: { type: 'String', description: 'What to run.', required: true },
  size: { type: 'Integer', description: 'Nodes.', default: 1, min: 0, max: 10 },
  ratio: { type: 'Number', description: 'Share.', moreThan: 0 },
  isPublic: { type: 'Boolean', description: 'Whether all see it.', default: false },
  mode: { type: 'String', description: 'How.', default: null, allowed: ['fast', 'safe'] },
  labels: { type: 'Map', description: 'Anything.', default: {} },
  limits: {
    type: 'Map',
    description: 'Bounds.',
    properties: { memory: { type: 'Integer', description: 'MiB.', default: 64 } },
  },
  volume: {
    type: 'Map',
    description: 'A disk.',
    properties: { path: { type: 'String', description: 'Where.', required: true } },
  },
  ports: {
    type: 'List',
    description: 'Ports.',
    maxItems: 2,
    items: { type: 'Integer', description: 'A port.', min: 1 },
    since: '1.1',
  },
} as const satisfies Properties

const parse = (given: unknown, version = '1.1') => parseProperties(described, given, { version })

test('what is absent gets its default, and null if it has none', () => {
  assert.deepEqual(parse({ image: 'web' }), {
    image: 'web',
    size: 1,
    ratio: null,
    isPublic: false,
    mode: null,
    labels: {},
    limits: { memory: 64 },
    volume: null,
    ports: null,
  })
})

test('strings are taken for numbers and booleans where they say one', () => {
  const { size, ratio, isPublic } = parse({ image: 'web', size: '7', ratio: '0.5', isPublic: 'True' })
  assert.deepEqual({ size, ratio, isPublic }, { size: 7, ratio: 0.5, isPublic: true })
})

const refusals = [
  { name: 'no map', given: [], says: /^properties: must be a map, not \[\]/ },
  { name: 'a missing property', given: {}, says: /^properties\.image: is missing/ },
  { name: 'an unknown one', given: { imagee: 'x' }, says: /^properties\.imagee: .*did you mean "image"/ },
  {
    name: 'one far from all known',
    given: { q: 1 },
    says: /^properties\.q: is not known; known are: image, /,
  },
  {
    name: 'a string that is no number',
    given: { image: 'x', size: '7a' },
    says: /size: must be a whole number/,
  },
  { name: 'half a node', given: { image: 'x', size: 1.5 }, says: /size: must be a whole number, not 1\.5/ },
  { name: 'too few', given: { image: 'x', size: -1 }, says: /size: must be at least 0, not -1/ },
  { name: 'too many', given: { image: 'x', size: 11 }, says: /size: must be at most 10, not 11/ },
  { name: 'an exclusive bound', given: { image: 'x', ratio: 0 }, says: /ratio: must be more than 0, not 0/ },
  { name: 'a number for a string', given: { image: 7 }, says: /image: must be a string; put it in quotes/ },
  {
    name: 'a value that is not allowed',
    given: { image: 'x', mode: 'odd' },
    says: /mode: must be one of fast/,
  },
  { name: 'no boolean', given: { image: 'x', isPublic: 2 }, says: /isPublic: must be true or false, not 2/ },
  { name: 'null without such a default', given: { image: null }, says: /image: must be a string/ },
  {
    name: 'a member',
    given: { image: 'x', limits: { memory: 'much' } },
    says: /properties\.limits\.memory: /,
  },
  { name: 'a missing member', given: { image: 'x', volume: {} }, says: /volume\.path: is missing/ },
  { name: 'no list', given: { image: 'x', ports: 80 }, says: /ports: must be a list, not 80/ },
  { name: 'an item', given: { image: 'x', ports: [80, 0] }, says: /ports\[1\]: must be at least 1, not 0/ },
  {
    name: 'too many items',
    given: { image: 'x', ports: [1, 2, 3] },
    says: /ports: may have at most 2 items/,
  },
]
for (const { name, given, says } of refusals) {
  test(`a document is refused for ${name}, which is named`, () => {
    assert.throws(
      () => parse(given),
      (error) => error instanceof InvalidSpecError && says.test(error.message),
    )
  })
}

test('a version does not know what came with a later one', () => {
  assert.throws(
    () => parse({ image: 'x', ports: [] }, '1.0'),
    /properties\.ports: is known from version 1\.1 on/,
  )
  assert.equal(parse({ image: 'x' }, '1.0').ports, null)
  assert.deepEqual(parse({ image: 'x', ports: [] }, '1.10').ports, [])
})

test('the JSON Schema says what the check checks', () => {
  assert.deepEqual(toJsonSchema({ image: described.image, mode: described.mode }, '1.0'), {
    type: 'object',
    additionalProperties: false,
    required: ['image'],
    properties: {
      image: { type: 'string', description: 'What to run.' },
      mode: {
        type: ['string', 'null'],
        description: 'How.',
        enum: ['fast', 'safe', null],
        default: null,
      },
    },
  })
  const { properties } = toJsonSchema(described, '1.0')
  assert.equal(Object.hasOwn(properties as object, 'ports'), false)
})

test('JSON Schema says of a secret that it is only written', () => {
  const secret = { type: 'String', description: 'A password.', secret: true } as const
  const { properties } = toJsonSchema({ secret }, '1.0')
  assert.deepEqual(properties, { secret: { type: 'string', description: 'A password.', writeOnly: true } })
})
