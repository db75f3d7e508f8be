import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Json } from '../../domain/ids.ts'
import { AwsFault } from './fault.ts'
import {
  anything,
  boolean,
  checkShape,
  integer,
  list,
  map,
  number,
  oneOf,
  type Shape,
  string,
  structure,
} from './shape.ts'

const NOT_VALID = { type: 'ValidationException', status: 400 }

const Cluster = structure(
  { name: string({ min: 3, max: 5, pattern: /[a-z-]+/ }), type: oneOf(['HDB', 'RDB']) },
  {
    count: integer({ min: 1, max: 9 }),
    ratio: number(),
    on: boolean(),
    code: structure({ bucket: string() }, { key: string({ max: 2 }) }),
    subnets: list(string({ min: 2 }), { min: 1, max: 2 }),
    tags: map(string({ max: 3 }), string({ max: 4 }), { max: 2 }),
    extra: anything(),
  },
)

test('what fits comes out as it went in, without what is not known', () => {
  const given = {
    ...{ name: 'a-b', type: 'HDB', count: 9, ratio: 0.5, on: false, code: { bucket: 'x', key: 'y' } },
    ...{ subnets: ['aa'], tags: { a: '1' }, extra: { any: [1, null] } },
  }
  assert.deepEqual(checkShape(Cluster, { ...given, unknown: 1 }, NOT_VALID), given)
  assert.deepEqual(checkShape(Cluster, { name: 'abc', type: 'RDB', count: null }, NOT_VALID), {
    name: 'abc',
    type: 'RDB',
  })
})

const value = (path: string, shown: string, rule: string) =>
  `Value ${shown} at '${path}' failed to satisfy constraint: Member must ${rule}`

const broken: { name: string; given: Json; says: readonly string[] }[] = [
  {
    name: 'what is missing is named, all of it at once',
    given: { code: {} },
    says: ['name', 'type', 'code.bucket'].map((path) => value(path, 'null', 'not be null')),
  },
  {
    name: 'a text has a length and a pattern',
    given: { name: 'AB', type: 'HDB' },
    says: [
      value('name', "'AB'", 'have length greater than or equal to 3'),
      value('name', "'AB'", 'satisfy regular expression pattern: [a-z-]+'),
    ],
  },
  {
    name: 'a pattern is for the whole text',
    given: { name: 'abc\n', type: 'HDB' },
    says: [value('name', "'abc\n'", 'satisfy regular expression pattern: [a-z-]+')],
  },
  {
    name: 'a word is one of the list, and a number within its bounds',
    given: { name: 'abc', type: 'X', count: 10 },
    says: [
      value('type', "'X'", 'satisfy enum value set: [HDB, RDB]'),
      value('count', "'10'", 'have value less than or equal to 9'),
    ],
  },
  {
    name: 'items, names and values of a map are checked each',
    given: { name: 'abc', type: 'HDB', subnets: ['aa', 'b', 'cc'], tags: { long: '12345' } },
    says: [
      value('subnets', `'["aa","b","cc"]'`, 'have length less than or equal to 2'),
      value('subnets.2.member', "'b'", 'have length greater than or equal to 2'),
      value('tags.key', "'long'", 'have length less than or equal to 3'),
      value('tags.long.member', "'12345'", 'have length less than or equal to 4'),
    ],
  },
]

for (const { name, given, says } of broken) {
  test(name, () => {
    const count = says.length === 1 ? '1 validation error' : `${says.length} validation errors`
    refuses(Cluster, given, 'ValidationException', `${count} detected: ${says.join('; ')}`)
  })
}

test('a long value is not repeated in full', () => {
  assert.throws(
    () => checkShape(string({ max: 1 }), 'x'.repeat(10_000), NOT_VALID),
    (error: Error) => error.message.length < 500,
  )
})

test('a value of the wrong type is another error', () => {
  const cases: [Json, string][] = [
    [[], 'The request body cannot be converted to Structure'],
    [{ name: 1, type: 'HDB' }, "Member 'name' cannot be converted to String"],
    [{ name: 'abc', type: 'HDB', count: '1' }, "Member 'count' cannot be converted to Integer"],
    [{ name: 'abc', type: 'HDB', count: 1.5 }, "Member 'count' cannot be converted to Integer"],
    [{ name: 'abc', type: 'HDB', on: 1 }, "Member 'on' cannot be converted to Boolean"],
    [{ name: 'abc', type: 'HDB', tags: [] }, "Member 'tags' cannot be converted to Map"],
    [{ name: 'abc', type: 'HDB', subnets: {} }, "Member 'subnets' cannot be converted to List"],
  ]
  for (const [given, message] of cases) refuses(Cluster, given, 'SerializationException', message)
})

function refuses(shape: Shape<unknown>, given: Json, type: string, message: string): void {
  assert.throws(
    () => checkShape(shape, given, NOT_VALID),
    (error: unknown) => {
      assert.ok(error instanceof AwsFault)
      assert.deepEqual([error.kind.type, error.message], [type, message])
      return true
    },
  )
}
