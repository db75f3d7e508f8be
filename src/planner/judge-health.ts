import { type Health, type HealthCheck, isWorking } from '../domain/health-check.ts'
import type { EpochMs } from '../domain/ids.ts'

const FASTEST_START_CHECK_MS = 5
/** What a look may add to the age at which a node is seen to serve. A command is a process, and dearer than a connection. */
const START_CHECK_SHARE = { command: 1 / 10, http: 1 / 20, tcp: 1 / 20, alive: 1 / 20 } as const
const DEFAULT_START_PERIOD_SECONDS = 30

/** What is known of one node's health. A new node begins with `startingHealth`. */
export interface HealthState {
  readonly health: Health
  readonly passesInARow: number
  readonly failuresInARow: number
  /** Times in a row that it was not ready. */
  readonly unreadyInARow: number
  readonly startedAt: EpochMs
  /** Since when it has been healthy without a break. */
  readonly availableSince: EpochMs | null
  /** The last observation in words. */
  readonly detail: string
}

export interface Observation {
  readonly running: boolean
  readonly detail: string
  /** The health check's verdict; null when the node does not run or has no check beyond running. */
  readonly passing: boolean | null
  /** Whether it wants requests; absent when it works not, or was not asked. */
  readonly ready?: boolean
}

export function startingHealth(now: EpochMs): HealthState {
  return {
    health: 'Starting',
    passesInARow: 0,
    failuresInARow: 0,
    unreadyInARow: 0,
    startedAt: now,
    availableSince: null,
    detail: 'started, not checked yet',
  }
}

/**
 * Takes one observation into account.
 *
 * A node that does not run is unhealthy at once. Else thresholds decide: `healthyThreshold` passes in a row make
 * it healthy, `unhealthyThreshold` failures in a row make it unhealthy, and while it is starting, failures within
 * the start period do not count. One that works but is not ready goes on starting, or is `NotReady` as soon as it was
 * not ready as often as `unhealthyThreshold` says.
 */
export function judgeHealth(
  state: HealthState,
  check: HealthCheck,
  observation: Observation,
  now: EpochMs,
): HealthState {
  const { detail } = observation
  if (!observation.running) {
    return { ...state, health: 'Unhealthy', passesInARow: 0, failuresInARow: 0, availableSince: null, detail }
  }
  const tooYoung = check.type === 'alive' && now - state.startedAt < (check.minUptimeSeconds ?? 0) * 1000
  if (tooYoung && state.health === 'Starting') return { ...state, detail }
  if (observation.passing ?? true) {
    return judgePass(state, check, observation, now)
  }
  const forgiven = state.health === 'Starting' && isInStartPeriod(state, check, now)
  const failuresInARow = forgiven ? 0 : state.failuresInARow + 1
  const unhealthy = failuresInARow >= (check.unhealthyThreshold ?? 3)
  return {
    ...state,
    health: unhealthy ? 'Unhealthy' : state.health,
    passesInARow: 0,
    failuresInARow,
    availableSince: unhealthy ? null : state.availableSince,
    detail,
  }
}

function judgePass(
  state: HealthState,
  check: HealthCheck,
  { ready = true, detail }: Observation,
  now: EpochMs,
): HealthState {
  const passesInARow = state.passesInARow + 1
  const unreadyInARow = ready ? 0 : state.unreadyInARow + 1
  const passed: HealthState = { ...state, passesInARow, failuresInARow: 0, unreadyInARow, detail }
  if (!isWorking(state.health) && passesInARow < (check.healthyThreshold ?? 1))
    return { ...passed, availableSince: null }
  if (ready) return { ...passed, health: 'Healthy', availableSince: state.availableSince ?? now }
  // One answer that comes late must not take a node away.
  if (state.health === 'Healthy' && unreadyInARow < (check.unhealthyThreshold ?? 3)) return passed
  return { ...passed, health: state.health === 'Starting' ? 'Starting' : 'NotReady', availableSince: null }
}

/**
 * When to look again. A starting node is looked at often, and less often the longer it takes, so that waiting for
 * it adds a twentieth to its own starting time, or a tenth, at most. Afterwards the check's interval holds, and so it does once the start
 * period is over: failures count from then on, and a few in quick succession would say less than was asked for.
 */
export function nextCheckDelayMs(state: HealthState, check: HealthCheck, now: EpochMs): number {
  const intervalMs = (check.intervalSeconds ?? 5) * 1000
  if (state.health !== 'Starting' || !isInStartPeriod(state, check, now)) return intervalMs
  const age = Math.max(0, now - state.startedAt)
  return Math.min(intervalMs, Math.max(FASTEST_START_CHECK_MS, age * START_CHECK_SHARE[check.type]))
}

function isInStartPeriod(state: HealthState, check: HealthCheck, now: EpochMs): boolean {
  return now - state.startedAt < (check.startPeriodSeconds ?? DEFAULT_START_PERIOD_SECONDS) * 1000
}
