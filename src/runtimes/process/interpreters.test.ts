import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { contextOf, nodeRef, wantedOf } from '../conformance.ts'
import { type Bench, createBench, until } from './test-bench.ts'

const node = nodeRef('node-1', 1)
const ctx = contextOf(1)
const args = [{ key: 'table', value: 'trades' }]

const WAIT = 'setInterval(() => {}, 1000)'
const SCRIPTS: Readonly<Record<string, string>> = {
  'main.js': `console.log('said', ...process.argv.slice(2)); ${WAIT}`,
  'main.cjs': `console.log('said', ...process.argv.slice(2)); ${WAIT}`,
  'main.mjs': `import 'node:fs'; console.log('said', ...process.argv.slice(2)); ${WAIT}`,
  'main.ts': `const words: string[] = process.argv.slice(2); console.log('said', ...words); ${WAIT}`,
  'main.py': 'import sys, time\nprint("said", *sys.argv[1:], flush=True)\ntime.sleep(600)\n',
  'main.sh': 'echo said "$@"\nexec sleep 600\n',
}

describe('an initialization script', () => {
  let bench: Bench
  beforeEach(() => {
    bench = createBench()
  })
  afterEach(() => bench.close())

  const says = (text: string) =>
    until(`the log says ${text}`, () =>
      readFileSync(join(bench.root, node.id, 'logs', 'output.log'), 'utf8').includes(text),
    )

  for (const [script, text] of Object.entries(SCRIPTS)) {
    test(`${script} is run by the interpreter of its ending, with its arguments`, async () => {
      bench.bundle('code', { [script]: text })
      const spec = bench.spec({ bundle: 'code', script, properties: {}, args })
      await bench.open().start(ctx, node, wantedOf('k1', spec))
      await says('said -table trades\n')
    })
  }

  test('for q is run by the q that the host was told of', async () => {
    const tools = bench.bundle('tools', { 'fake-q': '#!/bin/sh\necho "q runs $@"\nexec sleep 600\n' })
    bench.bundle('code', { 'init.q': '\\l trades\n' })
    const runtime = bench.open({ interpreters: { '.q': [join(tools, 'fake-q')] } })
    const spec = bench.spec({ bundle: 'code', script: 'init.q', properties: {}, args })
    await runtime.start(ctx, node, wantedOf('k1', spec))
    await says('q runs init.q -table trades\n')
  })

  test('whose interpreter is missing is refused with a way out', async () => {
    bench.bundle('code', { 'init.q': '\\l trades\n' })
    const runtime = bench.open({ interpreters: { '.q': ['no-such-q'] } })
    const spec = bench.spec({ bundle: 'code', script: 'init.q', properties: {} })
    await assert.rejects(
      runtime.prepare(ctx, node, wantedOf('k1', spec)),
      /program "no-such-q" is not on the node's PATH .* install it on this host/,
    )
  })

  test('that the bundle does not have is refused by name', async () => {
    bench.bundle('code', { 'main.sh': '' })
    const spec = bench.spec({ bundle: 'code', script: 'other.sh', properties: {} })
    await assert.rejects(
      bench.open().prepare(ctx, node, wantedOf('k1', spec)),
      /bundle code@1 has no file "other.sh"/,
    )
  })
})
