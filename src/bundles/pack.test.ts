import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import {
  chmod,
  cp,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import test, { type TestContext } from 'node:test'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { InvalidBundleError, NotFoundError } from '../domain/errors.ts'
import { packFolder } from './pack.ts'
import { testFolder, testStore } from './test-zips.ts'

const never = new AbortController().signal

test('packs a folder so that it comes out as it went in', async (t) => {
  const { store } = await testStore(t)
  const folder = await sample(t)
  const packed = await packFolder(folder)
  assert.equal(packed.fileCount, 4)
  const received = await store.receive(packed.stream)
  assert.equal(received.manifest?.name, 'sample')
  const unpacked = await store.unpacked(received.digest, never)
  assert.deepEqual(await describeTree(unpacked), {
    'bin/run.sh': 'executable #!/bin/sh\n',
    current: '-> bin',
    'data.txt': 'file data',
    'drover.yaml': 'file name: sample\n',
    'empty/': 'folder',
  })
})

test('gives the same bytes for the same folder, whenever, wherever and in which time zone', async (t) => {
  const folder = await sample(t)
  const first = await buffer((await packFolder(folder)).stream)
  const copy = join(await testFolder(t), 'copy')
  await cp(folder, copy, { recursive: true, verbatimSymlinks: true })
  await utimes(join(copy, 'data.txt'), 1, 1)
  await chmod(join(copy, 'data.txt'), 0o600)
  assert.deepEqual(await buffer((await packFolder(copy)).stream), first)

  const script = `import { packFolder } from ${JSON.stringify(new URL('./pack.ts', import.meta.url).href)}
    const hash = (await import('node:crypto')).createHash('sha256')
    for await (const chunk of (await packFolder(${JSON.stringify(folder)})).stream) hash.update(chunk)
    console.log(hash.digest('hex'))`
  const hashes = await Promise.all(
    ['UTC', 'Asia/Tokyo', 'America/Lima'].map((zone) =>
      promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
        env: { ...process.env, TZ: zone },
      }),
    ),
  )
  assert.equal(new Set(hashes.map(({ stdout }) => stdout)).size, 1)
})

test('leaves out what is never wanted, and what .droverignore and the caller name', async (t) => {
  const folder = await testFolder(t)
  await writeTree(folder, {
    '.droverignore': '# ours\n*.log\n!keep.log\n/build\ntemp/\ndocs/*.md\n.env\n',
    '.git/HEAD': 'x',
    'node_modules/.cache/x': 'x',
    'node_modules/m/index.js': 'kept',
    'a.log': 'x',
    'deep/b.log': 'x',
    'deep/keep.log': 'kept',
    'build/out': 'x',
    'deep/build/out': 'kept',
    'deep/temp/x': 'x',
    'other/temp': 'kept',
    'docs/a.md': 'x',
    'docs/sub/a.md': 'kept',
    'deep/.env': 'x',
    'notes.txt': 'x',
  })
  const { store } = await testStore(t)
  const { paths } = await store.receive((await packFolder(folder, { exclude: ['notes.*'] })).stream)
  assert.deepEqual([...paths].sort(), [
    'deep/build/out',
    'deep/keep.log',
    'docs/sub/a.md',
    'node_modules/m/index.js',
    'other/temp',
  ])
})

test('refuses folders that cannot become a bundle, and says why', async (t) => {
  const folder = await testFolder(t)
  await assert.rejects(packFolder(join(folder, 'missing')), (error) => {
    assert.ok(error instanceof NotFoundError)
    assert.match(error.message, /folder ".*missing" does not exist/)
    return true
  })
  await assert.rejects(packFolder(folder), /has no files to bundle$/)
  await mkdir(join(folder, 'sub'))
  await assert.rejects(packFolder(folder), /has no files to bundle; are all ignored\?/)
  await writeFile(join(folder, 'file'), '')
  await assert.rejects(packFolder(join(folder, 'file')), /is not a folder/)
  await symlink('/etc/passwd', join(folder, 'sub/out'))
  await assert.rejects(packFolder(folder), (error) => {
    assert.ok(error instanceof InvalidBundleError)
    assert.match(error.message, /symlink "sub\/out": its target "\/etc\/passwd" is absolute/)
    return true
  })
  await writeFile(join(folder, 'back\\slash'), '')
  await assert.rejects(packFolder(folder), /"back\\\\slash": a name must not contain a backslash/)
  const pipes = await testFolder(t)
  await promisify(execFile)('mkfifo', [join(pipes, 'pipe')])
  await assert.rejects(packFolder(pipes), /"pipe" is a socket, pipe or device/)
})

test('ends its stream with an error when a file goes away while it is packed', async (t) => {
  const folder = await sample(t)
  const { stream } = await packFolder(folder)
  const { store } = await testStore(t)
  await rm(join(folder, 'data.txt'))
  await assert.rejects(store.receive(stream), InvalidBundleError)
})

test('any small tree survives packing, storing and unpacking', async (t) => {
  const { store } = await testStore(t)
  const name = fc
    .stringMatching(/^[a-zA-Z0-9 é☃._-]{1,8}$/u)
    .filter((text) => !/^\.+$/.test(text) && text !== '.git')
  const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((segments) => segments.join('/'))
  const file = fc.record({ content: fc.uint8Array({ maxLength: 300 }), executable: fc.boolean() })
  const tree = fc.dictionary(path, file, { minKeys: 1, maxKeys: 8, noNullPrototype: true })
  await fc.assert(
    fc.asyncProperty(tree, async (files) => {
      const folder = await testFolder(t)
      const written: Record<string, string> = {}
      for (const [place, { content, executable }] of Object.entries(files)) {
        // A path below another file cannot be written to any disk.
        const failed = await writeTree(folder, { [place]: content }).then(
          () => false,
          () => true,
        )
        if (failed) continue
        if (executable) await chmod(join(folder, place), 0o755)
        written[place] = `${executable ? 'executable' : 'file'} ${Buffer.from(content).toString('latin1')}`
      }
      const received = await store.receive((await packFolder(folder)).stream)
      assert.deepEqual(await describeTree(await store.unpacked(received.digest, never)), written)
    }),
    { numRuns: 20 },
  )
})

async function sample(t: TestContext): Promise<string> {
  const folder = await testFolder(t)
  await writeTree(folder, {
    'drover.yaml': 'name: sample\n',
    'bin/run.sh': '#!/bin/sh\n',
    'data.txt': 'data',
  })
  await chmod(join(folder, 'bin/run.sh'), 0o755)
  await symlink('bin', join(folder, 'current'))
  await mkdir(join(folder, 'empty'))
  return folder
}

async function writeTree(
  folder: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), content)
  }
}

/** What is in a folder; folders themselves only where they are empty. */
async function describeTree(root: string, folder = ''): Promise<Record<string, string>> {
  const tree: Record<string, string> = {}
  for (const name of await readdir(join(root, folder))) {
    const path = folder === '' ? name : `${folder}/${name}`
    const stats = await lstat(join(root, path))
    if (stats.isDirectory()) {
      const below = await describeTree(root, path)
      Object.assign(tree, Object.keys(below).length === 0 ? { [`${path}/`]: 'folder' } : below)
    } else if (stats.isSymbolicLink()) {
      tree[path] = `-> ${await readlink(join(root, path))}`
    } else {
      const kind = (stats.mode & 0o111) === 0 ? 'file' : 'executable'
      tree[path] = `${kind} ${(await readFile(join(root, path))).toString('latin1')}`
    }
  }
  return tree
}
