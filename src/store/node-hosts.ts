import { LeaseLostError } from '../domain/errors.ts'
import type { EpochMs, JsonObject, NodeId, RevisionId } from '../domain/ids.ts'
import { createForgottenNodes } from './forgotten-nodes.ts'
import { getRevision } from './revisions.ts'
import type { Store, Tx } from './store.ts'

/**
 * Which node lives on which host, and by which key each host is known, for runtimes whose nodes are hosts. All of it
 * is decided in rows, so that no two engines give one host away twice.
 */
export function createHostDirectory(store: Store, now: () => EpochMs) {
  return {
    ...createForgottenNodes(store, now),

    /** @returns null if no host was ever asked for */
    find: (node: NodeId) => store.read((tx) => findHost(tx, node)),

    /**
     * The host that a node has, else the first candidate that no other node of its cluster has; null if there is none.
     * @throws LeaseLostError if a higher term has spoken for the node, or it is gone
     */
    async claim(node: NodeId, term: number, candidates: readonly string[]): Promise<string | null> {
      const known = await store.read((tx) => readRow(tx, node))
      if (known?.host != null && known.term === term) return known.host
      return await store.write((tx) => claimHost(tx, node, term, candidates))
    },

    async noteReached(node: NodeId, term: number, revision: RevisionId): Promise<void> {
      const known = await store.read((tx) => readRow(tx, node))
      if (known?.revision_id === revision) return
      await store.write((tx) =>
        tx
          .updateTable('node_hosts')
          .set({ revision_id: revision })
          .where('node_id', '=', node)
          .where('term', '<=', term)
          .execute(),
      )
    },

    /** @throws LeaseLostError if a higher term has spoken for the node */
    async release(node: NodeId, term: number): Promise<void> {
      await store.write(async (tx) => {
        const row = await readRow(tx, node)
        if (!row) return
        requireTerm(row, node, term)
        await tx
          .updateTable('node_hosts')
          .set({ host: null, revision_id: null, term })
          .where('node_id', '=', node)
          .execute()
      })
    },

    pinnedKey: (node: NodeId, route: string) => store.read((tx) => readKey(tx, node, route)),

    /** @returns the key that is pinned now: another one, if somebody was first */
    pinKey: (node: NodeId, route: string, key: string, replace: boolean) =>
      store.write(async (tx) => {
        const pinned = await readKey(tx, node, route)
        if (pinned !== null && (pinned === key || !replace)) return pinned
        const projectId = await projectOf(tx, node)
        if (projectId === undefined) throw new LeaseLostError(`node ${node}`)
        const row = { project_id: projectId, route, key, pinned_at: now() }
        await tx
          .insertInto('host_keys')
          .values(row)
          .onConflict((conflict) =>
            conflict.columns(['project_id', 'route']).doUpdateSet({ key, pinned_at: row.pinned_at }),
          )
          .execute()
        return key
      }),
  }
}

interface FoundHost {
  readonly host: string | null
  readonly isReached: boolean
  readonly settings: JsonObject | null
  readonly term: number
}

async function findHost(tx: Tx, node: NodeId): Promise<FoundHost | null> {
  const row = await readRow(tx, node)
  if (!row) return null
  const reached = row.revision_id === null ? undefined : await getRevision(tx, row.revision_id as RevisionId)
  const revision = reached ?? (await currentRevision(tx, node))
  return {
    host: row.host,
    isReached: row.revision_id !== null,
    settings: revision?.spec.settings ?? null,
    term: row.term,
  }
}

async function currentRevision(tx: Tx, node: NodeId) {
  const row = await tx.selectFrom('nodes').select('revision_id').where('id', '=', node).executeTakeFirst()
  return row?.revision_id == null ? undefined : await getRevision(tx, row.revision_id as RevisionId)
}

/** Such writes run one at a time over all processes, so nobody else takes a host between the look and the insert. */
async function claimHost(
  tx: Tx,
  node: NodeId,
  term: number,
  candidates: readonly string[],
): Promise<string | null> {
  const owner = await tx.selectFrom('nodes').select('cluster_id').where('id', '=', node).executeTakeFirst()
  if (!owner) throw new LeaseLostError(`node ${node}`)
  const row = await readRow(tx, node)
  if (row) requireTerm(row, node, term)
  const host = row?.host ?? (await findFree(tx, owner.cluster_id, candidates))
  if (host === null) return null
  const claimed = { host, term }
  await tx
    .insertInto('node_hosts')
    .values({ node_id: node, revision_id: null, ...claimed })
    .onConflict((conflict) => conflict.column('node_id').doUpdateSet(claimed))
    .execute()
  return host
}

async function findFree(tx: Tx, clusterId: string, candidates: readonly string[]): Promise<string | null> {
  if (candidates.length === 0) return null
  const taken = await tx
    .selectFrom('node_hosts')
    .innerJoin('nodes', 'nodes.id', 'node_hosts.node_id')
    .select('node_hosts.host')
    .where('nodes.cluster_id', '=', clusterId)
    .where('node_hosts.host', 'is not', null)
    .execute()
  const hosts = new Set(taken.map(({ host }) => host))
  return candidates.find((candidate) => !hosts.has(candidate)) ?? null
}

function requireTerm(row: { readonly term: number }, node: NodeId, term: number): void {
  if (row.term > term) throw new LeaseLostError(`node ${node}`)
}

function readRow(tx: Tx, node: NodeId) {
  return tx.selectFrom('node_hosts').selectAll().where('node_id', '=', node).executeTakeFirst()
}

async function readKey(tx: Tx, node: NodeId, route: string): Promise<string | null> {
  const row = await tx
    .selectFrom('host_keys')
    .innerJoin('nodes', 'nodes.project_id', 'host_keys.project_id')
    .select('host_keys.key')
    .where('nodes.id', '=', node)
    .where('route', '=', route)
    .executeTakeFirst()
  return row?.key ?? null
}

async function projectOf(tx: Tx, node: NodeId): Promise<string | undefined> {
  const row = await tx.selectFrom('nodes').select('project_id').where('id', '=', node).executeTakeFirst()
  return row?.project_id
}
