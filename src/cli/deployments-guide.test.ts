import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { DeploymentResource } from './deployer-resources.ts'
import { EXIT } from './exit-codes.ts'
import { type CliBench, createCliBench } from './test-bench.ts'

const ROOT = join(import.meta.dirname, '../..')

let bench: CliBench
before(async () => {
  bench = await createCliBench()
})
after(async () => {
  // Their processes would outlive the server.
  for (const { name } of (await listDeployments()).items) {
    await bench.run(['deployment', 'cancel', name, '--wait'])
    await bench.run(['deployment', 'disable', name])
    await bench.run(['deployment', 'update', name, '--wait'])
  }
  await bench.close()
})

const EXPECTED: Readonly<Record<string, number>> = { failed: EXIT.failed, refused: EXIT.refused }

test('every command of the guide to deployments ends as it says there, one after the other', async () => {
  const guide = await readFile(join(ROOT, 'docs/deployments.md'), 'utf8')
  const blocks = [...guide.matchAll(/```sh\n([\s\S]*?)```/g)]
  const lines = blocks.flatMap(([, text = '']) => text.trim().split('\n'))
  const commands = lines.filter((line) => !line.startsWith('drover serve'))
  assert.ok(commands.length > 30)
  for (const line of commands) {
    const [command = '', outcome] = line.split(' # ')
    const { code, stdout, stderr } = await bench.run(toArguments(command))
    const expected = outcome === undefined ? EXIT.ok : EXPECTED[outcome]
    assert.equal(code, expected, `${line}\n${stdout}${stderr}`)
  }
  const { items } = await listDeployments()
  const left = items.map(({ name, deployed }) => [name, deployed?.bundle]).sort()
  assert.deepEqual(left, [
    ['hello-http-on-development', '2'],
    ['hello-http-on-prod', '1'],
  ])
})

function listDeployments() {
  return bench.json<{ items: DeploymentResource[] }>(['deployment', 'list'])
}

/** As a shell in the repository takes them apart, as far as the guide needs it. */
function toArguments(line: string): string[] {
  const [, ...argv] = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '')
  return argv.map((word) => (word.startsWith('examples/') ? join(ROOT, word) : word))
}
