import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import type { Command } from 'commander'
import { systemClock } from '../system/clock.ts'
import { type Cli, examplesOf } from './command.ts'
import { EXIT_CODE_MEANINGS } from './exit-codes.ts'
import { createProgram } from './program.ts'
import { cliReference } from './reference.ts'
import { runInProcess } from './test-bench.ts'

const cli: Cli = {
  io: {
    stdin: new PassThrough(),
    stdout: new PassThrough(),
    stderr: new PassThrough(),
    env: {},
    clock: systemClock,
    isRoot: false,
    homeFolder: '/nonexistent',
    onInterrupt: () => () => {},
  },
  run: async () => {},
  serve: async () => {},
  maintain: async () => {},
}

const leaves = listLeaves(createProgram(cli, '1.2.3'), [])

for (const { words, command } of leaves) {
  test(`help for ${words.join(' ')} has a summary, and examples that parse`, async () => {
    assert.notEqual(command.summary(), '')
    assert.notEqual(examplesOf(command).length, 0)
    const { code, stdout } = await runInProcess([...words, '--help'])
    assert.equal(code, 0)
    for (const example of examplesOf(command)) {
      assert.ok(stdout.includes(`  ${example}`))
      assert.deepEqual(await parsed(example), { ok: true }, example)
    }
    for (const option of command.options) assert.notEqual(option.description, '', option.flags)
  })
}

test('the first page of help lists the exit codes', async () => {
  const { stdout } = await runInProcess(['--help'])
  for (const [code, meaning] of EXIT_CODE_MEANINGS)
    assert.match(stdout, new RegExp(`^ {2}${code} +${meaning.slice(0, 20)}`, 'm'))
})

test('--version prints the version', async () => {
  assert.deepEqual(await runInProcess(['--version']), { code: 0, stdout: '1.2.3\n', stderr: '' })
})

test('docs/cli.md is what the program says', () => {
  const file = readFileSync(join(import.meta.dirname, '../../docs/cli.md'), 'utf8')
  assert.ok(file === cliReference(), 'docs/cli.md is stale: run npm run generate')
})

/** Runs an example's words through the parser, with actions that do nothing. */
async function parsed(example: string): Promise<unknown> {
  const line = example.replace(/ > .*$/, '')
  const words = [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? '')
  try {
    await createProgram(cli, '1.2.3').parseAsync(words.slice(1), { from: 'user' })
    return { ok: true }
  } catch (error) {
    return error
  }
}

function listLeaves(
  command: Command,
  words: readonly string[],
): { words: readonly string[]; command: Command }[] {
  if (command.commands.length === 0) return [{ words, command }]
  return command.commands.flatMap((child) => listLeaves(child, [...words, child.name()]))
}
