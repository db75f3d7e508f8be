import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { runtimeConformance } from '../conformance.ts'
import type { NodeRef, Started } from '../runtime.ts'
import { surgeConformance } from '../test-surge-conformance.ts'
import { type Bench, createBench, isRunning, leaderOf, pidOf, pidsUnder, until } from './test-bench.ts'

runtimeConformance('process', async () => subjectOf(createBench()))
surgeConformance('process', async () => {
  const bench = createBench()
  return {
    ...subjectOf(bench),
    spec: () => bench.spec({ properties: { command: ['sleep', '600'], port: true } }),
  }
})

function subjectOf(bench: Bench) {
  return {
    open: () => bench.open(),
    spec: () => bench.spec(),
    // Leaves SIGTERM to the one that waits for it in vain.
    slowToStop: () =>
      bench.spec({
        properties: { command: ['sh', '-c', 'trap "" TERM; sleep 600'], stopGraceSeconds: 600 },
      }),
    countLiving: async (node: NodeRef, started: readonly Started[]) => {
      const pids = [...pidsUnder(bench.root, node.id), ...started.map(pidOf).filter(isRunning)]
      return new Set(pids.map(leaderOf)).size
    },
    kill: async (_node: NodeRef, started: Started) => {
      process.kill(-pidOf(started), 'SIGKILL')
      await until('the process is gone', () => !isRunning(pidOf(started)))
    },
    traces: async (node: NodeRef) => (existsSync(join(bench.root, node.id)) ? [node.id] : []),
    close: async () => bench.close(),
  }
}
