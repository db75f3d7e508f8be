import { LeaseLostError } from '../domain/errors.ts'
import type { EpochMs, NodeId } from '../domain/ids.ts'
import type { ForgottenNodeRow } from './schema-hosts.ts'
import type { Store, Tx } from './store.ts'

interface Place {
  readonly name: string
  readonly route: string
  readonly login: string
  readonly folder: string
  readonly service: 'auto' | 'systemd' | 'supervised'
}

/** What nodes may have left on hosts that were given up. Part of the directory of node-hosts.ts. */
export function createForgottenNodes(store: Store, now: () => EpochMs) {
  return {
    /** @throws LeaseLostError if a higher term has spoken for the node, or it is gone */
    giveUp: (node: NodeId, term: number, left: Place) =>
      store.write(async (tx) => {
        const projectId = await projectOf(tx, node)
        const row = await tx
          .selectFrom('node_hosts')
          .select('term')
          .where('node_id', '=', node)
          .executeTakeFirst()
        if (projectId === undefined || (row && row.term > term)) throw new LeaseLostError(`node ${node}`)
        const { name, ...place } = left
        await tx
          .insertInto('forgotten_nodes')
          .values({
            node_id: node,
            project_id: projectId,
            node_name: name,
            ...place,
            term,
            forgotten_at: now(),
          })
          .onConflict((conflict) => conflict.column('node_id').doNothing())
          .execute()
        await tx
          .updateTable('node_hosts')
          .set({ host: null, revision_id: null, term })
          .where('node_id', '=', node)
          .execute()
      }),

    findLeftover: (node: NodeId) =>
      store.read(async (tx) => {
        const row = await tx
          .selectFrom('forgotten_nodes')
          .selectAll()
          .where('node_id', '=', node)
          .executeTakeFirst()
        return row === undefined ? null : toLeftover(row)
      }),

    leftovers: (node: NodeId, { route, login }: Pick<Place, 'route' | 'login'>) =>
      store.read(async (tx) => {
        const rows = await tx
          .selectFrom('forgotten_nodes')
          .innerJoin('nodes', 'nodes.project_id', 'forgotten_nodes.project_id')
          .selectAll('forgotten_nodes')
          .where('nodes.id', '=', node)
          .where('route', '=', route)
          .where('login', '=', login)
          .orderBy('node_id')
          .execute()
        return rows.map(toLeftover)
      }),

    async noteCleared(node: NodeId): Promise<void> {
      await store.write((tx) => tx.deleteFrom('forgotten_nodes').where('node_id', '=', node).execute())
    },
  }
}

function toLeftover({ node_id, node_name, route, login, folder, service, term }: ForgottenNodeRow) {
  const place = { name: node_name, route, login, folder, service: service as Place['service'] }
  return { nodeId: node_id as NodeId, ...place, term }
}

async function projectOf(tx: Tx, node: NodeId): Promise<string | undefined> {
  const row = await tx.selectFrom('nodes').select('project_id').where('id', '=', node).executeTakeFirst()
  return row?.project_id
}
