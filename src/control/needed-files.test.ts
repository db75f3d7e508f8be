import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RevisionSpec } from '../domain/revision.ts'
import { neededFiles } from './needed-files.ts'

function spec(command: readonly string[] | null, rest: Partial<RevisionSpec> = {}): RevisionSpec {
  const code = { bundle: 'app@1', initializationScript: null, commandLineArguments: [] }
  const given = { code, settings: { command }, healthCheck: { type: 'alive' }, nodeTemplate: {}, ...rest }
  return given as unknown as RevisionSpec
}

const cases: readonly (readonly [name: string, command: readonly string[], path: string | null])[] = [
  ['a program with a path', ['bin/serve', '--fast'], 'bin/serve'],
  ['a program that begins where it is', ['./serve'], 'serve'],
  ['a program of the system', ['/usr/bin/env', 'x'], null],
  ['a program that is searched for', ['serve', 'web.conf'], null],
  ['the script of an interpreter', ['node', 'dist/server.js'], 'dist/server.js'],
  ['the script of an interpreter with a path', ['/usr/bin/python3.12', 'main.py'], 'main.py'],
  ['an option of an interpreter', ['node', '--test', 'x.js'], null],
  ['a script that is elsewhere', ['sh', '/etc/start.sh'], null],
  ['a word that may be a sub-command', ['deno', 'run', 'x.ts'], null],
  ['a path out of the bundle', ['../shared/serve'], null],
  ['an interpreter alone', ['q'], null],
]
for (const [name, command, path] of cases) {
  test(`of a command with ${name}, ${path === null ? 'no file' : `"${path}"`} has to be in the bundle`, () => {
    assert.deepEqual(neededFiles(spec(command)), path === null ? [] : [{ path, neededBy: 'the command' }])
  })
}

test('hooks and health checks name files, too, and the template is stronger than the profile', () => {
  const settings = {
    command: ['serve'],
    hooks: { preStop: { command: ['./old.sh'] }, postStart: { command: ['sh', './warm.sh'] } },
  }
  const files = neededFiles(
    spec(null, {
      settings,
      healthCheck: { type: 'command', command: ['bin/check'] },
      nodeTemplate: { hooks: { preStop: { command: ['bin/drain'] }, preInstall: { script: 'exit 0' } } },
    }),
  )
  assert.deepEqual(files, [
    { path: 'bin/check', neededBy: 'the health check' },
    { path: 'bin/drain', neededBy: 'the hook preStop' },
    { path: 'warm.sh', neededBy: 'the hook postStart' },
  ])
})

test('without code no file is needed', () => {
  assert.deepEqual(neededFiles(spec(['bin/serve'], { code: null })), [])
})
