/** How long one node takes, by what nodes of the pool took before; the time that it has to stay healthy left out. */
export interface NodeTime {
  readonly samples: number
  readonly medianMs: number
  /** Nine of ten take no longer. */
  readonly slowMs: number
}

/** How long an update is going to take, if nothing fails. Null: nothing is known of how long its nodes take. */
export interface ExpectedTime {
  readonly typicalMs: number | null
  /** If every node were as slow as the slowest of ten. */
  readonly slowMs: number | null
  /** Of that, what its parameters alone make it wait: `minReadySeconds`, pauses, holds and the bake. */
  readonly waitsMs: number
  /** Checkpoints at which it waits for a person; that time is in none of these. */
  readonly waitsForPerson: number
  readonly perNode: NodeTime | null
  readonly because: string
}

/** What each of them is about stands in docs/updates.md. A code is never used for anything else. */
export const UPDATE_WARNING_CODES = [
  'pool-has-update',
  'batch-policy-decides',
  'nodes-not-serving',
  'nodes-blocked',
  'force-stops-all',
  'all-nodes-at-once',
  'whole-zone-at-once',
  'nodes-not-chosen',
  'health-check-only-alive',
  'observation-too-short',
  'failures-never-stop',
  'node-timeout-too-short',
  'progress-deadline-too-short',
  'file-not-in-bundle',
] as const

/** Something that its owner may not have thought of. It hinders nobody. */
export interface UpdateWarning {
  readonly code: (typeof UPDATE_WARNING_CODES)[number]
  readonly message: string
  /** What to do if that is not meant. */
  readonly remedy: string
}
