import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'

const isMissing =
  spawnSync('haproxy', ['-v'], { env: { PATH: `${process.env['PATH']}:/usr/sbin` } }).error !== undefined
const skip = isMissing && 'the program haproxy is not installed (Debian package haproxy)'

test('a service behind HAProxy is scaled and updated without losing a request', { skip }, async () => {
  const program = join(import.meta.dirname, 'load-balancing.ts')
  const child = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'pipe'] })
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text
    })
  }
  await once(child, 'close')
  assert.equal(child.exitCode, 0, printed)
  assert.match(printed, /[1-9]\d* requests answered, by versions 1 and 2; 0 lost/)
})
