import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { readEndpoints } from '../demo/cluster.ts'
import { Drover } from '../demo/drover-process.ts'
import type { Endpoint } from '../demo/prober.ts'

interface State {
  readonly revision: number
  readonly isDraining: boolean
  readonly jobs: number
}

test('no node is stopped before it has finished what it was doing when it was told to drain', async (t) => {
  const drover = await Drover.prepare()
  t.after(() => drover.destroy())
  await drover.start()
  const folder = join(import.meta.dirname, 'jobs')
  await drove(drover, ['up', folder, '--cluster', 'web', '--size', '2'])
  const nodes = await readEndpoints(drover)
  assert.equal(nodes.length, 2)
  const answers = nodes.map((node) => post(node, '/jobs'))
  for (const node of nodes)
    await until(`a job is under way at ${node.port}`, t, async () => (await stateOf(node)).jobs > 0)

  const update = drove(drover, ['update', 'start', 'web', '--arg', 'x=1', '--wait'])
  for (const [at, node] of nodes.entries()) {
    await until(`${node.port} drains`, t, async () => (await stateOf(node)).isDraining)
    // It is told, works on, and takes nothing new.
    assert.equal((await post(node, '/jobs')).status, 503)
    assert.deepEqual(await stateOf(node), { revision: 1, isDraining: true, jobs: 1 })
    await post(node, '/finish')
    const answer = await answers[at]
    assert.deepEqual([answer?.status, answer?.text], [200, 'done by revision 1\n'])
  }
  await update
  for (const node of nodes) assert.equal((await stateOf(node)).revision, 2)
})

async function drove(drover: Drover, args: readonly string[]): Promise<void> {
  const lines: string[] = []
  assert.equal(await drover.run(args, (line) => lines.push(line)), 0, lines.join('\n'))
}

async function post({ host, port }: Endpoint, path: string) {
  const answer = await fetch(`http://${host}:${port}${path}`, { method: 'POST' })
  return { status: answer.status, text: await answer.text() }
}

async function stateOf({ host, port }: Endpoint): Promise<State> {
  return (await (await fetch(`http://${host}:${port}/state`)).json()) as State
}

async function until(what: string, { signal }: TestContext, isTrue: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000
  while (!(await isTrue().catch(() => false))) {
    if (Date.now() > deadline) throw new Error(`waited 30 s until ${what}`)
    await sleep(20, undefined, { signal })
  }
}
