import type { DriftKind, SyncKind } from '../domain/drift.ts'
import type { RevisionId } from '../domain/ids.ts'
import type { Node } from '../domain/node.ts'
import type { NodeGroup } from '../domain/node-group.ts'
import type { GroupSync, NodeSync } from './views.ts'

/** What nodes of a pool should run. */
export interface Goal {
  readonly committed: RevisionId | undefined
  /** An update is in flight, which says why nodes are on other revisions. */
  readonly isMoving: boolean
}

/** In the order in which they are told. */
const WORDS: readonly (readonly [SyncKind, string])[] = [
  ['files', 'with other files than their revision has'],
  ['command', 'with another command than their revision has'],
  ['process', 'whose process does not run'],
  ['unknown-process', 'with a process beside them that nobody knows'],
  ['revision', 'on another revision than the committed one, with no update in flight'],
]

/** @param numbers of the node's revision and of the committed one, as far as they are kept */
export function viewNodeSync(
  node: Node,
  goal: Goal,
  numbers: { readonly own: number | null; readonly committed: number | null },
): NodeSync {
  const reasons: NodeSync['reasons'][number][] = []
  if (node.drift !== null)
    reasons.push({ kind: node.drift, because: node.driftReason ?? '', since: node.driftAt })
  if (isElsewhere(node, goal)) {
    const committed = numbers.committed === null ? '' : `, ${numbers.committed}`
    const because = `it is on revision ${numbers.own ?? '(not kept)'}, not on the committed one${committed}`
    reasons.push({ kind: 'revision', because, since: null })
  }
  return { status: reasons.length === 0 ? 'IN_SYNC' : 'OUT_OF_SYNC', reasons }
}

/** How many nodes of a pool differ, and how; nodes are not gone through. */
export function viewPoolSync(groups: readonly NodeGroup[], goal: Goal): GroupSync {
  const sum = (which: (group: NodeGroup) => boolean) =>
    groups.filter(which).reduce((total, { count }) => total + count, 0)
  const counts = WORDS.map(([kind]): readonly [SyncKind, number] => [
    kind,
    kind === 'revision'
      ? sum((group) => isElsewhere(group, goal))
      : sum(({ drift }) => drift === (kind satisfies DriftKind)),
  ])
  return toGroupSync(countDiffering(groups, goal), new Map(counts))
}

/** Nodes that are not what they should be, each counted once. */
export function countDiffering(groups: readonly NodeGroup[], goal: Goal): number {
  return groups
    .filter((group) => isDrifted(group) || isElsewhere(group, goal))
    .reduce((total, { count }) => total + count, 0)
}

/** The same of all pools of a cluster. */
export function sumUpSync(parts: readonly GroupSync[]): GroupSync {
  const counts = new Map<SyncKind, number>()
  for (const { reasons } of parts)
    for (const { kind, nodes } of reasons) counts.set(kind, (counts.get(kind) ?? 0) + nodes)
  return toGroupSync(
    parts.reduce((total, { outOfSync }) => total + outOfSync, 0),
    counts,
  )
}

function toGroupSync(outOfSync: number, counts: ReadonlyMap<SyncKind, number>): GroupSync {
  const reasons = WORDS.flatMap(([kind, words]) => {
    const nodes = counts.get(kind) ?? 0
    return nodes === 0
      ? []
      : [{ kind, nodes, because: `${nodes === 1 ? '1 node' : `${nodes} nodes`} ${words}` }]
  })
  return { status: outOfSync === 0 ? 'IN_SYNC' : 'OUT_OF_SYNC', outOfSync, reasons }
}

/** Groups that an older engine has counted do not say. */
function isDrifted({ drift }: Pick<NodeGroup, 'drift'>): boolean {
  return (drift ?? null) !== null
}

function isElsewhere({ revisionId }: Pick<NodeGroup, 'revisionId'>, { committed, isMoving }: Goal): boolean {
  return revisionId !== null && revisionId !== committed && !isMoving
}
