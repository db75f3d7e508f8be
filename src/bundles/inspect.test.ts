import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import fc from 'fast-check'
import { InvalidBundleError } from '../domain/errors.ts'
import { inspectArchive } from './inspect.ts'
import { DEFAULT_BUNDLE_LIMITS } from './limits.ts'
import { link, makeZip, testFolder } from './test-zips.ts'

test('a damaged zip is either refused or read, whatever bytes are wrong', async (t) => {
  const path = join(await testFolder(t), 'damaged.zip')
  const sound = makeZip([
    { name: 'run.sh', data: 'echo hello\n'.repeat(20), mode: 0o100755, method: 8 },
    { name: 'lib/data', data: 'data', mode: 0o100644 },
    link('current', 'lib'),
    { name: 'drover.yaml', data: 'name: sample' },
  ])
  const damage = fc.array(fc.tuple(fc.nat(sound.length - 1), fc.nat(255)), { minLength: 1, maxLength: 3 })
  let refused = 0
  await fc.assert(
    fc.asyncProperty(damage, fc.option(fc.nat(sound.length), { freq: 4 }), async (bytes, cutAt) => {
      const zip = Buffer.from(sound)
      for (const [place, value] of bytes) zip[place] = value
      await writeFile(path, zip.subarray(0, cutAt ?? zip.length))
      await inspectArchive(path, DEFAULT_BUNDLE_LIMITS).catch((error: unknown) => {
        if (!(error instanceof InvalidBundleError)) throw error
        refused += 1
      })
    }),
    { numRuns: 300 },
  )
  assert.ok(refused > 100)
})

test('stops when its signal is aborted', async (t) => {
  const path = join(await testFolder(t), 'a.zip')
  await writeFile(path, makeZip([{ name: 'a', data: 'x' }]))
  const signal = AbortSignal.abort(new Error('enough'))
  await assert.rejects(inspectArchive(path, DEFAULT_BUNDLE_LIMITS, signal), /enough/)
})

test('allows a symlink to another, to the root, and to nothing', async (t) => {
  const path = join(await testFolder(t), 'a.zip')
  const links = [
    link('a/one', '../two'),
    link('two', 'run.sh'),
    link('a/root', '..'),
    link('none', 'missing'),
  ]
  await writeFile(path, makeZip([{ name: 'run.sh' }, ...links]))
  const inspection = await inspectArchive(path, DEFAULT_BUNDLE_LIMITS)
  assert.deepEqual([...inspection.links.keys()], ['a/one', 'two', 'a/root', 'none'])
})
