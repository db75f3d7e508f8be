import assert from 'node:assert/strict'
import { mkdir, realpath, symlink, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import test from 'node:test'
import fc from 'fast-check'
import { followPath } from './symlinks.ts'
import { testFolder } from './test-zips.ts'

test('follows paths as the operating system does, and sees when they leave', async (t) => {
  const steps = fc.array(fc.constantFrom('a', 'b', 'l', 'm', '..', '.', ''), { minLength: 1, maxLength: 5 })
  const target = steps.map((parts) => parts.join('/')).filter((text) => text !== '' && !text.startsWith('/'))
  await fc.assert(
    fc.asyncProperty(target, target, target, async (l, m, path) => {
      const root = await realpath(await testFolder(t))
      await mkdir(join(root, 'a/b'), { recursive: true })
      await mkdir(join(root, 'b'))
      await writeFile(join(root, 'b/a'), '')
      await symlink(l, join(root, 'l'))
      await symlink(m, join(root, 'a/m'))
      const links = new Map([
        ['l', l],
        ['a/m', m],
      ])
      const place = followPath(path, links)
      const real = await realpath(`${root}/${path}`).catch(() => undefined)
      // Where the system finds something, it must be where we say, or we must say that the way leads out.
      if (real === undefined || place === undefined) return
      assert.equal(relative(root, real), place)
    }),
    { numRuns: 100 },
  )
})

test('a path that leads out of the bundle on its way is not followed, even if it comes back', () => {
  assert.equal(followPath('../bundle/a', new Map()), undefined)
  assert.equal(followPath('a/../../b', new Map()), undefined)
  assert.equal(followPath('l', new Map([['l', '/etc']])), undefined)
  assert.equal(followPath('l', new Map([['l', 'l/x']])), undefined)
  assert.equal(followPath('a/..', new Map()), '')
})
