import type { Caller, Control } from '../src/control/control.ts'
import { type Cluster, isStandaloneClusterId } from '../src/domain/cluster.ts'
import type { Ledger } from './ledger.ts'
import { NODE_MAKERS, NODE_WEIGHTS } from './node-requests.ts'
import { POLICY_MAKERS, POLICY_WEIGHTS } from './policy-requests.ts'
import type { SimProfile } from './profiles.ts'
import type { Random } from './random.ts'
import { drawConflict, drawParams, drawUpdate } from './update-requests.ts'

/** A request that any server may be asked, and asked again. */
export interface Request {
  readonly text: string
  send(control: Control, caller: Caller): Promise<unknown>
}

export interface Asker {
  readonly random: Random
  readonly ledger: Ledger
  readonly profiles: readonly SimProfile[]
  readonly bundles: readonly string[]
  readonly largest: number
}

const WEIGHTS = {
  ...POLICY_WEIGHTS,
  ...NODE_WEIGHTS,
  update: 30,
  repair: 3,
  rollback: 4,
  cancel: 9,
  pause: 4,
  resume: 6,
  continue: 6,
  resize: 6,
  scaleOut: 2,
  scaleIn: 2,
  adjust: 2,
  addNodes: 2,
  createNode: 2,
  removeNodes: 3,
  replaceNodes: 3,
  checkNode: 3,
  recoverNode: 5,
  checkCluster: 2,
  recoverCluster: 3,
  cancelAction: 4,
  suspendAction: 2,
  resumeAction: 3,
  createPool: 2,
  deletePool: 1,
  changePool: 1,
  createCluster: 2,
  deleteCluster: 1,
}

/** Draws what somebody asks next: of things that are there, and now and then of things that are not. */
export function drawRequest(asker: Asker): Request {
  const kind = asker.random.weighted(WEIGHTS)
  const made = MAKERS[kind](asker)
  return made ?? MAKERS.createCluster(asker)!
}

type Maker = (asker: Asker) => Request | undefined

const MAKERS: Readonly<Record<keyof typeof WEIGHTS, Maker>> = {
  ...POLICY_MAKERS,
  ...NODE_MAKERS,
  update: (asker) => {
    const target = drawPool(asker)
    if (!target) return undefined
    const input = drawUpdate(asker, target)
    return request(`updates.start ${target.cluster}`, input, (control, caller) =>
      control.updates.start(caller, target.cluster, input),
    )
  },
  repair: (asker) => {
    const target = drawPool(asker)
    if (!target) return undefined
    const { random } = asker
    const how = { ...drawConflict(random), params: drawParams(random) }
    const input = { pool: target.pool, type: 'Repair', ...how } as const
    return request(`updates.start ${target.cluster}`, input, (control, caller) =>
      control.updates.start(caller, target.cluster, input),
    )
  },
  rollback: (asker) => {
    const target = drawPool(asker)
    if (!target) return undefined
    const input = { pool: target.pool, ...drawConflict(asker.random), params: drawParams(asker.random) }
    return request(`updates.rollback ${target.cluster}`, input, (control, caller) =>
      control.updates.rollback(caller, target.cluster, input),
    )
  },
  cancel: (asker) => {
    const mode = asker.random.pick(['roll-back', 'roll-back', 'stop-here'] as const)
    return steer(asker, `updates.cancel ${mode}`, (control, caller, id) =>
      control.updates.cancel(caller, id, { mode }),
    )
  },
  pause: (asker) =>
    steer(asker, 'updates.pause', (control, caller, id) =>
      control.updates.pause(caller, id, { reason: 'lunch' }),
    ),
  resume: (asker) =>
    steer(asker, 'updates.resume', (control, caller, id) => control.updates.resume(caller, id)),
  continue: (asker) =>
    steer(asker, 'updates.continue', (control, caller, id) => control.updates.continue(caller, id)),
  resize: (asker) => {
    const target = drawPool(asker)
    if (!target) return undefined
    const input = { pool: target.pool, desiredCapacity: asker.random.int(0, asker.largest) }
    return request(`clusters.resize ${target.cluster}`, input, (control, caller) =>
      control.clusters.resize(caller, target.cluster, input),
    )
  },
  scaleOut: (asker) => {
    const target = drawPool(asker)
    const input = drawScaling(asker, target)
    if (!target) return undefined
    return request(`clusters.scaleOut ${target.cluster}`, input, (control, caller) =>
      control.clusters.scaleOut(caller, target.cluster, input),
    )
  },
  scaleIn: (asker) => {
    const target = drawPool(asker)
    const input = drawScaling(asker, target)
    if (!target) return undefined
    return request(`clusters.scaleIn ${target.cluster}`, input, (control, caller) =>
      control.clusters.scaleIn(caller, target.cluster, input),
    )
  },
  adjust: (asker) => {
    const target = drawPool(asker)
    const { random } = asker
    const input = {
      pool: target?.pool ?? '',
      adjustmentType: random.pick(['CHANGE_IN_CAPACITY', 'CHANGE_IN_PERCENTAGE'] as const),
      number: random.pick([-50, -1, 1, 2, 50]),
      strict: random.chance(0.5),
      exclusive: random.chance(0.3),
    }
    if (!target) return undefined
    return request(`clusters.adjust ${target.cluster}`, input, (control, caller) =>
      control.clusters.adjust(caller, target.cluster, input),
    )
  },
  addNodes: (asker) => {
    const target = drawPool(asker)
    const input = { pool: target?.pool ?? '', count: asker.random.int(1, 2) }
    if (!target) return undefined
    return request(`nodes.add ${target.cluster}`, input, (control, caller) =>
      control.nodes.add(caller, target.cluster, input),
    )
  },
  createNode: (asker) => {
    const target = drawPool(asker)
    // Some of these are names that the engine gives by itself.
    const name = `${target?.cluster}-${asker.random.int(1, 15)}`
    const metadata = { zone: asker.random.pick(['a', 'b', 'c']) }
    const input = { pool: target?.pool ?? '', name, metadata }
    if (!target) return undefined
    return request(`nodes.create ${target.cluster}`, input, (control, caller) =>
      control.nodes.create(caller, target.cluster, input),
    )
  },
  removeNodes: (asker) =>
    choose(asker, 'nodes.remove', (control, caller, cluster, nodes) =>
      control.nodes.remove(caller, cluster, { nodes }),
    ),
  replaceNodes: (asker) =>
    choose(asker, 'nodes.replace', (control, caller, cluster, nodes) =>
      control.nodes.replace(caller, cluster, { nodes }),
    ),
  checkNode: (asker) =>
    choose(asker, 'nodes.check', (control, caller, cluster, nodes) =>
      control.nodes.check(caller, cluster, nodes[0] as string),
    ),
  recoverNode: (asker) =>
    choose(asker, 'nodes.recover', (control, caller, cluster, nodes) =>
      control.nodes.recover(caller, cluster, nodes[0] as string),
    ),
  checkCluster: (asker) => {
    const cluster = drawCluster(asker)
    if (!cluster) return undefined
    return request(`clusters.check ${cluster}`, null, (control, caller) =>
      control.clusters.check(caller, cluster),
    )
  },
  recoverCluster: (asker) => {
    const cluster = drawCluster(asker)
    if (!cluster) return undefined
    return request(`clusters.recover ${cluster}`, null, (control, caller) =>
      control.clusters.recover(caller, cluster),
    )
  },
  cancelAction: (asker) => {
    const force = asker.random.chance(0.5)
    const how = force ? 'by force ' : ''
    return steerAction(asker, `actions.cancel ${how}`, (control, caller, id) =>
      control.actions.cancel(caller, id, { force }),
    )
  },
  suspendAction: (asker) =>
    steerAction(asker, 'actions.suspend ', (control, caller, id) => control.actions.suspend(caller, id)),
  resumeAction: (asker) =>
    steerAction(asker, 'actions.resume ', (control, caller, id) => control.actions.resume(caller, id)),
  createPool: (asker) => {
    const cluster = drawCluster(asker)
    const { random } = asker
    const input = {
      name: random.pick(['blue', 'green']),
      profile: random.pick(asker.profiles).name,
      size: random.int(0, Math.ceil(asker.largest / 2)),
    }
    if (!cluster) return undefined
    return request(`pools.create ${cluster}`, input, (control, caller) =>
      control.pools.create(caller, cluster, input),
    )
  },
  deletePool: (asker) => {
    const cluster = drawCluster(asker)
    const pool = asker.random.pick(['blue', 'green'])
    if (!cluster) return undefined
    return request(`pools.delete ${cluster} ${pool}`, null, (control, caller) =>
      control.pools.delete(caller, cluster, pool),
    )
  },
  changePool: (asker) => {
    const target = drawPool(asker)
    const changes = { updateDefaults: drawParams(asker.random) }
    if (!target) return undefined
    return request(`pools.update ${target.cluster} ${target.pool}`, changes, (control, caller) =>
      control.pools.update(caller, target.cluster, target.pool, changes),
    )
  },
  createCluster: ({ random, profiles, bundles, largest }) => {
    const input = {
      name: random.pick(['web', 'shop']),
      profile: profiles[random.chance(0.8) ? random.int(0, 1) : random.int(0, profiles.length - 1)]!.name,
      size: random.int(1, largest),
      driftRepair: random.pick(['manual', 'automatic'] as const),
      ...(random.chance(0.5) && { code: { bundle: random.pick(bundles) } }),
    }
    return request(`clusters.create ${input.name}`, input, (control, caller) =>
      control.clusters.create(caller, input),
    )
  },
  deleteCluster: (asker) => {
    const cluster = drawCluster(asker)
    if (!cluster) return undefined
    return request(`clusters.delete ${cluster}`, null, (control, caller) =>
      control.clusters.delete(caller, cluster),
    )
  },
}

function request(what: string, input: unknown, send: Request['send']): Request {
  return { text: input === null ? what : `${what} ${JSON.stringify(input)}`, send }
}

function steer(
  { random, ledger }: Asker,
  what: string,
  send: (control: Control, caller: Caller, id: string) => Promise<unknown>,
): Request | undefined {
  const open = ledger.openUpdates()
  const from = open.length > 0 && random.chance(0.95) ? open : [...ledger.updates.values()]
  if (from.length === 0) return undefined
  const { id } = random.pick(from)
  return request(`${what} ${id}`, null, (control, caller) => send(control, caller, id))
}

function steerAction(
  { random, ledger }: Asker,
  what: string,
  send: (control: Control, caller: Caller, id: string) => Promise<unknown>,
): Request | undefined {
  const open = [...ledger.openActions.values()]
  const from = open.length > 0 && random.chance(0.95) ? open : [...ledger.actions.values()]
  if (from.length === 0) return undefined
  const { id, name } = random.pick(from)
  return request(`${what}${name} ${id}`, null, (control, caller) => send(control, caller, id))
}

function choose(
  { random, ledger }: Asker,
  what: string,
  send: (control: Control, caller: Caller, cluster: string, nodes: readonly string[]) => Promise<unknown>,
): Request | undefined {
  const pool = [...ledger.pools.values()].filter(({ clusterId }) => !isStandaloneClusterId(clusterId))
  if (pool.length === 0) return undefined
  const nodes = ledger.nodesOf(random.pick(pool).id)
  if (nodes.length === 0) return undefined
  const chosen = random.some(nodes, random.int(1, 2))
  const cluster = chosen[0]!.clusterId
  const references = chosen.map((node) => (random.chance(0.5) ? node.id : node.name))
  const names = chosen.map((node) => node.name).join(', ')
  return request(`${what} ${names}`, null, (control, caller) => send(control, caller, cluster, references))
}

/** A pool, and how a request names it. */
export interface PoolTarget {
  readonly cluster: string
  readonly pool: string
  readonly poolId: string
}

function drawPool({ random, ledger }: Asker): PoolTarget | undefined {
  const pools = [...ledger.pools.values()].filter(({ clusterId }) => !isStandaloneClusterId(clusterId))
  if (pools.length === 0) return undefined
  const pool = random.pick(pools)
  const row = ledger.clusters.get(pool.clusterId)
  return row && { cluster: nameOf(row.cluster), pool: pool.name, poolId: pool.id }
}

function drawScaling({ random }: Asker, target: PoolTarget | undefined) {
  const count = random.chance(0.8) ? random.int(1, 2) : null
  return { pool: target?.pool ?? '', count, atRunTime: random.chance(0.5), exclusive: random.chance(0.2) }
}

function drawCluster({ random, ledger }: Asker): string | undefined {
  const rows = [...ledger.clusters.values()].filter(({ cluster }) => cluster.kind === 'cluster')
  return rows.length === 0 ? undefined : nameOf(random.pick(rows).cluster)
}

/** In an environment a name is not enough. */
function nameOf({ id, name, environmentId }: Cluster): string {
  return environmentId === null ? name : id
}
