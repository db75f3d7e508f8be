import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import type { NodeId } from '../../domain/ids.ts'
import { contextOf, nodeRef, wantedOf } from '../conformance.ts'
import { type Bench, createBench } from './test-bench.ts'

let bench: Bench
beforeEach(() => {
  bench = createBench()
})
afterEach(() => bench.close())

test('the end of a process that this Drover started is told at once; of one it found, it is not promised', async () => {
  bench.bundle('web', { 'main.sh': 'sleep 600\n' })
  const spec = bench.spec({ bundle: 'web', script: 'main.sh', properties: {} })
  const node = nodeRef('node-1', 1)
  const first = bench.open()
  const started = await first.start(contextOf(1), node, wantedOf('k1', spec))
  assert.equal(first.tellsOf(node.id), true)
  assert.equal(bench.open().tellsOf(node.id), false)

  const told = new Promise<NodeId>((resolve) => first.onChange(resolve))
  process.kill(Number(started.physicalId), 'SIGKILL')
  assert.equal(await told, node.id)
  assert.equal(first.tellsOf(node.id), false)
})
