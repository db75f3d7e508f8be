import type { JsonObject } from '../src/domain/ids.ts'
import type { Random } from './random.ts'

/** What nodes may be like. `alive` checks every second, so that a run need not wait long for news. */
const QUICK_CHECK = { type: 'alive', intervalSeconds: 2, unhealthyThreshold: 2, startPeriodSeconds: 4 }

const KINDS: Readonly<Record<string, (random: Random) => JsonObject>> = {
  good: () => ({}),
  slow: (random) => ({
    latency: {
      prepareMs: random.int(0, 500),
      startMs: { min: 100, max: random.int(200, 4000) },
      stopMs: { min: 0, max: random.int(100, 2000) },
      observeMs: random.int(0, 200),
    },
    health: { passesAfterMs: random.int(0, 3000) },
  }),
  brisk: (random) => ({ latency: { startMs: random.int(1, 200), stopMs: random.int(1, 100) } }),
  flaky: (random) => ({
    latency: { startMs: random.int(0, 500) },
    failures: { rate: 0.1 + random.next() * 0.5, moment: random.pick(['before', 'after']) },
  }),
  failing: (random) => ({
    failures: {
      [random.pick(['prepare', 'start', 'stop'])]: random.pick(['always', 'first']),
      moment: random.pick(['before', 'after']),
      ...(random.chance(0.5) && { nodes: [random.int(1, 6), random.int(1, 6)] }),
    },
  }),
  sick: (random) => ({
    health: {
      passesAfterMs: 'never',
      ...(random.chance(0.5) && { nodes: [random.int(1, 6), random.int(1, 6)] }),
    },
  }),
  fading: (random) => ({ health: { failsAfterMs: random.int(1000, 20_000) } }),
  nervous: (random) => ({ health: { passRate: 0.6 + random.next() * 0.3 } }),
  mortal: (random) => ({ exitsAfterMs: random.int(2000, 40_000) }),
  lying: (random) => ({
    lies: random.pick(['saysRunning', 'saysGone']),
    latency: { startMs: random.int(0, 300) },
    ...(random.chance(0.3) && { exitsAfterMs: random.int(2000, 40_000) }),
  }),
}

export interface SimProfile {
  readonly name: string
  readonly properties: JsonObject
}

/** What nodes say of their readiness: those that need some time for it, and those that take it back now and then. */
const READY: Readonly<Record<string, (random: Random) => JsonObject>> = {
  warming: (random) => ({ ready: { afterMs: random.int(200, 4000) } }),
  moody: (random) => ({
    ready: { rate: 0.5 + random.next() * 0.4 },
    latency: { startMs: random.int(0, 300) },
  }),
  shy: (random) => ({ ready: { afterMs: 'never', nodes: [random.int(1, 6)] } }),
}

/** Profiles whose nodes say whether they are ready. */
export function drawMoreProfiles(random: Random): SimProfile[] {
  return random.some(Object.keys(READY), 2).map((kind) => ({
    name: `${kind}-ready`,
    properties: {
      ...READY[kind]!(random),
      healthCheck: QUICK_CHECK,
      readiness: { path: '/ready' },
      port: true,
    },
  }))
}

/** Two well-behaved profiles, and some that are not. */
export function drawProfiles(random: Random): SimProfile[] {
  const troubles = ['flaky', 'failing', 'sick', 'fading', 'nervous', 'mortal', 'lying']
  const kinds = ['good', random.pick(['slow', 'brisk']), ...random.some(troubles, random.int(0, 3))]
  return kinds.map((kind, at) => ({
    name: `${kind}-${at}`,
    properties: { ...KINDS[kind]!(random), healthCheck: QUICK_CHECK, port: true },
  }))
}
