import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { SHELLS } from './completion.ts'
import { runInProcess } from './test-bench.ts'

for (const shell of SHELLS) {
  test(`the script for ${shell} is one that ${shell} reads`, async (context) => {
    const { code, stdout } = await runInProcess(['completion', shell])
    assert.equal(code, 0)
    assert.ok(stdout.includes('scale-out'))
    if (spawnSync(shell, ['-c', 'true']).error) {
      context.skip(`${shell} is not installed here`)
      return
    }
    // From a file: fish cannot read the kind of pipe that Node gives it.
    const folder = mkdtempSync(join(tmpdir(), 'drover-completion-'))
    try {
      const script = join(folder, `drover.${shell}`)
      writeFileSync(script, stdout)
      execFileSync(shell, ['-n', script])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
}

const cases = [
  { name: 'nouns', typed: ['drover', 'clu'], want: ['cluster'] },
  { name: 'verbs of a noun', typed: ['drover', 'cluster', 'sc'], want: ['scale-out', 'scale-in'] },
  {
    name: 'options once a dash is typed',
    typed: ['drover', 'update', 'start', 'web', '--max'],
    want: [
      '--max-unavailable',
      '--max-surge',
      '--max-failures',
      '--max-unhealthy-updated',
      '--max-unhealthy',
    ],
  },
  {
    name: 'options after other options',
    typed: ['drover', 'update', 'start', '--wait', 'web', '--min'],
    want: ['--min-ready'],
  },
  {
    name: 'the choices of an option',
    typed: ['drover', 'update', 'start', 'web', '--strategy', ''],
    want: ['rolling', 'force', 'no-restart'],
  },
  { name: 'file names where nothing is known', typed: ['drover', 'bundle', 'publish', ''], want: [] },
]

for (const { name, typed, want } of cases) {
  test(`bash completes ${name}`, async () => {
    const { stdout } = await runInProcess(['completion', 'bash'])
    const words = typed.map((word) => `'${word}'`).join(' ')
    const script = `${stdout}\nCOMP_WORDS=(${words}); COMP_CWORD=${typed.length - 1}; _drover; printf '%s\\n' "\${COMPREPLY[@]}"`
    const printed = execFileSync('bash', ['--norc', '-c', script], { encoding: 'utf8' })
    assert.deepEqual(printed.split('\n').filter(Boolean), want)
  })
}
