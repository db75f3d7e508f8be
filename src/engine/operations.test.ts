import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NodeId } from '../domain/ids.ts'
import type { OperationRequest, Runtime, Started, Wanted } from '../runtimes/runtime.ts'
import { systemClock } from '../system/clock.ts'
import { silentLog } from '../system/log.ts'
import { Slots } from '../system/slots.ts'
import { performStep } from './perform-step.ts'
import type { StepOrder } from './step-order.ts'
import { TRUSTED } from './test-machine.ts'

const started: Started = { handle: 1, physicalId: 'thing', endpoint: null }

/** Runs one step on a runtime that notes what it is asked. */
async function run(order: Partial<StepOrder>, more: object = {}) {
  const asked: string[] = []
  const note =
    <T>(what: string, answer: T) =>
    async () => {
      asked.push(what)
      return answer
    }
  const runtime = {
    type: 'test',
    prepare: note('prepare', undefined),
    start: note('start', started),
    stop: note('stop', undefined),
    remove: note('remove', undefined),
    observe: note('observe', { running: true, key: null, detail: 'runs', passing: true }),
    ...more,
  } as unknown as Runtime
  const outcome = await performStep(
    {
      clock: systemClock,
      log: silentLog,
      slots: new Slots(1),
      trust: TRUSTED,
      closing: new AbortController().signal,
    },
    {
      name: 'NODE_RECOVER',
      runtime,
      node: {
        id: 'n' as NodeId,
        name: 'web-1',
        index: 1,
        clusterName: 'web',
        projectName: 'default',
        placement: {},
      },
      handle: null,
      wanted: { key: 'k' } as Wanted,
      operation: null,
      recovery: null,
      adopts: null,
      keeps: null,
      hasStray: false,
      checksFirst: false,
      force: false,
      traffic: null,
      healthCheck: { type: 'alive' },
      health: {
        health: 'Healthy',
        passesInARow: 0,
        failuresInARow: 0,
        unreadyInARow: 0,
        startedAt: 0,
        availableSince: 0,
        detail: 'runs',
      },
      minReadySeconds: 0,
      nodeTimeoutSeconds: 5,
      wasAvailable: true,
      isRepeated: false,
      term: 1,
      ...order,
    },
    new AbortController().signal,
    new AbortController().signal,
  )
  return { asked, outcome }
}

for (const [recovery, want] of [
  [null, ['prepare', 'start', 'observe']],
  ['REBOOT', ['start', 'observe']],
  ['REBUILD', ['prepare', 'start', 'observe']],
  ['RECREATE', ['remove', 'prepare', 'start', 'observe']],
] as const) {
  test(`recovering by ${recovery ?? 'default'} asks the runtime to ${want.join(', ')}`, async () => {
    const { asked, outcome } = await run({ recovery })
    assert.deepEqual([outcome.ok, asked], [true, want])
  })
}

for (const [name, observed, want] of [
  ['serves is left alone', [true], ['observe']],
  ['is ill is recovered', [false, true], ['observe', 'prepare', 'start', 'observe']],
] as const) {
  test(`a node that is looked at before it is recovered and ${name}`, async () => {
    const said = [...observed]
    const asked: string[] = []
    const note = (what: string) => async () => {
      asked.push(what)
      return started
    }
    const { outcome } = await run(
      { checksFirst: true },
      {
        prepare: note('prepare'),
        start: note('start'),
        async observe() {
          asked.push('observe')
          return { running: true, key: null, detail: 'seen', passing: said.shift() ?? true }
        },
      },
    )
    assert.deepEqual([outcome.ok, asked], [true, want])
  })
}

test('a node that was removed to be made again is not as it was when making it fails', async () => {
  const prepare = () => Promise.reject(new Error('no code'))
  const early = await run({ recovery: 'REBUILD' }, { prepare })
  const late = await run({ recovery: 'RECREATE' }, { prepare })
  assert.deepEqual(
    [early, late].map(({ outcome }) => outcome.ok === false && outcome.phase),
    ['prepare', 'start'],
  )
})

test('an operation is done by the runtime, and the node is looked at after it', async () => {
  const seen: OperationRequest[] = []
  const operation = { name: 'reboot', params: { type: 'HARD' } }
  const perform = async (_ctx: unknown, _node: unknown, _handle: unknown, request: OperationRequest) =>
    void seen.push(request)
  const { asked, outcome } = await run({ name: 'NODE_OPERATION', operation }, { perform })
  assert.deepEqual([outcome.ok, seen, asked], [true, [operation], ['observe']])
  const refused = await run({ name: 'NODE_OPERATION', operation })
  assert.match(refused.outcome.ok ? '' : refused.outcome.message, /nodes of type test have no operations/)
})

test('what somebody else started is adopted instead of being started', async () => {
  const adopted: string[] = []
  const adopt = async (_ctx: unknown, _node: unknown, _wanted: unknown, identity: string) => {
    adopted.push(identity)
    return started
  }
  const { asked, outcome } = await run({ name: 'NODE_CREATE', adopts: 'server-7' }, { adopt })
  assert.deepEqual([outcome.ok, adopted, asked], [true, ['server-7'], ['observe']])
})
