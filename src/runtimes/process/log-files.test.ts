import assert from 'node:assert/strict'
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { systemClock } from '../../system/clock.ts'
import { contextOf, nodeRef, wantedOf } from '../conformance.ts'
import { readLog, rotateLog } from './log-files.ts'
import { createBench, until } from './test-bench.ts'

describe('logs', () => {
  let folder: string
  let log: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'drover-logs-'))
    log = join(folder, 'output.log')
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const rotation = { maxBytes: 10, keep: 2 }
  const rotate = () => rotateLog(log, rotation)
  async function read(tailLines?: number): Promise<string> {
    const options = {
      follow: false,
      signal: new AbortController().signal,
      ...(tailLines !== undefined && { tailLines }),
    }
    const chunks = await Array.fromAsync(readLog(log, options, systemClock, rotation.keep))
    return Buffer.concat(chunks).toString()
  }

  test('rotate when they are too large, keep so many, and read as one', async () => {
    for (const text of ['first line\n', 'second line\n', 'third line\n', 'fourth line\n']) {
      appendFileSync(log, text)
      rotate()
    }
    appendFileSync(log, 'fifth\n')
    rotate()
    assert.equal(readFileSync(log, 'utf8'), 'fifth\n')
    assert.equal(existsSync(`${log}.3`), false)
    assert.equal(await read(), 'third line\nfourth line\nfifth\n')
  })

  test('end with so many lines, across rotated files', async () => {
    appendFileSync(log, 'one\ntwo\nthree\nfour\n')
    rotate()
    appendFileSync(log, 'five\nsix')
    assert.equal(await read(1), 'six')
    assert.equal(await read(2), 'five\nsix')
    assert.equal(await read(4), 'three\nfour\nfive\nsix')
    assert.equal(await read(99), 'one\ntwo\nthree\nfour\nfive\nsix')
    assert.equal(await read(0), '')
  })

  test('find lines that are longer than one read', async () => {
    const long = 'x'.repeat(200_000)
    writeFileSync(log, `first\n${long}\nlast\n`)
    assert.equal(await read(2), `${long}\nlast\n`)
  })

  test('that do not exist are empty', async () => {
    assert.equal(await read(), '')
  })

  test('are followed across a rotation without losing or repeating a line', async () => {
    writeFileSync(log, 'before\n')
    const stop = new AbortController()
    let seen = ''
    const following = (async () => {
      for await (const chunk of readLog(log, { follow: true, signal: stop.signal }, systemClock, 2)) {
        seen += Buffer.from(chunk)
      }
    })()
    await until('it has begun', () => seen === 'before\n')
    appendFileSync(log, 'just before the rotation\n')
    rotate()
    appendFileSync(log, 'after\n')
    await until('it has gone on', () => seen.includes('after\n'))
    stop.abort()
    await following
    assert.equal(seen, 'before\njust before the rotation\nafter\n')
  })

  test('of a running node go on in the emptied file', async () => {
    const bench = createBench()
    try {
      const node = nodeRef('node-1', 1)
      const runtime = bench.open({ logRotation: { maxBytes: 40, keep: 1 } })
      const command = ['sh', '-c', 'i=0; while :; do i=$((i+1)); echo "line number $i"; sleep 0.01; done']
      const spec = bench.spec({ properties: { command } })
      await runtime.start(contextOf(1), node, wantedOf('k1', spec))
      const file = join(bench.root, node.id, 'logs', 'output.log')
      await until('it grew', () => readFileSync(file).length > 200)
      runtime.rotate()
      await until('it goes on', () => /^line number \d+\n/.test(readFileSync(file, 'utf8')))
      assert.match(readFileSync(`${file}.1`, 'utf8'), /^line number 1\n/)
    } finally {
      bench.close()
    }
  })
})
