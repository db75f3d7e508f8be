import assert from 'node:assert/strict'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Drover, ROOT } from './drover.ts'
import { findPrograms } from './processes.ts'
import { listNodes } from './workload.ts'

const NOBODY = 65_534
const skip = whyNot()

test('an ordinary user runs all of it, and what is private stays private', { skip }, async (t) => {
  const drover = await Drover.prepare({ user: { uid: NOBODY, gid: NOBODY } })
  t.after(() => drover.destroy())
  await drover.start()

  const key = statSync(join(drover.dataFolder, 'admin.key'))
  assert.deepEqual([key.mode & 0o777, key.uid], [0o600, NOBODY])
  assert.equal(statSync(join(drover.dataFolder, 'drover.db')).mode & 0o777, 0o600)

  // The CLI finds the key by itself.
  assert.equal((await drover.json<{ name: string }>(['whoami'])).name, 'admin')
  for (const version of ['v1', 'v2']) {
    await drover.json(['bundle', 'publish', join(ROOT, 'examples/hello-http', version)])
  }
  const create = ['cluster', 'create', 'web', '--bundle', 'hello-http@1', '--size', '2', '--wait']
  await drover.json(create)
  const update = await drover.run(['update', 'start', 'web', '--bundle', 'hello-http@2', '--wait'])
  assert.equal(update.exitCode, 0, update.stderr)

  for (const { endpoint } of await listNodes(drover, 'web')) {
    const answer = (await (await fetch(`http://${endpoint?.host}:${endpoint?.port}/`)).json()) as {
      version: string
    }
    assert.equal(answer.version, '2')
  }
  for (const { pid } of findPrograms(drover.dataFolder)) {
    assert.match(
      readFileSync(`/proc/${pid}/status`, 'utf8'),
      new RegExp(`^Uid:\\t${NOBODY}\\t${NOBODY}`, 'm'),
    )
  }
  const deleted = await drover.run(['cluster', 'delete', 'web', '--yes', '--wait'])
  assert.equal(deleted.exitCode, 0, deleted.stderr)
  assert.deepEqual(findPrograms(drover.dataFolder), [])
  assert.equal(await drover.end('SIGTERM'), 0)
})

function whyNot(): string | false {
  if (process.getuid?.() !== 0) return 'only root can become another user; the other tests run as this one'
  for (let folder = ROOT; folder !== '/'; folder = join(folder, '..')) {
    if ((statSync(folder).mode & 0o005) !== 0o005) return `others may not read ${folder}`
  }
  return false
}
