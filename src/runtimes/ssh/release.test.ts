import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { describe, test } from 'node:test'
import { Answer } from './answer.ts'
import { type Entry, linkChecks, planRepair, planShipment, sumsOf } from './release.ts'
import { buildCommandLine } from './script.ts'
import { assign, quote } from './shell.ts'

const file = (path: string, sha256: string, executable = false): Entry => ({
  ...{ kind: 'file', path, sha256: sha256.repeat(64), bytes: 1, executable },
})

function answerOf(...lines: string[]): Answer {
  const answer = new Answer()
  for (const line of lines) answer.add(`@drover:${line}`)
  return answer
}

describe('what of a release is sent', () => {
  const sum = (path: string, digit: string) => `sum ${digit.repeat(64)}  ${path}`
  const cases: readonly {
    readonly name: string
    readonly entries: readonly Entry[]
    readonly there: readonly string[]
    readonly sent: readonly string[]
    readonly stale: readonly string[]
  }[] = [
    { name: 'everything, if nothing is there', entries: [file('a', '1')], there: [], sent: ['a'], stale: [] },
    {
      name: 'nothing that is the same',
      entries: [file('a', '1'), file('b', '2')],
      there: ['basis x', sum('a', '1'), sum('b', '3'), sum('c', '4')],
      sent: ['b'],
      stale: ['b', 'c'],
    },
    {
      name: 'what may be executed now and could not before',
      entries: [file('a', '1', true), file('b', '2', true)],
      there: ['basis x', sum('a', '1'), sum('b', '2'), 'executable ./b'],
      sent: ['a'],
      stale: ['a'],
    },
    {
      name: 'every symlink and folder, in the place of what was there',
      entries: [
        { kind: 'folder', path: 'd' },
        { kind: 'link', path: 'l', target: 'a' },
      ],
      there: ['basis x', sum('l', '1')],
      sent: ['d', 'l'],
      stale: ['l', 'l'],
    },
    {
      name: 'all of it, if a name has a line break',
      entries: [file('a', '1'), file('b\nc', '2')],
      there: ['basis x', sum('a', '1')],
      sent: ['a', 'b\nc'],
      stale: [],
    },
  ]
  for (const { name, entries, there, sent, stale } of cases) {
    test(name, () => {
      const shipment = planShipment(entries, answerOf(...there))
      assert.deepEqual(
        shipment.entries.map(({ path }) => path),
        sent,
      )
      assert.deepEqual(shipment.stale, stale)
    })
  }

  test('only what is broken, to mend a release', () => {
    const entries = [file('a', '1'), file('b\nc', '2'), file('d', '3')]
    const answer = answerOf('bad a: FAILED', 'bad \\b\\nc: FAILED open or read')
    assert.deepEqual(
      planRepair(entries, answer).entries.map(({ path }) => path),
      ['a', 'b\nc'],
    )
  })
})

test('sums are written as sha256sum reads them, and links as shell', () => {
  const entries: Entry[] = [file('a b', '1'), file('c\nd', '2'), { kind: 'link', path: "l'k", target: '$x' }]
  assert.equal(sumsOf(entries), `${'1'.repeat(64)}  a b\n\\${'2'.repeat(64)}  c\\nd\n`)
  assert.match(linkChecks(entries), /^d_links\(\) \{\n {2}:\n {2}d_link 'l'\\''k' '\$x'\n\}\n$/)
})

test('words come through a shell as they were', () => {
  for (const word of [
    '',
    'plain',
    'a b',
    "it's",
    '$HOME `id` \\ "x"',
    'line\nbreak',
    '-n',
    'ünïcödé',
    '!!',
  ]) {
    const printed = execFileSync('/bin/sh', [
      '-c',
      `${assign({ d_x: word })}printf '%s|' "$d_x" ${quote(word)}`,
    ])
    assert.equal(printed.toString(), `${word}|${word}|`)
  }
})

test('the command that a host is given says nothing of the script but its length', () => {
  assert.equal(buildCommandLine('echo ü', false), `sh -c 'eval "$(head -c 7)"'`)
  assert.equal(buildCommandLine('echo', true), `sudo -n -H -- sh -c 'eval "$(head -c 4)"'`)
})
