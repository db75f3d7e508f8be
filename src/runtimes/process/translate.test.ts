import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NodeId } from '../../domain/ids.ts'
import { buildLauncherArguments, foldersOf } from './translate.ts'

test('the launcher is told what is not limited with a dash, and memory in KiB', () => {
  const input = { runDir: '/n/run', launch: 'k.1', bootId: 'b', port: null, command: ['sleep', '1'] }
  const none = buildLauncherArguments({ ...input, limits: { memoryBytes: null, openFiles: null } })
  assert.deepEqual(none, ['/n/run', 'k.1', 'b', '-', '-', '-', 'sleep', '1'])
  const both = buildLauncherArguments({ ...input, port: 80, limits: { memoryBytes: 1025, openFiles: 64 } })
  assert.deepEqual(both.slice(3, 6), ['80', '64', '2'])
})

test('everything of a node is in its folder, but for the note that it was removed', () => {
  const { removed, ...folders } = foldersOf('/data/nodes', 'n1' as NodeId)
  assert.equal(removed, '/data/nodes/.removed/n1')
  assert.equal(folders.outputLog, '/data/nodes/n1/logs/output.log')
  assert.ok(Object.values(folders).every((path) => path.startsWith('/data/nodes/n1')))
})
