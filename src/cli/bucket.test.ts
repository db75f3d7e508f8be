import assert from 'node:assert/strict'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { link, makeZip } from '../bundles/test-zips.ts'
import { type CliBench, createCliBench } from './test-bench.ts'

let bench: CliBench
before(async () => {
  bench = await createCliBench()
})
after(() => bench.close())

async function succeed(words: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await bench.run(words)
  assert.equal(code, 0, stderr)
  return stdout
}

test('code goes into a bucket, comes out of it, and becomes a bundle', async () => {
  const one = makeZip([{ name: 'run.sh', data: 'echo one\n', mode: 0o100755 }])
  const file = join(bench.folder, 'one.zip')
  await writeFile(file, one)
  const folder = join(bench.folder, 'two')
  await mkdir(folder)
  await writeFile(join(folder, 'run.sh'), 'echo two\n')

  await succeed(['bucket', 'create', 'code'])
  const first = await bench.json<{ version: string }>(['bucket', 'put', file, 's3://code/apps/web.zip'])
  await succeed(['bucket', 'put', folder, 's3://code/apps/web.zip'])
  assert.match(await succeed(['bucket', 'list']), /code +2 /)
  assert.match(await succeed(['bucket', 'versions', 'code', '--prefix', 'apps/']), /latest/)

  const copy = join(bench.folder, 'copy.zip')
  await succeed(['bucket', 'get', 's3://code/apps/web.zip', copy, '--object-version', first.version])
  assert.deepEqual(await readFile(copy), one)
  const again = await bench.run(['bucket', 'get', 's3://code/apps/web.zip', copy])
  assert.notEqual(again.code, 0)
  assert.match(again.stderr, /EEXIST/)
  assert.deepEqual(await readFile(copy), one)

  const publish = ['bundle', 'publish', 's3://code/apps/web.zip']
  const newest = await bench.json<{ name: string; source: { version: string } }>(publish)
  const older = await bench.json<{ source: { version: string } }>([
    ...publish,
    '--object-version',
    first.version,
  ])
  assert.equal(newest.name, 'web')
  assert.equal(older.source.version, first.version)
  assert.notEqual(newest.source.version, first.version)

  await succeed(['bucket', 'delete-object', 's3://code/apps/web.zip', '--yes'])
  assert.match(await succeed(['bucket', 'list-objects', 'code']), /Nothing is in bucket code/)
  const full = await bench.run(['bucket', 'delete', 'code', '--yes'])
  assert.match(full.stderr, /3 versions of objects/)
  await succeed(['bucket', 'delete', 'code', '--force', '--yes'])
})

test('what cannot be meant is said before anything is sent', async () => {
  for (const [args, message] of [
    [['bundle', 'publish', 's3://code'], /names no object/],
    [['bundle', 'publish', bench.folder, '--object-version', 'x'], /--object-version is for an object/],
    [['bucket', 'put', join(bench.folder, 'none.zip'), 's3://code/x'], /cannot read/],
    [['bucket', 'put', bench.folder, 'code/x'], /names no object/],
  ] as const) {
    const { code, stderr } = await bench.run(args)
    assert.equal(code, 2, stderr)
    assert.match(stderr, message)
  }
  await succeed(['bucket', 'create', 'code'])
  const bad = join(bench.folder, 'bad.zip')
  await writeFile(bad, makeZip([{ name: 'run.sh', data: 'x' }, link('up', '../../x')]))
  const refused = await bench.run(['bucket', 'put', bad, 's3://code/bad.zip'])
  assert.match(refused.stderr, /leads out/)
  const elsewhere = await bench.run(['bundle', 'publish', 's3://elsewhere/x.zip'])
  assert.match(elsewhere.stderr, /s3.endpoint or s3.region/)
})
