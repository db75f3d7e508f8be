import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { BundleId, Sha256 } from '../domain/ids.ts'
import type { CodeConfiguration } from '../domain/revision.ts'
import {
  type ArgumentForm,
  buildCommand,
  defaultInterpreters,
  endingOf,
  interpreterOf,
} from './command-line.ts'

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

test('an ending is that of the file and not of a folder', () => {
  assert.deepEqual(['a/b.py', 'a.py/b', 'Makefile', 'x.tar.sh'].map(endingOf), ['.py', '', '', '.sh'])
})

const shebangs: readonly (readonly [string, readonly string[]])[] = [
  ['echo hello', ['/bin/sh']],
  ['# a comment\n#!/bin/bash', ['/bin/sh']],
  ['#!/bin/bash\necho', ['/bin/bash']],
  ['#! /usr/bin/env python3\r\nprint(1)', ['/usr/bin/env', 'python3']],
  ['#!/usr/bin/env -S node --no-warnings \n', ['/usr/bin/env', '-S node --no-warnings']],
]
for (const [script, want] of shebangs) {
  test(`the script ${JSON.stringify(script)} is run by ${want.join(' ')}`, () => {
    assert.deepEqual(interpreterOf(script), want)
  })
}

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
