import assert from 'node:assert/strict'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type CliBench, createCliBench } from './test-bench.ts'

let bench: CliBench
before(async () => {
  bench = await createCliBench()
})
after(() => bench.close())

const run = async (...args: string[]) => {
  const result = await bench.run(['access-key', ...args])
  assert.equal(result.code, 0, result.stderr)
  return result.stdout
}

test('an access key is shown as lines for a shell, once', async () => {
  const shown = await run('create', 'kdb')
  const [, id] = /^export AWS_ACCESS_KEY_ID=(AKIA[A-Z2-7]{16})$/m.exec(shown) ?? []
  const [, secret] = /^export AWS_SECRET_ACCESS_KEY=([\w-]{40})$/m.exec(shown) ?? []
  assert.ok(id && secret, shown)
  const details = await run('show', 'kdb')
  assert.match(details, /operator in [\w-]{36}/)
  assert.match(details, /never/)
  const listed = await run('list')
  assert.ok(listed.includes(id))
  assert.ok(!`${details}${listed}`.includes(secret))
})

test('a secret can go to a file that only its owner reads, and to nowhere else', async () => {
  const file = join(bench.folder, 'one.secret')
  const shown = await run('create', 'filed', '--role', 'viewer', '--save-to', file)
  const secret = readFileSync(file, 'utf8').trim()
  assert.match(secret, /^[\w-]{40}$/)
  assert.ok(!shown.includes(secret))
  assert.equal(statSync(file).mode & 0o777, 0o600)
  assert.equal((await bench.json<{ role: string }>(['access-key', 'show', 'filed'])).role, 'viewer')
})

test('an access key is disabled, enabled and deleted by its name or id', async () => {
  const { accessKey } = await bench.json<{ accessKey: { id: string } }>(['access-key', 'create', 'switch'])
  const isEnabled = async () =>
    (await bench.json<{ enabled: boolean }>(['access-key', 'show', accessKey.id])).enabled
  assert.match(await run('disable', 'switch'), /is disabled/)
  assert.equal(await isEnabled(), false)
  assert.match(await run('enable', accessKey.id), /is enabled/)
  assert.equal(await isEnabled(), true)
  assert.match(await run('delete', 'switch', '--yes'), /is deleted/)
  const gone = await bench.run(['access-key', 'show', 'switch'])
  assert.match(gone.stderr, /access key "switch" does not exist/)
})
