import { Random } from './random.ts'

/** What some runs have beside the others. Each is drawn from a seed of its own: a run without it stays what it was. */
export interface Variant {
  /** Of what is asked of deployments; null: there are none. */
  readonly deployments: Random | null
  /** Of all that is asked beyond `requests.ts`, and of nodes that say whether they are ready; null: none of it. */
  readonly more: Random | null
  /** How long what is over is kept; null: for ever. */
  readonly kept: Kept | null
  /**
   * An engine's process stands still while it reads many rows: so many leases for each row. The machine is that slow, and
   * stays so when all faults are over.
   */
  readonly leasesPerRow: number
  /** Of calls of a runtime that do not heed their signal and are done late, if they ever are; null: none. */
  readonly deaf: Random | null
}

export interface Kept {
  readonly revisionsPerPool: number
  readonly eventsMs: number
  readonly actionsMs: number
}

export function drawVariant(seed: number): Variant {
  const stream = (every: number, at: number, offset: number) =>
    seed % every === at ? new Random(seed + offset) : null
  const retention = stream(5, 2, 2e6)
  const slow = stream(7, 3, 3e6)
  return {
    deployments: stream(3, 1, 1e6),
    more: stream(3, 2, 4e6),
    kept: retention && {
      revisionsPerPool: retention.int(1, 3),
      eventsMs: retention.int(5, 60) * 1000,
      actionsMs: retention.int(5, 60) * 1000,
    },
    leasesPerRow: slow ? slow.pick([0.02, 0.05, 0.2]) : 0,
    deaf: stream(4, 2, 5e6),
  }
}
