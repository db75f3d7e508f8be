import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { runtimeConformance } from '../conformance.ts'
import type { Started } from '../runtime.ts'
import { createBench, until } from './test-bench.ts'
import { isRunning, pidsUnder, sessionOf, skipHosts } from './test-hosts.ts'

if (skipHosts) test('ssh runtime keeps the contract', { skip: skipHosts }, () => {})
else
  runtimeConformance('ssh', async () => {
    const bench = await createBench(2)
    const base = join(bench.hosts.folder, 'base')
    return {
      open: () => bench.open(),
      spec: () => bench.spec(),
      slowToStop: () =>
        bench.spec({
          properties: { command: ['sh', '-c', 'trap "" TERM; sleep 600'], stopGraceSeconds: 600 },
        }),
      countLiving: async (node, started) => {
        const pids = [...pidsUnder(bench.hosts.folder, node.id), ...started.map(pidOf).filter(isRunning)]
        return new Set(pids.map(sessionOf)).size
      },
      kill: async (_node, started) => {
        process.kill(-pidOf(started), 'SIGKILL')
        await until('the process is gone', () => !isRunning(pidOf(started)))
      },
      traces: async (node) => (existsSync(join(base, 'nodes', node.id)) ? [node.id] : []),
      close: () => bench.close(),
    }
  })

function pidOf(started: Started): number {
  return Number(started.physicalId.split('/')[1])
}
