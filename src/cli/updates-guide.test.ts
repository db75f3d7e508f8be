import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { UpdateResource } from './resources.ts'
import { type CliBench, createCliBench } from './test-bench.ts'

const GUIDE = join(import.meta.dirname, '../../docs/updates.md')
const PATIENCE_MS = 30_000

let bench: CliBench
before(async () => {
  bench = await createCliBench()
})
after(() => bench.close())

test('every command of the guide to updates does what it says, in the order in which they stand there', async () => {
  const blocks = [...(await readFile(GUIDE, 'utf8')).matchAll(/```sh\n([\s\S]*?)```/g)]
  const lines = blocks.flatMap(([, text = '']) => text.trim().split('\n'))
  const commands = lines.filter((line) => !line.startsWith('drover serve'))
  assert.ok(commands.length > 20)
  let update = ''
  for (const line of commands) {
    const argv = toArguments(line.replaceAll('<update>', update))
    if (argv[1] === 'continue') await untilItHolds(update)
    const { code, stdout, stderr } = await bench.run(argv)
    assert.equal(code, 0, `${line}\n${stdout}${stderr}`)
    if (argv[1] !== 'start') continue
    const [newest] = (await bench.json<{ items: UpdateResource[] }>(['update', 'list', 'web'])).items
    update = newest?.id ?? ''
  }
  const { items } = await bench.json<{ items: UpdateResource[] }>(['update', 'list', 'web'])
  assert.ok(items.every(({ endedAt }) => endedAt !== null))
  const held = items.find(({ control }) => control.continued.length === 2)
  assert.equal(held?.status, 'Successful')
})

/** At a checkpoint at which nobody has said to go on yet. */
async function untilItHolds(id: string): Promise<void> {
  const until = Date.now() + PATIENCE_MS
  while (Date.now() < until) {
    const { hold, control } = await bench.json<UpdateResource>(['update', 'show', id])
    if (hold && !control.continued.some(({ checkpoint }) => checkpoint === hold.checkpoint)) return
    await wait(5)
  }
  throw new Error(`update ${id} never holds`)
}

/** As a shell takes them apart, as far as the guide needs it. */
function toArguments(line: string): string[] {
  const words = [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)]
  const [, ...argv] = words.map(([, double, single, bare]) => double ?? single ?? bare ?? '')
  return argv
}
