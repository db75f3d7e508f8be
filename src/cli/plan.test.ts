import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { PlanResource } from './plan-view.ts'
import { type CliBench, createCliBench } from './test-bench.ts'

let bench: CliBench
before(async () => {
  bench = await createCliBench()
  const slow = ['--property', 'latency={"startMs":30}']
  await bench.json(['profile', 'create', 'slow', '--type', 'scripted', ...slow])
  await bench.json(['cluster', 'create', 'web', '--profile', 'slow', '--size', '4', '--wait'])
})
after(() => bench.close())

const next = (version: string, ...options: string[]) => ['web', '--platform-version', version, ...options]

test('a plan knows how long an update takes as soon as one has succeeded', async () => {
  const first = await bench.run(['update', 'plan', ...next('1')])
  assert.match(first.stdout, /expected time: not known: 4 nodes in 4 batches, and no update of this pool/)
  const observed = ['--min-ready', '300ms', '--max-unavailable', '4']
  await bench.json(['update', 'start', ...next('1', ...observed), '--wait'])

  const plan = await bench.json<PlanResource>(['update', 'plan', ...next('2', '--max-unavailable', '2')])
  const { typicalMs, slowMs, perNode } = plan.expected
  assert.equal(perNode?.samples, 4)
  assert.ok(perNode.medianMs >= 30 && perNode.slowMs >= perNode.medianMs)
  assert.deepEqual([typicalMs, slowMs], [2 * perNode.medianMs, 2 * perNode.slowMs])
  const { stdout } = await bench.run(['update', 'plan', ...next('2', '--max-unavailable', '2')])
  assert.match(stdout, /expected time: about \d+ s.*by the median of 4 past steps/)
})

test('the history of FORCE tells of both of its steps, and nothing of updates that do not stop all', async () => {
  await bench.json(['update', 'start', ...next('3', '--strategy', 'force'), '--wait'])
  const plan = await bench.json<PlanResource>(['update', 'plan', ...next('4', '--strategy', 'force')])
  assert.equal(plan.expected.perNode?.samples, 4)
  assert.ok((plan.expected.perNode?.medianMs ?? 0) >= 30)
})

test('a plan shows its stops and the nodes that may not move', async () => {
  const stops = ['--checkpoints', '1,100%', '--max-unavailable', '2']
  const { stdout } = await bench.run(['update', 'plan', ...next('9', ...stops)])
  assert.match(stdout, /batch 1 of 3\n {2}web-1: .*\n\nholds at checkpoint 1\n\nbatch 2 of 3/)
  assert.match(stdout, /until somebody says to go on at 2 checkpoints/)
})

test('a start gives the warnings of its plan beside its answer, with what to do', async () => {
  const greedy = ['--max-unavailable', '4', '--max-failures', '4']
  const planned = await bench.json<PlanResource>(['update', 'plan', ...next('5', ...greedy)])
  const codes = planned.warnings.map(({ code }) => code)
  assert.deepEqual(codes, ['all-nodes-at-once', 'failures-never-stop', 'health-check-only-alive'])
  const started = await bench.run(['update', 'start', ...next('5', ...greedy), '--wait'])
  assert.equal(started.code, 0)
  assert.match(
    started.stderr,
    /^warning: maxUnavailable 4 lets all 4 nodes be away at once \(all-nodes-at-once\): lower maxUnavailable$/m,
  )
  const back = await bench.json<PlanResource>(['rollback', 'web', '--max-unavailable', '4'])
  assert.equal(back.warnings[0]?.code, 'all-nodes-at-once')
})

test('a plan goes by an attached batch policy, as the update will', async () => {
  const properties = ['--property', 'maxBatchSize=3', '--property', 'pauseTime=1']
  await bench.json(['policy', 'create', 'slowly', '--type', 'batch', ...properties])
  await bench.json(['cluster', 'create', 'batched', '--profile', 'slow', '--size', '4', '--wait'])
  await bench.json(['cluster', 'policy', 'attach', 'batched', 'slowly', '--wait'])
  const change = ['batched', '--platform-version', '1']
  const plan = await bench.json<PlanResource>(['update', 'plan', ...change])
  assert.deepEqual([plan.maxUnavailable, plan.batches.map(({ nodes }) => nodes.length)], [3, [3, 1]])
  assert.equal(plan.expected.waitsMs, 1000)
  assert.equal(plan.warnings[0]?.code, 'batch-policy-decides')
  const { update } = await bench.json<{ update: { params: object } }>([
    'update',
    'start',
    ...change,
    '--wait',
  ])
  const { maxUnavailable, batchPauseSeconds } = update.params as Record<string, unknown>
  assert.deepEqual([maxUnavailable, batchPauseSeconds], [3, 1])
})

test('a rollback is planned as it would be done, to the revision before, and nothing is changed', async () => {
  const before = await bench.json<{ items: unknown[] }>(['update', 'list', 'batched'])
  const plan = await bench.json<PlanResource>(['rollback', 'batched', '--plan'])
  assert.deepEqual([plan.from.number, plan.to.number, plan.to.isNew], [2, 1, false])
  assert.deepEqual(await bench.json(['update', 'list', 'batched']), before)
})
