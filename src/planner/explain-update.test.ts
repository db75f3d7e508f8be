import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NodeId, UpdateId } from '../domain/ids.ts'
import { DEFAULT_UPDATE_PARAMS, NO_UPDATE_CONTROL, type Update } from '../domain/update.ts'
import { type ExplainFacts, explainUpdate, type StepFacts } from './explain-update.ts'

const NOW = 1_000_000
const ID = 'u1' as UpdateId

const update = (patch: Partial<Update> = {}): Update =>
  ({
    id: ID,
    status: 'InProgress',
    because: '1 node in flight',
    params: DEFAULT_UPDATE_PARAMS,
    direction: 'forward',
    control: NO_UPDATE_CONTROL,
    hold: null,
    createdBy: 'ada',
    createdAt: NOW - 100_000,
    startedAt: NOW - 90_000,
    lastProgressAt: NOW - 60_000,
    endedAt: null,
    ...patch,
  }) as unknown as Update

const node = {
  id: 'n2' as NodeId,
  name: 'web-2',
  status: 'Running',
  health: 'Unhealthy',
  statusReason: 'refused',
} as const

const step = (patch: Partial<StepFacts['action']> = {}): StepFacts => ({
  node,
  action: {
    name: 'NODE_UPDATE',
    statusReason: 'moves to revision 4',
    createdAt: NOW - 40_000,
    startedAt: NOW - 30_000,
    updateId: ID,
    inputs: {},
    ...patch,
  },
})

const explain = (patch: Partial<ExplainFacts> = {}) =>
  explainUpdate({ now: NOW, update: update(), steps: [], unwell: [], before: [], hasEngine: true, ...patch })

test('a step whose node serves until its replacement does is said to be that', () => {
  const { waitsFor } = explain({ steps: [step({ inputs: { surge: true } })] })
  assert.match(waitsFor[0]?.what ?? '', /^web-2 to get a replacement that is healthy, while it serves: /)
})

test('a step in flight is named with its node, its time and its limit', () => {
  const { summary, waitsFor, moves } = explain({ steps: [step()] })
  assert.equal(summary, 'It is InProgress: 1 node in flight.')
  assert.deepEqual(waitsFor, [
    {
      nodeId: 'n2',
      node: 'web-2',
      what: 'web-2 to be replaced and healthy: moves to revision 4',
      since: NOW - 30_000,
    },
  ])
  assert.deepEqual(moves, [
    'web-2 gets through its step; in 4 min 30 s at the latest its step counts as failed',
    'or give it up: drover update cancel u1',
  ])
})

test('what others do to a node is said to be theirs', () => {
  const { waitsFor, moves } = explain({ steps: [step({ name: 'NODE_RECOVER', updateId: null })] })
  assert.match(waitsFor[0]!.what, /^web-2 to recover, which is not this update’s doing: /)
  assert.deepEqual(moves, ['or give it up: drover update cancel u1'])
})

test('without an engine nothing moves, whatever else is so', () => {
  const { summary, moves } = explain({ hasEngine: false, steps: [step()] })
  assert.match(summary, /no engine is running/)
  assert.match(moves[0]!, /drover serve/)
})

test('a queued update names the one before it', () => {
  const before = [{ id: 'u0' as UpdateId, createdBy: 'bob', because: 'waits' }]
  const { waitsFor, moves } = explain({ update: update({ status: 'Queued' }), before })
  assert.equal(waitsFor[0]?.what, 'update u0, which bob started: waits')
  assert.match(moves[0]!, /drover update cancel u0$/)
})

test('a paused update waits for a person, by name if one paused it', () => {
  const paused = { by: 'bob', at: NOW - 5000, reason: 'error rate' }
  const asked = explain({ update: update({ control: { ...NO_UPDATE_CONTROL, paused } }) })
  assert.deepEqual([asked.summary, asked.waitsFor[0]?.since], ['bob paused it: error rate.', NOW - 5000])
  const itself = explain({ update: update({ status: 'Paused', because: '1 node failed' }) })
  assert.match(itself.summary, /paused by itself.*1 node failed/)
  for (const { moves } of [asked, itself]) assert.equal(moves[0], 'drover update resume u1')
})

test('a checkpoint tells who may go on, and what happens by itself', () => {
  const hold = { checkpoint: 1, since: NOW - 10_000 }
  const params = {
    ...DEFAULT_UPDATE_PARAMS,
    checkpoints: [1],
    holdSeconds: 60,
    afterHold: 'roll-back',
  } as const
  const { summary, moves } = explain({ update: update({ hold, params }) })
  assert.equal(summary, 'It holds at checkpoint 1 of 1.')
  assert.deepEqual(moves.slice(0, 2), ['drover update continue u1', 'by itself in 50 s: it rolls back then'])
  const forever = explain({ update: update({ hold, params: { ...params, holdSeconds: null } }) })
  assert.equal(forever.moves.length, 2)
})

test('with nothing in flight it names the nodes that do not serve, and when that counts as failed', () => {
  const { waitsFor, moves } = explain({ unwell: [node] })
  assert.equal(waitsFor[0]?.what, 'web-2 is Running, Unhealthy: refused')
  assert.deepEqual(moves.slice(0, 2), [
    'web-2 serves again',
    'by itself in 9 min: without progress until then it counts as failed',
  ])
})

test('one that rolls back or was cancelled says so, and is not to be cancelled again', () => {
  const cancellation = { by: 'bob', at: NOW, mode: 'roll-back', reason: null } as const
  const { summary, moves } = explain({
    update: update({
      direction: 'back',
      status: 'RollingBack',
      control: { ...NO_UPDATE_CONTROL, cancellation },
    }),
  })
  assert.equal(summary, 'It is rolling back, cancelled by bob: 1 node in flight.')
  assert.deepEqual(moves, [])
})

test('one that ended tells how and after how long', () => {
  const ended = explain({ update: update({ status: 'Failed', because: 'all is back', endedAt: NOW }) })
  assert.deepEqual(ended, {
    summary: 'It ended Failed after 1 min 40 s: all is back.',
    waitsFor: [],
    moves: [],
  })
})
