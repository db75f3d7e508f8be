import type { ClusterView } from '../../control/views.ts'
import type { JsonObject } from '../../domain/ids.ts'
import { type Answer, type Ask, ok, type Table } from './ask.ts'
import { isProtected } from './errors.ts'
import { findCluster } from './find.ts'
import { KEY, presentCluster, specOf, toClusterPhase } from './present-cluster.ts'
import { profileFor } from './profiles.ts'
import { bodyOf, type Member } from './read.ts'

export const clusterRoutes: Table = {
  '/clusters': { GET: listAll, POST: create },
  '/clusters/:cluster': { GET: show, PUT: update, DELETE: remove },
}

const NAME = /^[a-z]([a-z0-9-]{2,61})[a-z0-9]$/
const NAME_RULE =
  'must have 4 to 63 lower-case letters, digits and hyphens, begin with a letter, and not end with a hyphen'
const PAGE = 1000

async function listAll(ask: Ask): Promise<Answer> {
  const { control, caller, query } = ask
  const isDetailed = query.get('detail') === 'true'
  const views: ClusterView[] = []
  let cursor: string | undefined
  do {
    const page = { limit: PAGE, sort: 'createdAt', ...(cursor !== undefined && { cursor }) }
    const found = await control.clusters.list(caller, {}, page)
    views.push(...found.items)
    cursor = found.nextCursor ?? undefined
  } while (cursor !== undefined)
  const [status, type, version] = ['status', 'type', 'version'].map((name) => query.get(name))
  const items = views.filter((view) => {
    const spec = specOf(view)
    return (
      (!status || toClusterPhase(view) === status) &&
      (!type || spec['type'] === type) &&
      (!version || spec['version'] === version)
    )
  })
  return ok({
    kind: 'Cluster',
    apiVersion: 'v3',
    items: items.map((view) => presentCluster(view, { isDetailed })),
  })
}

async function create(ask: Ask): Promise<Answer> {
  const { control, caller } = ask
  const body = bodyOf(ask.body, 'Cluster')
  const metadata = body.at('metadata')
  const spec = body.at('spec')
  const name = metadata.at('name').name(NAME, NAME_RULE)
  checkSpec(spec)
  const profile = await profileFor(ask, spec.at('clusterTags').json())
  const { cluster, action } = await control.clusters.create(caller, {
    name,
    profile,
    size: 0,
    // What nodes are called that nobody gave a name.
    config: { 'node.name.default': `${name.slice(0, 46)}-$8R` },
    attributes: {
      [KEY]: {
        spec: spec.object(),
        ...given(metadata, 'alias', 'annotations', 'labels', 'timezone'),
      },
    },
  })
  const view = await control.clusters.get(caller, cluster.id)
  return { status: 201, body: presentCluster(view, { jobId: action.id }) }
}

async function show(ask: Ask): Promise<Answer> {
  const isDetailed = ask.query.get('detail') === 'true'
  return ok(presentCluster(await findCluster(ask), { isDetailed }))
}

async function update(ask: Ask): Promise<Answer> {
  const { control, caller } = ask
  const { cluster, ...view } = await findCluster(ask)
  const body = bodyOf(ask.body)
  const changes = body.at('spec')
  changes.at('description').optionalText()
  changes.at('deletionProtection').optionalBoolean()
  const alias = body.maybe('metadata').maybe('alias')
  const patch: JsonObject = {
    spec: { ...specOf({ cluster }), ...changes.object() },
    ...(!alias.isAbsent && { alias: alias.name(NAME, NAME_RULE) }),
  }
  const changed = await control.clusters.setAttributes(caller, cluster.id, { key: KEY, patch })
  return ok(presentCluster({ ...view, cluster: changed }))
}

/** Options about disks and networks have nothing to be applied to. */
async function remove(ask: Ask): Promise<Answer> {
  const { control, caller, query } = ask
  const view = await findCluster(ask)
  if (specOf(view)['deletionProtection'] === true) throw isProtected(view.cluster.id)
  // Only stores the options for later.
  if (query.get('tobedeleted') === 'true') return ok(presentCluster(view))
  const { cluster, action } = await control.clusters.delete(caller, view.cluster.id)
  return ok(presentCluster({ ...view, cluster }, { jobId: action.id }))
}

function checkSpec(spec: Member): void {
  const host = spec.at('hostNetwork')
  host.at('vpc').text()
  host.at('subnet').text()
  const modes = /^(overlay_l2|vpc-router|eni)$/
  spec.at('containerNetwork').at('mode').name(modes, 'must be overlay_l2, vpc-router or eni')
  const type = spec.at('type')
  if (!type.isAbsent) type.name(/^(VirtualMachine|ARM64)$/, 'must be VirtualMachine or ARM64')
  const description = spec.at('description')
  if (!description.isAbsent) description.name(/^[\s\S]{0,200}$/, 'must have at most 200 characters')
  spec.at('deletionProtection').optionalBoolean()
}

/** Members that are there, as they are. */
function given(member: Member, ...names: readonly string[]): JsonObject {
  const found = names.filter((name) => !member.at(name).isAbsent)
  return Object.fromEntries(found.map((name) => [name, member.object()[name]!]))
}
