import { randomBytes } from 'node:crypto'
import type { ClusterView, NodeView, PoolView } from '../../control/views.ts'
import type { Node } from '../../domain/node.ts'
import { addNodes } from './add-nodes.ts'
import { type Answer, type Ask, list, ok, type Table } from './ask.ts'
import { invalid } from './errors.ts'
import { findCluster, findNode, idOfPool, isDefault, requireAvailable } from './find.ts'
import { HOST, HOST_ANNOTATION } from './node-host.ts'
import { checkNodeSpec } from './node-spec.ts'
import { KEY } from './present-cluster.ts'
import { type NodeRecord, presentNode } from './present-node.ts'
import { taggedProfile } from './profiles.ts'
import { bodyOf, Member } from './read.ts'
import { resetNodes } from './reset-nodes.ts'
import { maskSecrets, readTemplate } from './templates.ts'

export const nodeRoutes: Table = {
  '/clusters/:cluster/nodes': { GET: listSome, POST: create },
  '/clusters/:cluster/nodes/:node': { GET: show, PUT: update, DELETE: remove },
  '/clusters/:cluster/nodes/reset': { POST: resetNodes },
  '/clusters/:cluster/nodes/add': { POST: addNodes },
}

const MOST_LISTED = 2000
const PAGE = 1000
const MOST_AT_ONCE = 50
const NAME = /^[a-z]([a-z0-9.-]{0,54}[a-z0-9])?$/
const NAME_RULE = 'must have 1 to 56 lower-case letters, digits, hyphens and dots, and begin with a letter'
/** The annotation by which a new node names its pool. */
const POOL = 'kubernetes.io/node-pool.id'

async function listSome(ask: Ask): Promise<Answer> {
  const { control, caller, query } = ask
  const limit = query.has('limit')
    ? new Member('limit', Number(query.get('limit'))).integer(1, MOST_LISTED)
    : MOST_LISTED
  const marker = query.get('marker')
  const cluster = await findCluster(ask)
  const views: NodeView[] = []
  let cursor: string | undefined
  do {
    const from = cursor !== undefined ? { cursor } : marker ? { marker } : {}
    const page = { limit: Math.min(PAGE, limit - views.length), sort: 'createdAt', ...from }
    const found = await control.nodes.list(caller, { cluster: cluster.cluster.id }, page)
    views.push(...found.items)
    cursor = found.nextCursor ?? undefined
  } while (cursor !== undefined && views.length < limit)
  const nextMarker = cursor === undefined ? undefined : views.at(-1)?.node.id
  const pageInfo = { currentCount: views.length, ...(nextMarker !== undefined && { nextMarker }) }
  return list(
    views.map((view) => presentNode(view, cluster)),
    { pageInfo },
  )
}

/** Several at once are made one by one: what is answered is the first of them. */
async function create(ask: Ask): Promise<Answer> {
  const { control, caller } = ask
  const body = bodyOf(ask.body, 'Node')
  const metadata = body.maybe('metadata')
  const spec = body.at('spec')
  checkNodeSpec(spec)
  for (const needed of ['flavor', 'az']) spec.at(needed).text()
  spec.at('rootVolume').object()
  const nodeTemplate = readTemplate(spec)
  const count = spec.at('count').optionalInteger(1, MOST_AT_ONCE) ?? 1
  const named = metadata.maybe('name')
  const name = named.isAbsent ? undefined : named.name(NAME, NAME_RULE)
  const labels = metadata.maybe('labels').optionalObject()
  const annotations = metadata.maybe('annotations').optionalObject()

  const host = annotations?.[HOST_ANNOTATION]
  if (host !== undefined && count > 1) throw invalid('spec.count', 'must be 1 for a node that names its host')

  const cluster = await findCluster(ask)
  requireAvailable(cluster)
  const pool = poolFor(cluster, annotations?.[POOL])
  const record: NodeRecord = {
    spec: maskSecrets(spec.object()),
    ...(labels && { labels }),
    ...(annotations && { annotations }),
  }
  // Nodes of a pool are what its template says; those of none are described one by one.
  const profile = taggedProfile(spec.at('userTags').json())
  const own = isDefault(pool) ? { nodeTemplate, ...(profile !== undefined && { profile }) } : {}
  const made: { readonly node: Node; readonly job: string }[] = []
  for (let at = 0; at < count; at += 1) {
    const { node, action } = await control.nodes.createMember(caller, cluster.cluster.id, {
      pool: pool.pool.id,
      ...(name !== undefined && { name: count === 1 ? name : `${name}-${randomBytes(3).toString('hex')}` }),
      ...own,
      metadata: {
        [KEY]: record as NodeRecord & { readonly [name: string]: never },
        ...(typeof host === 'string' && { [HOST]: host }),
      },
    })
    made.push({ node, job: action.id })
  }
  const [first] = made
  const view = await control.nodes.get(caller, cluster.cluster.id, first!.node.id)
  return { status: 201, body: presentNode(view, cluster, first!.job) }
}

function poolFor(cluster: ClusterView, wanted: unknown): PoolView {
  const found = cluster.pools.find((view) =>
    typeof wanted === 'string' && wanted !== '' ? idOfPool(view) === wanted : isDefault(view),
  )
  if (found) return found
  throw invalid(
    `metadata.annotations["${POOL}"]`,
    `names ${String(wanted)}, which is no pool of this cluster`,
  )
}

async function show(ask: Ask): Promise<Answer> {
  const cluster = await findCluster(ask)
  return ok(presentNode(await findNode(ask, cluster), cluster))
}

async function update(ask: Ask): Promise<Answer> {
  const { control, caller } = ask
  const name = bodyOf(ask.body, 'Node').at('metadata').at('name').name(NAME, NAME_RULE)
  const cluster = await findCluster(ask)
  const { node } = await findNode(ask, cluster)
  if (name !== node.name) await control.nodes.update(caller, cluster.cluster.id, node.id, { name })
  return ok(presentNode(await findNode(ask, cluster), cluster))
}

/** `NoScaleDown` keeps the pool's size: another node takes its place. */
async function remove(ask: Ask): Promise<Answer> {
  const { control, caller, query } = ask
  const cluster = await findCluster(ask)
  const view = await findNode(ask, cluster)
  const { action } =
    query.get('nodepoolScaleDown') === 'NoScaleDown'
      ? await control.nodes.replace(caller, cluster.cluster.id, { nodes: [view.node.id] })
      : await control.nodes.delete(caller, cluster.cluster.id, view.node.id)
  const node = { ...view.node, status: 'Deleting' } as const
  return ok(presentNode({ ...view, node }, cluster, action.id))
}
