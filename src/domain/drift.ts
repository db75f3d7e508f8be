import type { EpochMs } from './ids.ts'
import type { Node } from './node.ts'

/**
 * How a node's real state differs from its revision: `files` of its code, its `command`, the `process` that should run and
 * does not, or an `unknown-process` beside it.
 */
export type DriftKind = (typeof DRIFT_KINDS)[number]
export const DRIFT_KINDS = ['files', 'command', 'process', 'unknown-process'] as const

/** One difference. */
export interface Drift {
  readonly kind: DriftKind
  /** For people: what differs, and from what. */
  readonly because: string
}

/** Whether nodes that differ are put right by themselves, or when somebody asks for a repair. */
export type DriftRepair = 'manual' | 'automatic'

/** Whether nodes are what they should be. */
export type SyncStatus = 'IN_SYNC' | 'OUT_OF_SYNC'

/** `revision`: it is on another one than the pool's committed one, and no update is in flight that would say why. */
export type SyncKind = DriftKind | 'revision'

/** A row has no more room for words than this. */
const MOST_WORDS = 1000

/** The node with that noted of it, or nothing any more. The time is that of the first look that saw a difference. */
export function withDrift(node: Node, found: readonly Drift[], now: EpochMs): Node {
  const [first] = found
  if (first === undefined) {
    return node.drift === null ? node : { ...node, drift: null, driftReason: null, driftAt: null }
  }
  const driftReason = found
    .map(({ because }) => because)
    .join('; ')
    .slice(0, MOST_WORDS)
  if (node.drift === first.kind && node.driftReason === driftReason) return node
  return { ...node, drift: first.kind, driftReason, driftAt: node.driftAt ?? now }
}
