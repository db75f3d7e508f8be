import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { NO_RECOVERIES, planRecovery, type RecoveryFacts, type RecoveryHistory } from './plan-recovery.ts'

const facts = (given: Partial<RecoveryFacts> = {}): RecoveryFacts => ({
  now: 1_000_000_000,
  intervalSeconds: 60,
  nodeUpdateTimeoutSeconds: 300,
  changedAt: 0,
  suspendedBy: null,
  history: NO_RECOVERIES,
  ...given,
})
const tried = (tries: number, secondsAgo: number): { readonly history: RecoveryHistory } => ({
  history: { tries, lastTriedAt: 1_000_000_000 - secondsAgo * 1000, isGivenUp: false },
})

const cases = [
  { name: 'a node that failed is recovered at once', given: {}, want: 'recover' },
  { name: 'one that was changed a moment ago is let be', given: { changedAt: 999_800_000 }, want: 'wait' },
  { name: 'one that was changed long ago is not', given: { changedAt: 999_700_000 }, want: 'recover' },
  { name: 'nobody looks during some actions', given: { suspendedBy: 'CLUSTER_RESIZE runs' }, want: 'wait' },
  { name: 'the second try waits an interval', given: tried(1, 59), want: 'wait' },
  { name: 'and comes then', given: tried(1, 60), want: 'recover' },
  { name: 'the third one waits for two', given: tried(2, 119), want: 'wait' },
  { name: 'the fifth one waits for eight', given: tried(4, 8 * 60 - 1), want: 'wait' },
  { name: 'the eighth is the last', given: tried(7, 3600), want: 'recover' },
  { name: 'then it is left to somebody', given: tried(8, 3600), want: 'giveUp' },
  {
    name: 'which is told once',
    given: { history: { tries: 8, lastTriedAt: 1, isGivenUp: true } },
    want: 'nothing',
  },
  { name: 'one that worked for long begins anew', given: tried(8, 5000), want: 'recover' },
] as const
for (const { name, given, want } of cases) {
  test(`recovery: ${name}`, () => assert.equal(planRecovery(facts(given)).kind, want))
}

test('a node that never comes up is tried eight times, ever less often, and then no more', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 3600 }),
      fc.nat(600),
      (intervalSeconds, nodeUpdateTimeoutSeconds) => {
        let now = 1_000_000_000
        let history = NO_RECOVERIES
        let changedAt = 0
        const times: number[] = []
        for (let looks = 0; looks < 100; looks += 1) {
          const plan = planRecovery({
            ...facts({ intervalSeconds, nodeUpdateTimeoutSeconds }),
            now,
            changedAt,
            history,
          })
          if (plan.kind === 'nothing') break
          if (plan.kind === 'wait') {
            assert.ok(plan.until > now)
            now = plan.until
            continue
          }
          history = plan.history
          if (plan.kind === 'recover') {
            times.push(now)
            changedAt = now
          }
        }
        assert.equal(times.length, 8)
        const pauses = times.slice(1).map((at, index) => at - (times[index] as number))
        for (const [index, pause] of pauses.entries())
          assert.ok(pause >= Math.min(3600_000, intervalSeconds * 1000) && pause >= (pauses[index - 1] ?? 0))
      },
    ),
  )
})
