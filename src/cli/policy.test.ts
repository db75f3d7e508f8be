import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { EXIT } from './exit-codes.ts'
import { type CliBench, createCliBench } from './test-bench.ts'

const GUIDE = join(import.meta.dirname, '../../docs/policies.md')

let bench: CliBench
before(async () => {
  bench = await createCliBench()
  await run('profile', 'create', 'p', '--type', 'scripted')
  await run('cluster', 'create', 'web', '--profile', 'p', '--size', '1', '--wait')
})
after(() => bench.close())

/** What a command that succeeds prints. */
async function run(...argv: string[]): Promise<string> {
  const { code, stdout, stderr } = await bench.run(argv)
  assert.equal(code, 0, `${argv.join(' ')}: ${stderr}`)
  return stdout
}

test('a policy is made, shown, renamed and deleted', async () => {
  const made = await run('policy', 'create', 'slowly', '--type', 'batch', '--property', 'pauseTime=1')
  assert.match(made, /^policy slowly \(batch 1\.0\) is created/)
  assert.match(await run('policy', 'list', '--type', 'batch'), /slowly +batch 1\.0/)
  assert.match(await run('policy', 'show', 'slowly'), /"pauseTime": 1/)
  await run('policy', 'update', 'slowly', '--rename', 'slower', '--description', 'one by one')
  assert.match(await run('policy', 'show', 'slower'), /Description +one by one/)
  assert.equal((await bench.run(['policy', 'update', 'slower'])).code, EXIT.usage)
  await run('policy', 'delete', 'slower', '--yes')
  assert.match(await run('policy', 'list'), /^No policies yet/)
})

test('a policy without a type is refused before anything is sent', async () => {
  const { code, stderr } = await bench.run(['policy', 'create', 'x'])
  assert.equal(code, EXIT.usage)
  assert.match(stderr, /a policy needs a type/)
})

test('every example of the guide is a valid policy, and every type has one', async () => {
  const examples = [...(await readFile(GUIDE, 'utf8')).matchAll(/```yaml\n([\s\S]*?)```/g)]
  const types: string[] = []
  for (const [, text = ''] of examples) {
    const file = join(bench.folder, 'example.yaml')
    await writeFile(file, text)
    await run('policy', 'validate', '--file', file)
    types.push(/^type: (\w+)/.exec(text)?.[1] ?? '')
  }
  const known = await bench.json<{ items: { type: string }[] }>(['policy', 'types'])
  assert.deepEqual(
    types,
    known.items.map(({ type }) => type),
  )
})

test('a policy is attached, disabled, enabled and detached, and one waits for each', async () => {
  await run('policy', 'create', 'oldest', '--type', 'deletion', '--property', 'criteria=OLDEST_FIRST')
  const list = () => run('cluster', 'policy', 'list', 'web')
  assert.match(await list(), /^Cluster web has no policies/)
  await run('cluster', 'policy', 'attach', 'web', 'oldest', '--disabled', '--wait')
  assert.match(await list(), /oldest +deletion +no +400/)
  await run('cluster', 'policy', 'enable', 'web', 'oldest', '--wait')
  assert.match(await list(), /oldest +deletion +yes/)
  await run('cluster', 'policy', 'disable', 'web', 'oldest', '--wait')
  assert.match(await run('cluster', 'policy', 'show', 'web', 'oldest'), /Enabled +no/)
  assert.equal((await bench.run(['policy', 'delete', 'oldest', '--yes'])).code, EXIT.refused)
  const again = await bench.run(['cluster', 'policy', 'attach', 'web', 'missing'])
  assert.equal(again.code, EXIT.notFound)
  await run('cluster', 'policy', 'detach', 'web', 'oldest', '--wait')
  assert.match(await list(), /^Cluster web has no policies/)
})

test('why a policy cannot be attached is what waiting for it ends with', async () => {
  for (const name of ['first', 'second']) {
    await run('policy', 'create', name, '--type', 'batch')
  }
  await run('cluster', 'policy', 'attach', 'web', 'first', '--wait')
  const { code, stdout } = await bench.run(['cluster', 'policy', 'attach', 'web', 'second', '--wait'])
  assert.equal(code, EXIT.failed)
  assert.match(stdout, /FAILED: policy second is of type batch, as is first/)
})

test('a scaling policy says how far and how often, and a deletion policy who goes', async () => {
  await run('cluster', 'create', 'shop', '--profile', 'p', '--size', '2', '--wait')
  const file = join(bench.folder, 'scaling.yaml')
  await writeFile(
    file,
    'type: scaling\nproperties: { event: CLUSTER_SCALE_OUT, adjustment: { number: 3, cooldown: 600 } }\n',
  )
  await run('policy', 'create', 'by-three', '--file', file)
  for (const policy of ['by-three', 'oldest']) {
    await run('cluster', 'policy', 'attach', 'shop', policy, '--wait')
  }
  const indexes = async () => {
    const { items } = await bench.json<{ items: { index: number }[] }>(['node', 'list', 'shop'])
    return items.map(({ index }) => index)
  }
  await run('cluster', 'scale-out', 'shop', '--wait')
  assert.deepEqual(await indexes(), [1, 2, 3, 4, 5])
  const again = await bench.run(['cluster', 'scale-out', 'shop', '--wait'])
  assert.equal(again.code, EXIT.refused)
  assert.match(again.stderr, /policy "by-three" allows the next scaling in (599|600) s/)
  await run('cluster', 'scale-in', 'shop', '--count', '2', '--wait')
  assert.deepEqual(await indexes(), [3, 4, 5])
  assert.match(
    await run('cluster', 'policy', 'list', 'shop'),
    /by-three +scaling +yes +100 +(just now|\d+s ago)/,
  )
})
