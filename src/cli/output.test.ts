import assert from 'node:assert/strict'
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { parse as parseYaml } from 'yaml'
import { type CliBench, createCliBench, runInProcess } from './test-bench.ts'

let bench: CliBench
before(async () => {
  bench = await createCliBench()
  await bench.json(['cluster', 'create', 'web', '--runtime', 'scripted', '--size', '5', '--wait'])
})
after(() => bench.close())

interface Listed {
  readonly items: readonly { readonly name: string; readonly createdAt: string }[]
  readonly nextCursor: string | null
}

test('json and yaml are the resources as the API gives them, times in full', async () => {
  const json = await bench.json<Listed>(['node', 'list', 'web'])
  const yaml = parseYaml((await bench.run(['node', 'list', 'web', '-o', 'yaml'])).stdout)
  assert.deepEqual(json, yaml)
  assert.match(json.items[0]!.createdAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
})

test('a list is cut at its limit, says that there is more, and --all and --cursor get it', async () => {
  const table = await bench.run(['node', 'list', 'web', '--limit', '2'])
  assert.equal(table.stdout.trimEnd().split('\n').length, 3)
  assert.match(table.stderr, /There are more/)
  const first = await bench.json<Listed>(['node', 'list', 'web', '--limit', '3'])
  const rest = await bench.json<Listed>([
    'node',
    'list',
    'web',
    '--limit',
    '3',
    '--cursor',
    first.nextCursor!,
  ])
  assert.deepEqual(
    [...first.items, ...rest.items].map(({ name }) => name),
    ['web-1', 'web-2', 'web-3', 'web-4', 'web-5'],
  )
  assert.equal(rest.nextCursor, null)
  assert.equal((await bench.json<Listed>(['node', 'list', 'web', '--all'])).items.length, 5)
})

test('colours are for terminals that want them', async () => {
  const terminal = { columns: 100, rows: 30 }
  const list = ['cluster', 'list']
  assert.ok((await bench.run(list, { terminal })).stdout.includes('\u001b[32mActive'))
  const plain = [
    await bench.run(list),
    await bench.run([...list, '--no-color'], { terminal }),
    await bench.run(list, { terminal, env: { NO_COLOR: '1' } }),
    await bench.run([...list, '-o', 'json'], { terminal }),
  ]
  for (const { stdout } of plain) assert.ok(!stdout.includes('\u001b'))
})

test('a terminal is asked before something is deleted, and only yes means yes', async () => {
  await bench.json(['cluster', 'create', 'short-lived', '--runtime', 'scripted', '--size', '2', '--wait'])
  const terminal = { columns: 100, rows: 30 }
  const no = await bench.run(['cluster', 'delete', 'short-lived'], { terminal, input: '\n' })
  assert.equal(no.code, 130)
  assert.match(no.stderr, /Delete cluster short-lived and stop its 2 nodes\? \[y\/N\]/)
  assert.equal((await bench.run(['cluster', 'show', 'short-lived'])).code, 0)
  const yes = await bench.run(['cluster', 'delete', 'short-lived', '--wait'], { terminal, input: 'y\n' })
  assert.equal(yes.code, 0, yes.stderr)
  assert.equal((await bench.run(['cluster', 'show', 'short-lived'])).code, 6)
})

test('a folder is published, found again under its digest, and run', async () => {
  const folder = join(bench.folder, 'quotes')
  await mkdir(folder)
  await writeFile(join(folder, 'server.js'), 'setInterval(() => {}, 1000)\n')
  const publish = ['bundle', 'publish', folder]
  const bundle = await bench.json<{ id: string; name: string; version: string; digest: string }>(publish)
  assert.equal(bundle.name, 'quotes')
  assert.equal(bundle.version, bundle.digest.slice(0, 12))
  assert.equal((await bench.json<{ id: string }>(publish)).id, bundle.id)

  await writeFile(join(folder, 'drover.yaml'), 'name: quotes-eu\nversion: "7"\n')
  const named = await bench.run(publish)
  assert.match(named.stdout, /^published quotes-eu@7: 2 entries, /)
  const explicit = await bench.run([...publish, '--name', 'other', '--bundle-version', '8'])
  assert.match(explicit.stdout, /^published other@8/)
})

test('a broken manifest and a file that is no zip are refused with 5, and the reason gets through', async () => {
  const folder = join(bench.folder, 'broken')
  await mkdir(folder)
  await writeFile(join(folder, 'drover.yaml'), 'prot: true\n')
  const manifest = await bench.run(['bundle', 'publish', folder])
  assert.equal(manifest.code, 5)
  assert.match(manifest.stderr, /drover\.yaml/)
  const file = join(bench.folder, 'no.zip')
  await writeFile(file, Buffer.alloc(3_000_000, 'x'))
  const zip = await bench.run(['bundle', 'publish', file])
  assert.equal(zip.code, 5)
  assert.match(zip.stderr, /zip/)
})

test('a key is saved to a new file that only its owner can read, and not shown', async () => {
  const file = join(bench.folder, 'ci.key')
  const { code, stdout, stderr } = await bench.run(['key', 'create', 'ci', '--save-to', file])
  assert.equal(code, 0)
  const key = await readFile(file, 'utf8')
  assert.match(key, /^drover_\S+\n$/)
  assert.ok(!`${stdout}${stderr}`.includes(key.trim()))
  assert.equal((await stat(file)).mode & 0o777, 0o600)
  const who = await bench.run(['whoami', '--api-key-file', file])
  assert.match(who.stdout, /Name +ci\n/)
  assert.equal((await bench.run(['key', 'create', 'again', '--save-to', file])).code, 2)
})

test("the local administrator's key is not sent to other machines", async () => {
  const { code, stderr } = await runInProcess(
    ['whoami', '--server', 'http://192.0.2.1:7717', '--request-timeout', '50ms'],
    {
      env: bench.env,
    },
  )
  assert.ok(code === 8 || code === 9)
  assert.ok(!stderr.includes('unencrypted'))
})

test('a reader that leaves early is no error', async () => {
  for (const argv of [
    ['event', 'list', '--all'],
    ['event', 'watch', '--after', '0'],
  ]) {
    const ran = await bench.run(argv, { isReaderGone: true })
    assert.deepEqual(ran, { code: 0, stdout: '', stderr: '' }, argv.join(' '))
  }
})
