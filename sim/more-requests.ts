import type { Caller, Control } from '../src/control/control.ts'
import { isStandaloneClusterId } from '../src/domain/cluster.ts'
import type { Node } from '../src/domain/node.ts'
import { RECOVERIES } from '../src/domain/operation.ts'
import type { PlatformVersion } from '../src/domain/platform-version.ts'
import { FIRST_CALLER, type Making } from './prepare.ts'
import type { Random } from './random.ts'
import type { Asker, Request } from './requests.ts'
import { drawConflict, drawParams } from './update-requests.ts'

/** What clusters can be on: one version after the other, of which some nodes take longer than others. */
export const SIM_VERSIONS: readonly PlatformVersion[] = [1, 2, 3].map((minor) => ({
  version: `1.${minor}`,
  build: 'sim.1',
  patch: `1.${minor}.0`,
  isDefault: minor === 2,
  releasedAt: 0,
  standardSupportEndsAt: null,
  extendedSupportEndsAt: null,
  profile: {
    type: 'scripted',
    properties: {
      latency: { startMs: 40 * minor },
      port: true,
      healthCheck: { type: 'alive', intervalSeconds: 2, unhealthyThreshold: 2, startPeriodSeconds: 4 },
    },
  },
}))

const ENVIRONMENTS = ['east', 'west']

/** What is attached beside `SIM_POLICIES`. */
const POLICIES = [
  {
    name: 'well',
    type: 'health',
    properties: {
      detection: { interval: 60, detectionModes: [{ type: 'NODE_STATUS_POLLING' }], nodeUpdateTimeout: 5 },
      recovery: { actions: [{ name: 'REBUILD' }] },
    },
  },
  {
    name: 'told',
    type: 'deletion',
    properties: {
      gracePeriod: 2,
      hooks: { type: 'zaqar', params: { queue: 'leaving' }, timeout: 20 },
    },
  },
]

/** What of it has to be there before anybody asks. */
export function prepareMore(): readonly Making[] {
  return POLICIES.map((policy) => (control: Control) => control.policies.create(FIRST_CALLER, policy))
}

const WEIGHTS = {
  versioned: 6,
  changeVersion: 10,
  cancelVersion: 4,
  environment: 2,
  emptyEnvironment: 1,
  operateNode: 4,
  operateCluster: 2,
  recoverHow: 5,
  recoverAll: 3,
  bounds: 4,
  changeCluster: 4,
  renameCluster: 2,
  software: 4,
  configurePool: 2,
  member: 3,
  deleteMember: 3,
  noteNode: 2,
  attachMore: 4,
  detachMore: 2,
  completeHook: 5,
}

type Maker = (asker: Asker) => Request | undefined

/** Draws what is asked beyond `requests.ts`: versions, environments, operations, other ways to recover, sizes, settings. */
export function drawMore(asker: Asker): Request {
  const kind = asker.random.weighted(WEIGHTS)
  return MAKERS[kind](asker) ?? MAKERS.versioned(asker)!
}

const MAKERS: Readonly<Record<keyof typeof WEIGHTS, Maker>> = {
  versioned: ({ random, largest }) => {
    const input = {
      name: random.pick(['base', 'core']),
      platformVersion: random.pick(['1.1', '1.2']),
      size: random.int(0, largest),
      ...(random.chance(0.4) && { environment: random.pick(ENVIRONMENTS) }),
    }
    return ask(`clusters.create ${input.name}`, input, (control, caller) =>
      control.clusters.create(caller, input),
    )
  },
  changeVersion: (asker) => {
    const { random, ledger } = asker
    const on = [...ledger.clusters.values()].filter(({ cluster }) => cluster.platform !== null)
    if (on.length === 0) return undefined
    const { id, name, platform } = random.pick(on).cluster
    const version =
      platform?.upgradedFrom && random.chance(0.6)
        ? platform.upgradedFrom
        : random.pick(['1.1', '1.2', '1.3'])
    const input = {
      version,
      force: random.chance(0.6),
      // Only on the way down there is such a limit.
      ...(version === platform?.upgradedFrom &&
        random.chance(0.3) && { nodePhaseSeconds: random.int(1, 30) }),
    }
    return ask(`versions.change ${name}`, input, (control, caller) =>
      control.versions.change(caller, id, input),
    )
  },
  cancelVersion: ({ random, ledger }) => {
    const all = [...ledger.actions.values()].filter(({ name }) => name === 'CLUSTER_CHANGE_VERSION')
    const open = all.filter(({ endedAt }) => endedAt === null)
    if (all.length === 0) return undefined
    const { id } = random.pick(open.length > 0 ? open : all)
    return ask(`versions.cancel ${id}`, null, (control, caller) => control.versions.cancel(caller, id))
  },
  environment: ({ random }) => {
    const name = random.pick(ENVIRONMENTS)
    return ask(`environments.create ${name}`, null, (control, caller) =>
      control.environments.create(caller, { name }),
    )
  },
  emptyEnvironment: ({ random }) => {
    const name = random.pick(ENVIRONMENTS)
    return ask(`environments.delete ${name}`, null, (control, caller) =>
      control.environments.delete(caller, name),
    )
  },
  operateNode: (asker) => {
    const node = drawNode(asker)
    const operation = asker.random.pick(['pause', 'unpause', 'unpause', 'reboot'])
    if (!node) return undefined
    return ask(`nodes.operate ${operation} ${node.name}`, null, (control, caller) =>
      control.nodes.operate(caller, null, node.id, { operation }),
    )
  },
  operateCluster: (asker) => {
    const cluster = drawCluster(asker)
    const operation = asker.random.pick(['unpause', 'reboot'])
    if (!cluster) return undefined
    return ask(`clusters.operate ${operation} ${cluster.name}`, null, (control, caller) =>
      control.clusters.operate(caller, cluster.id, { operation }),
    )
  },
  recoverHow: (asker) => {
    const node = drawNode(asker)
    const input = drawRecovery(asker.random)
    if (!node) return undefined
    return ask(`nodes.recover ${node.name}`, input, (control, caller) =>
      control.nodes.recover(caller, null, node.id, input),
    )
  },
  recoverAll: (asker) => {
    const cluster = drawCluster(asker)
    const input = { ...drawRecovery(asker.random), checkCapacity: asker.random.chance(0.5) }
    if (!cluster) return undefined
    return ask(`clusters.recover ${cluster.name}`, input, (control, caller) =>
      control.clusters.recover(caller, cluster.id, input),
    )
  },
  bounds: (asker) => {
    const { random, largest } = asker
    const pool = drawPool(asker)
    const minSize = random.int(0, 2)
    const input = {
      pool: pool?.name ?? '',
      minSize,
      maxSize: random.chance(0.3) ? null : minSize + random.int(0, largest),
      ...(random.chance(0.5) && { desiredCapacity: random.int(0, largest) }),
    }
    if (!pool) return undefined
    return ask(`clusters.resize ${pool.clusterId}`, input, (control, caller) =>
      control.clusters.resize(caller, pool.clusterId, input),
    )
  },
  changeCluster: (asker) => {
    const { random, profiles } = asker
    const cluster = drawCluster(asker)
    const change = {
      profile: random.pick(profiles).name,
      profileOnly: random.chance(0.3),
      ...(random.chance(0.4) && { timeoutSeconds: random.int(5, 60) }),
      ...drawConflict(random),
      params: drawParams(random),
    }
    if (!cluster) return undefined
    return ask(`clusters.change ${cluster.name}`, change, (control, caller) =>
      control.clusters.change(caller, cluster.id, change),
    )
  },
  renameCluster: (asker) => {
    const { random } = asker
    const cluster = drawCluster(asker)
    const changes = {
      driftRepair: random.pick(['manual', 'automatic'] as const),
      metadata: { owner: random.pick(['ann', 'bob']) },
    }
    if (!cluster) return undefined
    return ask(`clusters.update ${cluster.name}`, changes, (control, caller) =>
      control.clusters.update(caller, cluster.id, changes),
    )
  },
  software: (asker) => {
    const { random, profiles, bundles } = asker
    const pool = drawPool(asker)
    const changes = {
      profile: random.pick(profiles).name,
      ...(random.chance(0.5) && { code: { bundle: random.pick(bundles) } }),
    }
    if (!pool) return undefined
    return ask(`pools.update ${pool.name}`, changes, (control, caller) =>
      control.pools.update(caller, pool.clusterId, pool.id, changes),
    )
  },
  configurePool: (asker) => {
    const { random, largest } = asker
    const pool = drawPool(asker)
    const minSize = random.int(0, 1)
    const sizes = { minSize, maxSize: minSize + random.int(1, largest) }
    if (!pool) return undefined
    return ask(`pools.update ${pool.name}`, sizes, (control, caller) =>
      control.pools.update(caller, pool.clusterId, pool.id, sizes),
    )
  },
  member: (asker) => {
    const { random } = asker
    const pool = drawPool(asker)
    const input = { pool: pool?.id ?? '', straysAboveMaxSize: random.chance(0.5) }
    if (!pool) return undefined
    return ask(`nodes.createMember ${pool.name}`, input, (control, caller) =>
      control.nodes.createMember(caller, pool.clusterId, input),
    )
  },
  deleteMember: (asker) => {
    const node = drawNode(asker)
    const force = asker.random.chance(0.5)
    if (!node) return undefined
    return ask(`nodes.delete ${node.name}`, { force }, (control, caller) =>
      control.nodes.delete(caller, null, node.id, { force }),
    )
  },
  noteNode: (asker) => {
    const node = drawNode(asker)
    const changes = { role: asker.random.pick(['reader', 'writer']), asAction: asker.random.chance(0.7) }
    if (!node) return undefined
    return ask(`nodes.update ${node.name}`, changes, (control, caller) =>
      control.nodes.update(caller, null, node.id, changes),
    )
  },
  attachMore: (asker) => {
    const cluster = drawCluster(asker)
    const { name: policy } = asker.random.pick(POLICIES)
    if (!cluster) return undefined
    return ask(`clusterPolicies.attach ${policy} ${cluster.name}`, null, (control, caller) =>
      control.clusterPolicies.attach(caller, cluster.id, { policy, enabled: true }),
    )
  },
  detachMore: (asker) => {
    const cluster = drawCluster(asker)
    const { name: policy } = asker.random.pick(POLICIES)
    if (!cluster) return undefined
    return ask(`clusterPolicies.detach ${policy} ${cluster.name}`, null, (control, caller) =>
      control.clusterPolicies.detach(caller, cluster.id, policy),
    )
  },
  completeHook: ({ random, ledger }) => {
    const waiting = [...ledger.openActions.values()].filter(
      ({ status }) => status === 'WAITING_LIFECYCLE_COMPLETION',
    )
    if (waiting.length === 0) return undefined
    const { id } = random.pick(waiting)
    return ask(`actions.completeLifecycle ${id}`, null, (control, caller) =>
      control.actions.completeLifecycle(caller, id),
    )
  },
}

function ask(
  what: string,
  input: unknown,
  send: (control: Control, caller: Caller) => Promise<unknown>,
): Request {
  return { text: input === null ? what : `${what} ${JSON.stringify(input)}`, send }
}

function drawRecovery(random: Random) {
  return { operation: random.pick(RECOVERIES), check: random.chance(0.4) }
}

function drawNode({ random, ledger }: Asker): Node | undefined {
  const nodes = [...ledger.nodes.values()]
  return nodes.length === 0 ? undefined : random.pick(nodes)
}

function drawCluster({ random, ledger }: Asker) {
  const rows = [...ledger.clusters.values()].filter(({ cluster }) => cluster.kind === 'cluster')
  return rows.length === 0 ? undefined : random.pick(rows).cluster
}

function drawPool({ random, ledger }: Asker) {
  const pools = [...ledger.pools.values()].filter(({ clusterId }) => !isStandaloneClusterId(clusterId))
  return pools.length === 0 ? undefined : random.pick(pools)
}
