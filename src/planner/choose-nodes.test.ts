import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NodeId, RevisionId } from '../domain/ids.ts'
import type { Node } from '../domain/node.ts'
import { chooseNodesToRemove } from './choose-nodes.ts'

const COMMITTED = 'committed' as RevisionId
const OTHER = 'other' as RevisionId

function node(index: number, given: Partial<Node> = {}): Node {
  const well = { status: 'Running', health: 'Healthy', revisionId: COMMITTED } as const
  return { id: `n${index}` as NodeId, index, ...well, ...given } as Node
}

for (const { name, nodes, count, want } of [
  { name: 'the youngest first', nodes: [node(1), node(2), node(3)], count: 2, want: ['n3', 'n2'] },
  {
    name: 'before them what runs another revision',
    nodes: [node(1, { revisionId: OTHER }), node(2)],
    count: 1,
    want: ['n1'],
  },
  {
    name: 'before those what does not serve',
    nodes: [node(1, { health: 'Unhealthy' }), node(2, { revisionId: OTHER }), node(3)],
    count: 2,
    want: ['n1', 'n2'],
  },
  {
    name: 'before those what its owner tainted',
    nodes: [node(1, { tainted: true }), node(2, { status: 'Failed' }), node(3)],
    count: 2,
    want: ['n1', 'n2'],
  },
  {
    name: 'what is being worked on does not serve',
    nodes: [node(1, { status: 'Updating' }), node(2)],
    count: 1,
    want: ['n1'],
  },
  { name: 'no more than there are', nodes: [node(1)], count: 5, want: ['n1'] },
  { name: 'none when none shall go', nodes: [node(1)], count: 0, want: [] },
  { name: 'none when some are missing', nodes: [node(1)], count: -2, want: [] },
]) {
  test(`a shrinking pool loses ${name}`, () => {
    const before = [...nodes]
    assert.deepEqual(chooseNodesToRemove(nodes, count, COMMITTED), want)
    assert.deepEqual(nodes, before)
  })
}
