import type { EngineId, EpochMs } from './ids.ts'

/** A running worker of this program. It owns clusters for as long as its lease runs. */
export interface Engine {
  readonly id: EngineId
  readonly host: string
  readonly pid: number
  readonly version: string
  readonly startedAt: EpochMs
  readonly heartbeatAt: EpochMs
  readonly leaseUntil: EpochMs
}
