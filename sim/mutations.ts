import { CLUSTER_MUTATIONS } from './cluster-mutations.ts'
import { LASTING_MUTATIONS } from './lasting-mutations.ts'
import { edit, type Mutation } from './mutation.ts'

/** All there are. */
export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'the planner forgets nodes that do not serve anyway',
    breaks: ['budget'],
    edits: [
      edit(
        'src/planner/plan-steps.ts',
        'slots - down.length, maxUnavailable - s.nodes.unavailable)',
        'slots - down.length, maxUnavailable)',
      ),
    ],
    firstSeed: 96,
  },
  {
    name: 'the planner grants one node too many',
    breaks: ['budget'],
    edits: [
      edit(
        'src/planner/limits.ts',
        'const maxUnavailable = resolveMaxUnavailable(',
        'const maxUnavailable = 1 + resolveMaxUnavailable(',
      ),
    ],
  },
  {
    name: 'a percentage rounds up',
    breaks: ['budget'],
    edits: [
      edit(
        'src/planner/limits.ts',
        'share.nodes ?? Math.floor((size * share.percent) / 100)\n}\n\n/**\n * Resolves `maxSurge`',
        'share.nodes ?? Math.ceil((size * share.percent) / 100)\n}\n\n/**\n * Resolves `maxSurge`',
      ),
    ],
  },
  {
    name: 'more nodes surge than may',
    breaks: ['budget'],
    edits: [
      edit(
        'src/planner/plan-steps.ts',
        'Math.min(left, maxSurge - s.nodes.surging)',
        'Math.min(left, maxSurge)',
      ),
    ],
  },
  {
    name: 'a node that surges is stopped before its replacement has passed',
    breaks: ['budget', 'one runner', 'gate', 'drained'],
    edits: [
      edit(
        'src/engine/perform-step.ts',
        'runtime.startBeside(ctx, node, wanted, kept)',
        'runtime.start(ctx, node, wanted)',
      ),
    ],
  },
  {
    name: 'a replacement that did not pass is left where it is',
    breaks: ['rows agree', 'one runner', 'budget'],
    edits: [
      edit('src/engine/surge-step.ts', 'while (!(await isRetired(end))) await', 'if (end.until < 0) await'),
    ],
  },
  {
    name: 'FORCE starts nodes while others are still stopping',
    breaks: ['order'],
    edits: [
      edit(
        'src/planner/plan-steps.ts',
        'if (waiting > 0 || s.nodes.stopped.count === 0)',
        'if (s.nodes.stopped.count === 0)',
      ),
    ],
  },
  {
    name: 'a second update is let onto a pool',
    breaks: ['one at a time'],
    edits: [
      edit(
        'src/control/start-update.ts',
        "if (onConflict === 'refuse') throw new ConflictError(first.id)\n",
        '',
      ),
      edit(
        'src/control/start-update.ts',
        "isFirst ? 'Pending' : 'Queued'",
        "isFirst || candidate.onConflict === 'refuse' ? 'Pending' : 'Queued'",
      ),
      edit(
        'sim/database.ts',
        'migrate(this)',
        "migrate(this)\n    this.exec('DROP INDEX updates_in_flight')",
      ),
    ],
  },
  {
    name: 'an update that is superseded goes on',
    breaks: ['one at a time', 'it ends'],
    edits: [edit('src/planner/plan-update.ts', 'if (s.superseded) {', 'if (s.superseded && s.now < 0) {')],
  },
  {
    name: 'a queued update comes from what was committed when it was asked for',
    breaks: ['commit point'],
    edits: [
      edit(
        'src/engine/update-queue.ts',
        'const fromRevisionId = pool.committedRevisionId',
        'const { fromRevisionId } = update',
      ),
    ],
  },
  {
    name: 'an update succeeds without a commit',
    breaks: ['commit point'],
    edits: [edit('src/planner/plan-update.ts', 'commit: true', 'commit: false')],
  },
  {
    name: 'the planner forgets that somebody cancelled',
    breaks: ['cancel converges'],
    edits: [
      edit(
        'src/planner/plan-update.ts',
        'if (s.cancellation) {\n    const',
        'if (s.cancellation && s.now < 0) {\n    const',
      ),
    ],
  },
  {
    name: 'going back touches broken nodes that are where they belong',
    breaks: ['cancel converges'],
    edits: [
      edit('src/planner/pool-tally.ts', "return direction === 'forward' ? 'down' : 'done'", "return 'down'"),
    ],
  },
  {
    name: 'a node counts as moved whatever its checks say',
    breaks: ['gate'],
    edits: [
      edit(
        'src/engine/perform-step.ts',
        "if (this.#health?.health !== 'Healthy') return this.#unhealthy()\n    const { endpoint }",
        'const { endpoint }',
      ),
    ],
  },
  {
    name: 'minReadySeconds is not waited for',
    breaks: ['gate'],
    edits: [
      edit(
        'src/engine/perform-step.ts',
        'if (readyAt !== null && now >= readyAt) return',
        'if (readyAt !== null) return',
      ),
    ],
  },
  {
    name: 'a node is not taken out of its balancer before it is touched',
    breaks: ['drained'],
    edits: [
      edit(
        'src/engine/perform-step.ts',
        'return takeOut(deps, traffic, this.#signal)',
        'return Promise.resolve()',
      ),
    ],
  },
  {
    name: 'a checkpoint lets all pass',
    breaks: ['held'],
    edits: [
      edit(
        'src/planner/plan-hold.ts',
        'return checkpoint.nodes - nodes.updated - nodes.inFlight',
        'return Number.POSITIVE_INFINITY',
      ),
    ],
  },
  {
    name: 'an update goes on at a checkpoint although nobody said so',
    breaks: ['held'],
    edits: [edit('src/planner/plan-hold.ts', 'if (continuedBy !== null) return', 'if (s.now > 0) return')],
  },
  {
    name: 'nodes of two zones move together',
    breaks: ['order'],
    edits: [
      edit(
        'src/planner/plan-steps.ts',
        'const domains = inFlight.size > 0 || next === undefined ? inFlight : new Set([of.get(next)])',
        'const domains = new Set([of.get(next as NodeId)])',
      ),
    ],
  },
  {
    name: 'nodes that serve are touched however ill their pool is',
    breaks: ['budget'],
    edits: [
      edit(
        'src/planner/plan-steps.ts',
        'limits.maxUnhealthy !== null && nodes.unhealthy > limits.maxUnhealthy',
        'limits.maxUnhealthy !== null && nodes.unhealthy > 99',
      ),
    ],
    firstSeed: 70,
  },
  {
    name: 'an update is committed before it has baked',
    breaks: ['gate'],
    edits: [edit('src/planner/plan-update.ts', 'if (s.now < bakedAt) {', 'if (s.now < 0) {')],
  },
  {
    name: 'failures do not count',
    breaks: ['failure is bounded', 'commit point'],
    edits: [
      edit(
        'src/planner/plan-update.ts',
        'if (countFailures(s) > tolerated ||',
        'if (countFailures(s) > 99 ||',
      ),
    ],
  },
  {
    name: 'a repeated request is a new one',
    breaks: ['idempotent'],
    edits: [
      edit(
        'src/control/idempotency.ts',
        'if (!known) return undefined',
        'if (known) return undefined\n  if (!known) return undefined',
      ),
    ],
  },
  {
    name: 'an engine does not look whether it still has its lease',
    breaks: ['one runner'],
    edits: [
      edit(
        'src/engine/load-cluster.ts',
        'if (fence?.engineId !== lease.engineId || fence.term !== lease.term) {',
        'if (fence === undefined) {',
      ),
    ],
  },
  {
    name: 'a runtime obeys engines of the past',
    breaks: ['one runner'],
    edits: [edit('src/runtimes/scripted/client.ts', 'if (term > ctx.term) {', 'if (term > ctx.term + 99) {')],
    firstSeed: 400,
  },
  {
    name: 'a runtime starts a thing beside the old one',
    breaks: ['one runner'],
    edits: [
      edit('src/runtimes/scripted/client.ts', 'end(deps, node, before)\n  await', 'await'),
      edit('src/runtimes/scripted/client.ts', 'end(deps, node, state)\n  const thing', 'const thing'),
    ],
  },
  {
    name: 'an action does not wait until its node is free',
    breaks: ['one runner'],
    edits: [
      edit('src/planner/admit-action.ts', 'if (work.nodeHeldBy)\n', "if (work.nodeHeldBy?.id === 'x')\n"),
    ],
  },
  {
    name: 'an engine that stops goes on',
    breaks: ['nodes outlive', 'one runner'],
    edits: [
      edit(
        'src/engine/engine.ts',
        "await this.#stopRunners(new LeaseLostError('every cluster: this engine is stopping'))\n",
        '',
      ),
    ],
  },
  {
    name: 'waiting has no reason',
    breaks: ['explained'],
    edits: [
      edit(
        'src/planner/admit-action.ts',
        "return { kind: 'wait', because }",
        "return { kind: 'wait', because: because.slice(0, 0) }",
      ),
    ],
  },
  {
    name: 'what is asked for is not told',
    breaks: ['audit'],
    edits: [edit('src/control/perform.ts', 'await insertEvents(tx, events)\n', '')],
  },
  {
    name: 'nobody hears that a step has ended',
    breaks: ['it ends'],
    edits: [
      edit(
        'src/engine/cluster-runner.ts',
        'this.#outcomes.push([action.id, outcome])\n    this.wake()',
        'this.#outcomes.push([action.id, outcome])',
      ),
    ],
  },
  {
    name: 'nobody takes over from an engine that died',
    breaks: ['it ends'],
    edits: [
      edit(
        'src/store/leases.ts',
        "eb('engines.lease_until', '<', timeOfLeases(tx, now))",
        "eb('engines.lease_until', '<', 1)",
      ),
    ],
  },
  {
    name: 'a watch keeps to itself what it saw',
    breaks: ['rows agree'],
    edits: [
      edit(
        'src/engine/health-monitor.ts',
        'if (health.health !== before.health.health || died)',
        'if (died && !died)',
      ),
    ],
  },
  ...CLUSTER_MUTATIONS,
  ...LASTING_MUTATIONS,
]
