import type { Random } from './random.ts'

/**
 * What goes wrong in a run, and how often. Each run draws its own: with all of them in every run, the ones that
 * stop everything would hide the rest.
 */
export interface FaultRates {
  /** Chance at each call of the store: refused, done but the answer lost, crash before, inside, or after. */
  readonly storeRefuses: number
  readonly storeLosesAnswer: number
  readonly storeCrash: number
  /** Chance at each call of a runtime. */
  readonly callRefused: number
  readonly callLosesAnswer: number
  readonly callHangs: number
  readonly callRepeats: number
  readonly callSlow: number
  readonly callCrash: number
  /** Chance at each timer and each answer. */
  readonly crash: number
  /** Mean time between two of these, in virtual milliseconds; 0 for never. */
  readonly pauseEveryMs: number
  readonly restartEveryMs: number
  readonly jumpEveryMs: number
  readonly fullDiskEveryMs: number
  readonly cutOffEveryMs: number
  readonly nodeDiesEveryMs: number
  readonly nodeFlapsEveryMs: number
  readonly nodeDriftsEveryMs: number
}

export const NO_FAULTS: FaultRates = {
  storeRefuses: 0,
  storeLosesAnswer: 0,
  storeCrash: 0,
  callRefused: 0,
  callLosesAnswer: 0,
  callHangs: 0,
  callRepeats: 0,
  callSlow: 0,
  callCrash: 0,
  crash: 0,
  pauseEveryMs: 0,
  restartEveryMs: 0,
  jumpEveryMs: 0,
  fullDiskEveryMs: 0,
  cutOffEveryMs: 0,
  nodeDiesEveryMs: 0,
  nodeFlapsEveryMs: 0,
  nodeDriftsEveryMs: 0,
}

const AT_MOST: FaultRates = {
  storeRefuses: 0.03,
  storeLosesAnswer: 0.02,
  storeCrash: 0.01,
  callRefused: 0.06,
  callLosesAnswer: 0.06,
  callHangs: 0.03,
  callRepeats: 0.2,
  callSlow: 0.1,
  callCrash: 0.02,
  crash: 0.003,
  pauseEveryMs: 4000,
  restartEveryMs: 6000,
  jumpEveryMs: 6000,
  fullDiskEveryMs: 15_000,
  cutOffEveryMs: 12_000,
  nodeDiesEveryMs: 4000,
  nodeFlapsEveryMs: 4000,
  nodeDriftsEveryMs: 3000,
}

/** Draws which faults a run has. One run in eight has none. */
export function drawFaults(random: Random): FaultRates {
  if (random.chance(1 / 8)) return NO_FAULTS
  const share = random.pick([0.2, 0.4, 0.7])
  const drawn = Object.entries(AT_MOST).map(([name, most]) => {
    if (!random.chance(share)) return [name, 0]
    return [name, name.endsWith('Ms') ? most * (1 + 3 * random.next()) : most * (0.1 + 0.9 * random.next())]
  })
  return Object.fromEntries(drawn) as FaultRates
}
