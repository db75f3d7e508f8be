import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { contextOf, nodeRef, operationsConformance, wantedOf } from '../conformance.ts'
import { type Bench, createBench, isRunning, leaderOf, pidOf, pidsUnder, until } from './test-bench.ts'

operationsConformance(
  'process',
  async () => {
    const bench = createBench()
    return {
      open: () => bench.open(),
      spec: () => bench.spec(),
      slowToStop: () => bench.spec(),
      countLiving: async (node, started) => {
        const pids = [...pidsUnder(bench.root, node.id), ...started.map(pidOf).filter(isRunning)]
        return new Set(pids.map(leaderOf)).size
      },
      kill: async (_node, started) => void process.kill(-pidOf(started), 'SIGKILL'),
      traces: async () => [],
      close: async () => bench.close(),
    }
  },
  // Whatever the process is, it does not mind that one.
  { name: 'signal', params: { signal: 'WINCH', to: 'PROCESS' } },
)

let bench: Bench
beforeEach(() => {
  bench = createBench()
})
afterEach(() => bench.close())

for (const [to, heard] of [
  ['PROCESS', ['parent']],
  ['GROUP', ['child', 'parent']],
] as const) {
  test(`a signal to the ${to} is heard by ${heard.join(' and ')}`, async () => {
    const node = nodeRef('node-1', 1)
    const work = (name: string) => join(bench.root, node.id, 'work', name)
    const listen = (name: string) =>
      `trap "echo ${name} >>heard" USR1; touch ${name}-listens; while :; do sleep 0.05; done`
    const command = ['sh', '-c', `sh -c '${listen('child')}' & ${listen('parent')}`]
    const runtime = bench.open()
    const started = await runtime.start(
      contextOf(1),
      node,
      wantedOf('k1', bench.spec({ properties: { command, stopGraceSeconds: 0.2 } })),
    )
    await until('both listen', () => ['child', 'parent'].every((name) => existsSync(work(`${name}-listens`))))
    const params = { signal: 'USR1', to }
    await runtime.perform(contextOf(1), node, started.handle, { name: 'signal', params })
    // Only whole lines: the file is there before anything is in it.
    const said = () =>
      existsSync(work('heard')) ? readFileSync(work('heard'), 'utf8').split('\n').slice(0, -1) : []
    await until('all have heard it', () => said().length >= heard.length)
    assert.deepEqual(said().sort(), heard)
    assert.ok(isRunning(pidOf(started)))
  })
}
