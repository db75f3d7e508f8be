import { isStandaloneClusterId } from '../src/domain/cluster.ts'
import type { Node } from '../src/domain/node.ts'
import type { Asker, Request } from './requests.ts'

/** What is asked of nodes without a cluster, and of nodes that come into one and leave it. */
export const NODE_WEIGHTS = {
  createStandalone: 3,
  joinNodes: 5,
  leaveNodes: 4,
  replaceWith: 2,
  deleteStandalone: 1,
  standaloneWork: 2,
  changeNode: 2,
  tellZone: 12,
}

/** Draws such a request; undefined when there is nothing to ask it of. */
export const NODE_MAKERS: Readonly<Record<keyof typeof NODE_WEIGHTS, (asker: Asker) => Request | undefined>> =
  {
    createStandalone: ({ random, profiles }) => {
      const input = {
        name: `spare-${random.int(1, 6)}`,
        profile: random.pick(profiles).name,
        allowDuplicateName: random.chance(0.5),
      }
      return {
        text: `nodes.createStandalone ${JSON.stringify(input)}`,
        send: (control, caller) => control.nodes.createStandalone(caller, input),
      }
    },
    joinNodes: (asker) => {
      const spares = some(asker, standaloneOf(asker))
      const cluster = clusterOf(asker)
      if (!spares || !cluster) return undefined
      return about('nodes.join', spares, (control, caller) =>
        control.nodes.join(caller, cluster, { nodes: spares.map(({ id }) => id) }),
      )
    },
    leaveNodes: (asker) => {
      const members = some(asker, membersOf(asker))
      if (!members) return undefined
      return about('nodes.leave', members, (control, caller) =>
        control.nodes.leave(caller, members[0]!.clusterId, { nodes: members.map(({ id }) => id) }),
      )
    },
    replaceWith: (asker) => {
      const members = some(asker, membersOf(asker))
      const spares = asker.random.some(standaloneOf(asker), members?.length ?? 0)
      if (!members || spares.length === 0) return undefined
      const nodes = Object.fromEntries(spares.map((spare, at) => [members[at]!.id, spare.id]))
      return about('nodes.replaceWith', [...members, ...spares], (control, caller) =>
        control.nodes.replaceWith(caller, members[0]!.clusterId, { nodes }),
      )
    },
    deleteStandalone: (asker) => {
      const spares = some(asker, standaloneOf(asker))
      if (!spares) return undefined
      return about('nodes.delete', spares, (control, caller) =>
        control.nodes.delete(caller, null, spares[0]!.id),
      )
    },
    standaloneWork: (asker) => {
      const spares = some(asker, standaloneOf(asker))
      const verb = asker.random.pick(['check', 'recover'] as const)
      if (!spares) return undefined
      return about(`nodes.${verb}`, spares, (control, caller) =>
        control.nodes[verb](caller, null, spares[0]!.id),
      )
    },
    tellZone: (asker) => {
      const nodes = some(asker, membersOf(asker))
      const metadata = { zone: asker.random.pick(['a', 'b']) }
      if (!nodes) return undefined
      return about(`nodes.update ${JSON.stringify(metadata)}`, nodes, (control, caller) =>
        control.nodes.update(caller, nodes[0]!.clusterId, nodes[0]!.id, { metadata }),
      )
    },
    changeNode: (asker) => {
      const { random, ledger, profiles } = asker
      const nodes = some(asker, [...ledger.nodes.values()])
      const changes = {
        tainted: random.chance(0.5),
        ...(random.chance(0.5) && { name: `own-${random.int(1, 9)}`, allowDuplicateName: true }),
        ...(random.chance(0.4) && { profile: random.pick(profiles).name }),
      }
      if (!nodes) return undefined
      return about(`nodes.update ${JSON.stringify(changes)}`, nodes, (control, caller) =>
        control.nodes.update(caller, null, nodes[0]!.id, changes),
      )
    },
  }

function about(what: string, nodes: readonly Node[], send: Request['send']): Request {
  return { text: `${what} ${nodes.map(({ name }) => name).join(', ')}`, send }
}

function some({ random }: Asker, nodes: readonly Node[]): readonly Node[] | undefined {
  return nodes.length === 0 ? undefined : random.some(nodes, random.int(1, Math.min(2, nodes.length)))
}

function standaloneOf({ ledger }: Asker): Node[] {
  return [...ledger.nodes.values()].filter(({ clusterId }) => isStandaloneClusterId(clusterId))
}

/** Those of one pool. */
function membersOf({ random, ledger }: Asker): Node[] {
  const pools = [...ledger.pools.values()].filter(({ clusterId }) => !isStandaloneClusterId(clusterId))
  return pools.length === 0 ? [] : ledger.nodesOf(random.pick(pools).id)
}

function clusterOf({ random, ledger }: Asker): string | undefined {
  const rows = [...ledger.clusters.values()].filter(({ cluster }) => cluster.kind === 'cluster')
  return rows.length === 0 ? undefined : random.pick(rows).cluster.id
}
