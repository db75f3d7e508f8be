import type { StartUpdateInput } from '../src/control/inputs.ts'
import type { OnConflict, UpdateOrder, UpdateParams } from '../src/domain/update.ts'
import type { Random } from './random.ts'
import type { Asker, PoolTarget } from './requests.ts'

/** What an update is to change, and how it goes about it. */
export function drawUpdate(asker: Asker, { pool, poolId }: PoolTarget): StartUpdateInput {
  const { random, profiles, bundles, ledger } = asker
  const nodes = ledger.nodesOf(poolId)
  const what = random.weighted({ profile: 6, bundle: 4, version: 3, revision: 2 })
  const strategy = what === 'bundle' && random.chance(0.6) ? { strategy: 'NO_RESTART' as const } : {}
  return {
    pool,
    ...(what === 'profile' && { profile: random.pick(profiles).name }),
    ...(what === 'bundle' && { code: { bundle: random.pick(bundles) } }),
    ...(what === 'version' && { version: `1.${random.int(0, 3)}` }),
    ...(what === 'revision' && { revision: random.int(1, 3) }),
    ...(nodes.length > 0 &&
      random.chance(0.15) && {
        nodes: random.some(nodes, random.int(1, nodes.length)).map((node) => node.id),
      }),
    ...drawConflict(random),
    params: { ...drawParams(random), ...strategy },
  }
}

/** What it does when another one has the pool. */
export function drawConflict(random: Random): { readonly onConflict?: OnConflict } {
  return random.chance(0.5) ? { onConflict: random.pick(['queue', 'supersede']) } : {}
}

/** How an update goes about it. */
export function drawParams(random: Random): Partial<UpdateParams> {
  const maybe = <Value>(chance: number, value: Value) => (random.chance(chance) ? value : {})
  return {
    strategy: random.weighted({ ROLLING: 7, FORCE: 3 }),
    ...maybe(0.7, { maxUnavailable: random.pick([1, 2, 3, '25%', '50%', '100%']) }),
    ...drawSurge(random),
    ...maybe(0.3, { minReadySeconds: random.pick([0.5, 1, 5]) }),
    ...maybe(0.3, { maxFailures: random.pick([0, 1, 2, '25%']) }),
    ...maybe(0.4, { order: drawOrder(random) }),
    ...maybe(0.2, { checkpoints: random.pick([[1], [1, '50%'], ['30%', '60%', '100%']]) }),
    ...maybe(0.5, {
      holdSeconds: random.pick([0, 2, 30]),
      afterHold: random.pick(['continue', 'roll-back']),
    }),
    ...maybe(0.2, { bakeSeconds: random.pick([0.5, 3, 10]) }),
    ...maybe(0.2, { maxUnhealthyUpdated: random.pick([0, 1, '50%']) }),
    ...maybe(0.35, { maxUnhealthy: random.pick([0, 0, 1, '30%']) }),
    ...maybe(0.15, { batchPauseSeconds: random.pick([0, 1, 5]) }),
    ...maybe(0.4, { onFailure: random.pick(['rollback', 'pause', 'continue'] as const) }),
    progressDeadlineSeconds: random.pick([5, 20, 60]),
    nodeTimeoutSeconds: random.pick([5, 15, 30]),
  }
}

/** Replacements that start first, and of those some where nothing may be away. */
function drawSurge(random: Random): Partial<UpdateParams> {
  if (!random.chance(0.35)) return {}
  const maxSurge = random.pick([1, 2, '25%', '100%'])
  return random.chance(0.4) ? { maxSurge, maxUnavailable: 0 } : { maxSurge }
}

function drawOrder(random: Random): UpdateOrder {
  const by = random.pick(['reverse-index', 'zone', 'zone', 'zone', 'random'] as const)
  return by === 'random' ? { by, seed: random.int(0, 99) } : { by }
}
