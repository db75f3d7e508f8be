import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { ClusterResource, NodeResource } from './resources.ts'
import { type CliBench, createCliBench } from './test-bench.ts'

const GUIDE = join(import.meta.dirname, '../../docs/drift.md')
const PATIENCE_MS = 60_000

let bench: CliBench
before(async () => {
  bench = await createCliBench({ 'drift.checkSeconds': '1' })
})
after(() => bench.close())

test('every command of the guide to drift does what it says, in the order in which they stand there', async () => {
  const blocks = [...(await readFile(GUIDE, 'utf8')).matchAll(/```sh\n([\s\S]*?)```/g)]
  const lines = blocks.flatMap(([, text = '']) => text.trim().split('\n'))
  const commands = lines.filter((line) => !line.startsWith('drover serve'))
  assert.ok(commands.length > 9)
  const seen: string[] = []
  for (const line of commands) {
    if (line === 'drover cluster show web') await untilOutOfSync()
    const { code, stdout, stderr } = await bench.run(toArguments(line))
    assert.equal(code, 0, `${line}\n${stdout}${stderr}`)
    seen.push(stdout)
  }
  const shown = (pattern: RegExp) => seen.some((text) => pattern.test(text))
  assert.ok(shown(/OUT_OF_SYNC: 1 node with other files/), 'the cluster says how many differ')
  assert.ok(shown(/OUT_OF_SYNC: the script says that it drifts/), 'the node says why')
  assert.ok(shown(/differs from this revision/), 'the plan says what it would move')
  const { items } = await bench.json<{ items: NodeResource[] }>(['node', 'list', 'web'])
  assert.deepEqual([items[0]?.sync.status, items[2]?.sync.status], ['IN_SYNC', 'IN_SYNC'])
})

async function untilOutOfSync(): Promise<void> {
  const until = Date.now() + PATIENCE_MS
  while (Date.now() < until) {
    const { sync } = await bench.json<ClusterResource>(['cluster', 'show', 'web'])
    if (sync.status === 'OUT_OF_SYNC') return
    await wait(20)
  }
  throw new Error('the cluster never is out of sync')
}

/** As a shell takes them apart, as far as the guide needs it. */
function toArguments(line: string): string[] {
  const words = [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)]
  const [, ...argv] = words.map(([, double, single, bare]) => double ?? single ?? bare ?? '')
  return argv
}
