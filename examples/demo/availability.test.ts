import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Measured, measure, type Probe } from './availability.ts'

/** One probe every 10 ms, answered 2 ms later: by the version in the word, or by nobody where there is a dot. */
function probesOf(answers: string, shiftMs = 0): Probe[] {
  return [...answers].map((answer, index) => ({
    sentAt: 10 * index + shiftMs,
    endedAt: 10 * index + shiftMs + 2,
    version: answer === '.' ? null : answer,
  }))
}

const cases: readonly {
  readonly name: string
  readonly nodes: readonly Probe[][]
  readonly want: Partial<Measured>
}[] = [
  {
    name: 'nodes that always answer',
    nodes: [probesOf('1111'), probesOf('1111')],
    want: { nodes: 2, requests: 8, lowest: 2, lowestForMs: 0, mixedForMs: 0, versions: ['1'] },
  },
  {
    name: 'nodes that are away one after the other',
    nodes: [probesOf('1...22222'), probesOf('1111...22')],
    want: { lowest: 1, lowestForMs: 36, versions: ['1', '2'] },
  },
  {
    name: 'nodes whose absences overlap',
    nodes: [probesOf('1....222'), probesOf('111....2')],
    want: { lowest: 0, lowestForMs: 8 },
  },
  {
    name: 'one request that failed: away for an instant',
    nodes: [probesOf('11.1'), probesOf('1111')],
    want: { lowest: 1, lowestForMs: 0 },
  },
  {
    name: 'a node that comes back before the next one is seen to leave',
    nodes: [probesOf('1..222'), probesOf('111..2', 1)],
    want: { lowest: 1 },
  },
  {
    name: 'nodes that are away from the beginning, and to the end',
    nodes: [probesOf('..'), probesOf('..')],
    want: { lowest: 0, lowestForMs: 8, versions: [] },
  },
  {
    name: 'an old version that still answers after a new one has',
    nodes: [probesOf('1.2222'), probesOf('1111.2')],
    want: { mixedForMs: 8 },
  },
  {
    name: 'a new version that answers only after the last old one',
    nodes: [probesOf('11..2'), probesOf('1...2')],
    want: { lowest: 0, mixedForMs: 0, versions: ['1', '2'] },
  },
]

for (const { name, nodes, want } of cases) {
  test(`measures ${name}`, () => {
    const measured = measure(nodes)
    for (const key of Object.keys(want) as (keyof Measured)[]) assert.deepEqual(measured[key], want[key], key)
  })
}
