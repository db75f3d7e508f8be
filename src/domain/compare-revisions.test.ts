import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compareFiles, compareSpecs, valueAt } from './compare-revisions.ts'
import type { RevisionSpec } from './revision.ts'

const spec = (settings: object, more: object = {}) =>
  ({ settings, nodeTemplate: {}, version: null, ...more }) as unknown as RevisionSpec

test('members that differ are named by their paths, whole where one side does not have them', () => {
  const from = spec({ environment: { A: '1', B: '2' }, command: ['a'] })
  const to = spec({ environment: { A: '1', B: '3' }, command: ['a', 'b'], port: { count: 1 } })
  assert.deepEqual(compareSpecs(from, to), [
    { path: ['settings', 'command'], from: ['a'], to: ['a', 'b'] },
    { path: ['settings', 'environment', 'B'], from: '2', to: '3' },
    { path: ['settings', 'port'], from: null, to: { count: 1 } },
  ])
})

test('what is compared with itself is the same, and the other way round everything is the other way round', () => {
  fc.assert(
    fc.property(fc.object({ maxDepth: 3 }), fc.object({ maxDepth: 3 }), (a, b) => {
      const [one, other] = [spec(a), spec(b)]
      assert.deepEqual(compareSpecs(one, one), [])
      const there = compareSpecs(one, other)
      const back = compareSpecs(other, one)
      assert.deepEqual(
        there.map(({ path, from, to }) => ({ path, from: to, to: from })),
        back,
      )
      for (const difference of there) assert.deepEqual(valueAt(one, difference), difference.from)
    }),
  )
})

test('files are compared by their digests', () => {
  const file = (path: string, sha256: string) => ({ path, sizeBytes: 1, sha256 })
  assert.deepEqual(
    compareFiles(
      [file('a', '1'), file('b', '2'), file('c', '3')],
      [file('d', '4'), file('b', '5'), file('a', '1')],
    ),
    [
      {
        path: 'b',
        change: 'changed',
        from: { sizeBytes: 1, sha256: '2' },
        to: { sizeBytes: 1, sha256: '5' },
      },
      { path: 'c', change: 'removed', from: { sizeBytes: 1, sha256: '3' }, to: null },
      { path: 'd', change: 'added', from: null, to: { sizeBytes: 1, sha256: '4' } },
    ],
  )
})
