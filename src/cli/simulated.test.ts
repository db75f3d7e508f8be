import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type CliBench, createCliBench } from './test-bench.ts'

let bench: CliBench
before(async () => {
  bench = await createCliBench()
})
after(() => bench.close())

const TYPES = [
  ['os.nova.server', 'flavor=m1.small'],
  ['os.heat.stack', 'template_url=http://somewhere/template'],
  ['container.dockerinc.docker', 'image=hello-world', 'host_node=docker-host'],
] as const

for (const [type, ...properties] of TYPES) {
  test(`a simulating server runs clusters of ${type}`, async () => {
    const name = type.replaceAll('.', '-')
    const given = properties.flatMap((property) => ['--property', property])
    const made = await bench.run(['profile', 'create', name, '--type', type, ...given])
    assert.equal(made.code, 0, made.stderr)
    const created = await bench.run(['cluster', 'create', name, '--profile', name, '--size', '2', '--wait'])
    assert.equal(created.code, 0, created.stderr)
    const { items } = await bench.json<{
      items: { id: string; status: string; available: boolean; physicalId: string }[]
    }>([...['node', 'list', name]])
    assert.deepEqual(
      items.map(({ status, available }) => [status, available]),
      [
        ['Running', true],
        ['Running', true],
      ],
    )
    const { id, physicalId } = items[0]!
    assert.match(physicalId, /^[0-9a-f-]{36}$/)
    const details = await bench.run(['node', 'details', name, id])
    assert.ok(details.stdout.replaceAll('-', '').includes(physicalId.replaceAll('-', '')), details.stdout)
    for (const noun of [
      ['cluster', 'recover', name],
      ['node', 'recover', name, id],
    ]) {
      const recovered = await bench.run([...noun, '--operation', 'RECREATE', '--wait'])
      assert.equal(recovered.code, 0, recovered.stderr)
    }
    const { items: actions } = await bench.json<{
      items: { name: string; inputs: { operation?: string } }[]
    }>([...['action', 'list', '--cluster', name]])
    const asked = actions.filter((action) => action.name.endsWith('_RECOVER'))
    assert.deepEqual(
      asked.map(({ inputs }) => inputs.operation),
      ['RECREATE', 'RECREATE'],
    )
    const gone = await bench.run(['cluster', 'delete', name, '--yes', '--wait'])
    assert.equal(gone.code, 0, gone.stderr)
  })
}

test('what a property of such a type may be is said when it is something else', async () => {
  const wrong = await bench.run([
    'profile',
    'create',
    'x',
    '--type',
    'os.nova.server',
    '--property',
    'flavour=1',
  ])
  assert.notEqual(wrong.code, 0)
  assert.match(wrong.stderr, /properties\.flavour: is not known; did you mean "flavor"\?/)
  const { stdout } = await bench.run(['profile', 'types'])
  assert.match(stdout, /os\.nova\.server +1\.0 +.*flavor/)
})
