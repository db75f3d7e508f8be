import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HealthCheck } from '../domain/health-check.ts'
import {
  type HealthState,
  judgeHealth,
  nextCheckDelayMs,
  type Observation,
  startingHealth,
} from './judge-health.ts'

const alive: HealthCheck = { type: 'alive' }
const strict: HealthCheck = {
  type: 'alive',
  healthyThreshold: 2,
  unhealthyThreshold: 2,
  startPeriodSeconds: 10,
}
const pass: Observation = { running: true, passing: true, detail: 'well' }
const fail: Observation = { running: true, passing: false, detail: 'refused' }
const gone: Observation = { running: false, passing: null, detail: 'exited' }
const unready: Observation = { running: true, passing: true, ready: false, detail: 'answered 503' }
const unchecked: Observation = { running: true, passing: null, detail: 'runs' }

const cases: readonly {
  readonly name: string
  readonly check: HealthCheck
  readonly from?: HealthState['health']
  /** One a second, the first at second 1. */
  readonly seen: readonly Observation[]
  readonly health: HealthState['health']
  readonly availableSince: number | null
}[] = [
  {
    name: 'one that works and is not ready yet goes on starting',
    check: alive,
    seen: [unready, unready, unready, unready],
    health: 'Starting',
    availableSince: null,
  },
  {
    name: 'it is available from when it was ready',
    check: alive,
    seen: [unready, unready, pass],
    health: 'Healthy',
    availableSince: 3000,
  },
  {
    name: 'being not ready once takes no node away',
    check: strict,
    seen: [pass, pass, unready, pass],
    health: 'Healthy',
    availableSince: 2000,
  },
  {
    name: 'being not ready as often as it may fail makes it not ready, and not unhealthy',
    check: strict,
    seen: [pass, pass, unready, unready, unready, unready],
    health: 'NotReady',
    availableSince: null,
  },
  {
    name: 'one ready answer brings it back',
    check: strict,
    seen: [pass, pass, unready, unready, pass],
    health: 'Healthy',
    availableSince: 5000,
  },
  {
    name: 'one that is not ready and then fails is unhealthy',
    check: strict,
    seen: [pass, pass, unready, unready, fail, fail],
    health: 'Unhealthy',
    availableSince: null,
  },
  {
    name: 'one that was unhealthy, works again and is not ready is only that',
    check: strict,
    from: 'Unhealthy',
    seen: [unready, unready],
    health: 'NotReady',
    availableSince: null,
  },
  {
    name: 'one pass makes it healthy by default',
    check: alive,
    seen: [pass],
    health: 'Healthy',
    availableSince: 1000,
  },
  {
    name: 'running is enough without a check',
    check: alive,
    seen: [unchecked],
    health: 'Healthy',
    availableSince: 1000,
  },
  {
    name: 'it needs as many passes as the threshold says',
    check: strict,
    seen: [pass],
    health: 'Starting',
    availableSince: null,
  },
  {
    name: 'the last of them makes it healthy',
    check: strict,
    seen: [pass, pass],
    health: 'Healthy',
    availableSince: 2000,
  },
  {
    name: 'they have to be in a row',
    check: strict,
    seen: [pass, fail, pass],
    health: 'Starting',
    availableSince: null,
  },
  {
    name: 'it stays available since it first was',
    check: alive,
    seen: [pass, pass, pass],
    health: 'Healthy',
    availableSince: 1000,
  },
  {
    name: 'failures while starting do not count',
    check: strict,
    seen: [fail, fail, fail, fail],
    health: 'Starting',
    availableSince: null,
  },
  {
    name: 'after the start period they do',
    check: strict,
    seen: Array(11).fill(fail),
    health: 'Unhealthy',
    availableSince: null,
  },
  {
    name: 'one failure does not end its health',
    check: strict,
    from: 'Healthy',
    seen: [pass, fail],
    health: 'Healthy',
    availableSince: 1000,
  },
  {
    name: 'failures in a row do',
    check: strict,
    from: 'Healthy',
    seen: [pass, fail, fail],
    health: 'Unhealthy',
    availableSince: null,
  },
  {
    name: 'failures with a pass between do not',
    check: strict,
    from: 'Healthy',
    seen: [pass, fail, pass, fail],
    health: 'Healthy',
    availableSince: 1000,
  },
  {
    name: 'the start period forgives nothing once it was healthy',
    check: strict,
    seen: [pass, pass, fail, fail],
    health: 'Unhealthy',
    availableSince: null,
  },
  {
    name: 'what does not run is unhealthy at once',
    check: strict,
    from: 'Healthy',
    seen: [pass, gone],
    health: 'Unhealthy',
    availableSince: null,
  },
  { name: 'even while starting', check: strict, seen: [gone], health: 'Unhealthy', availableSince: null },
  {
    name: 'an unhealthy node has to earn its health again',
    check: strict,
    from: 'Unhealthy',
    seen: [pass],
    health: 'Unhealthy',
    availableSince: null,
  },
  {
    name: 'and gets it',
    check: strict,
    from: 'Unhealthy',
    seen: [pass, pass],
    health: 'Healthy',
    availableSince: 2000,
  },
  {
    name: 'a node of which nothing is known is judged, too',
    check: alive,
    from: 'Unknown',
    seen: [pass],
    health: 'Healthy',
    availableSince: 1000,
  },
]
for (const { name, check, from, seen, health, availableSince } of cases) {
  test(name, () => {
    let state: HealthState = { ...startingHealth(0), health: from ?? 'Starting' }
    for (const [at, observation] of seen.entries())
      state = judgeHealth(state, check, observation, (at + 1) * 1000)
    assert.equal(state.health, health)
    assert.equal(state.availableSince, availableSince)
    assert.equal(state.detail, seen.at(-1)?.detail)
    assert.equal(state.startedAt, 0)
  })
}

const delays = [
  {
    name: 'a node that has just begun is looked at soon',
    health: 'Starting',
    now: 0,
    intervalSeconds: 5,
    want: 5,
  },
  { name: 'later less often', health: 'Starting', now: 10_000, intervalSeconds: 5, want: 500 },
  {
    name: 'never less often than the interval says',
    health: 'Starting',
    now: 600_000,
    intervalSeconds: 5,
    want: 5000,
  },
  {
    name: 'a short interval holds while starting, too',
    health: 'Starting',
    now: 0,
    intervalSeconds: 0.002,
    want: 2,
  },
  {
    name: 'once failures count, it is looked at by the interval',
    health: 'Starting',
    now: 30_000,
    intervalSeconds: 7,
    want: 7000,
  },
  {
    name: 'a healthy node is looked at by the interval',
    health: 'Healthy',
    now: 0,
    intervalSeconds: 7,
    want: 7000,
  },
  {
    name: 'the interval is 5 s by default',
    health: 'Unhealthy',
    now: 0,
    intervalSeconds: undefined,
    want: 5000,
  },
  {
    name: 'a clock that stepped back does no harm',
    health: 'Starting',
    now: -10_000,
    intervalSeconds: 5,
    want: 5,
  },
] as const
for (const { name, health, now, intervalSeconds, want } of delays) {
  test(name, () => {
    const check: HealthCheck = {
      type: 'alive',
      ...(intervalSeconds === undefined ? {} : { intervalSeconds }),
    }
    assert.equal(nextCheckDelayMs({ ...startingHealth(0), health }, check, now), want)
  })
}

test('a command is run less often while its node starts than a connection is tried', () => {
  const delay = (check: HealthCheck) => nextCheckDelayMs(startingHealth(0), check, 2000)
  assert.equal(delay({ type: 'tcp' }), 100)
  assert.equal(delay({ type: 'command', command: ['true'] }), 200)
})
