import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { BundleId, NodeId, Sha256 } from '../../domain/ids.ts'
import type { CodeConfiguration } from '../../domain/revision.ts'
import type { ArgumentForm } from './settings.ts'
import {
  buildCommand,
  buildLauncherArguments,
  defaultInterpreters,
  endingOf,
  foldersOf,
} from './translate.ts'

const interpreters = defaultInterpreters('/opt/node')

describe('the command line', () => {
  const cases: readonly {
    readonly name: string
    readonly command?: readonly string[]
    readonly script?: string
    readonly form?: ArgumentForm
    readonly want: string
  }[] = [
    {
      name: 'runs a script by its ending',
      script: 'app/main.py',
      want: 'python3 app/main.py -p 1 -debug yes',
    },
    {
      name: 'runs JavaScript by the Node of Drover',
      script: 'main.mjs',
      want: '/opt/node main.mjs -p 1 -debug yes',
    },
    { name: 'writes two dashes', script: 'a.sh', form: 'doubleDash', want: '/bin/sh a.sh --p 1 --debug yes' },
    { name: 'writes an equals sign', script: 'a.sh', form: 'equals', want: '/bin/sh a.sh --p=1 --debug=yes' },
    { name: 'writes bare words', script: 'a.sh', form: 'bare', want: '/bin/sh a.sh p 1 debug yes' },
    { name: 'appends to a command', command: ['./serve', '-v'], want: './serve -v -p 1 -debug yes' },
    {
      name: 'takes a command for the interpreter',
      command: ['python3', '-O'],
      script: 'main.odd',
      want: 'python3 -O main.odd -p 1 -debug yes',
    },
    { name: 'keeps a script from being an option', script: '-c.sh', want: '/bin/sh ./-c.sh -p 1 -debug yes' },
  ]
  for (const { name, command = null, script = null, form = 'dash', want } of cases) {
    test(name, () => {
      const built = buildCommand({ command, argumentForm: form }, codeWith(script), interpreters)
      assert.equal(built.join(' '), want)
    })
  }

  test('keeps values with blanks and quotes whole', () => {
    const code = { ...codeWith('a.sh'), commandLineArguments: [{ key: 'q', value: `a "b" 'c' $d` }] }
    assert.deepEqual(buildCommand({ command: null, argumentForm: 'dash' }, code, interpreters), [
      '/bin/sh',
      'a.sh',
      '-q',
      `a "b" 'c' $d`,
    ])
  })
})

test('the launcher is told what is not limited with a dash, and memory in KiB', () => {
  const input = { runDir: '/n/run', launch: 'k.1', bootId: 'b', port: null, command: ['sleep', '1'] }
  const none = buildLauncherArguments({ ...input, limits: { memoryBytes: null, openFiles: null } })
  assert.deepEqual(none, ['/n/run', 'k.1', 'b', '-', '-', '-', 'sleep', '1'])
  const both = buildLauncherArguments({ ...input, port: 80, limits: { memoryBytes: 1025, openFiles: 64 } })
  assert.deepEqual(both.slice(3, 6), ['80', '64', '2'])
})

test('an ending is that of the file and not of a folder', () => {
  assert.deepEqual(['a/b.py', 'a.py/b', 'Makefile', 'x.tar.sh'].map(endingOf), ['.py', '', '', '.sh'])
})

test('everything of a node is in its folder, but for the note that it was removed', () => {
  const { removed, ...folders } = foldersOf('/data/nodes', 'n1' as NodeId)
  assert.equal(removed, '/data/nodes/.removed/n1')
  assert.equal(folders.outputLog, '/data/nodes/n1/logs/output.log')
  assert.ok(Object.values(folders).every((path) => path.startsWith('/data/nodes/n1')))
})

function codeWith(initializationScript: string | null): CodeConfiguration {
  return {
    bundleId: 'b' as BundleId,
    bundle: 'shop@1',
    digest: 'd' as Sha256,
    initializationScript,
    commandLineArguments: [
      { key: 'p', value: '1' },
      { key: 'debug', value: 'yes' },
    ],
  }
}
