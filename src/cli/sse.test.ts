import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readServerSentEvents } from './sse.ts'

const STREAM = [
  ': connected',
  '',
  'id: 7',
  'event: update',
  'data: {"name":"größer"}',
  '',
  'event: empty',
  '',
  'data:one',
  'data: two',
  'retry: 10',
  '',
  'data: cut off',
]
const WANT = [
  { event: 'update', data: '{"name":"größer"}', id: '7' },
  { event: 'message', data: 'one\ntwo', id: '7' },
]

for (const [name, end] of [
  ['LF', '\n'],
  ['CRLF', '\r\n'],
  ['CR', '\r'],
] as const) {
  test(`a stream with ${name} reads the same, however it is cut into pieces`, async () => {
    const bytes = Buffer.from(STREAM.join(end))
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.nat(bytes.length), { maxLength: 12 }), async (cuts) => {
        const events = []
        for await (const event of readServerSentEvents(pieces(bytes, cuts))) events.push(event)
        assert.deepEqual(events, WANT)
      }),
    )
  })
}

async function* pieces(bytes: Uint8Array, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  let from = 0
  for (const cut of [...cuts].sort((a, b) => a - b).concat(bytes.length)) {
    yield bytes.subarray(from, cut)
    from = cut
  }
}
