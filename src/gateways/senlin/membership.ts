import type { NodeView } from '../../control/views.ts'
import { InvalidRequestError, NotFoundError } from '../../domain/errors.ts'
import type { Ask } from './ask.ts'
import { MalformedFault, RefusedFault } from './errors.ts'
import { boolean, isMap, readFields, string, uniqueList } from './fields.ts'
import { sized } from './sizes.ts'

/** `add_nodes` of a cluster. @returns the action's id */
export async function addNodes(ask: Ask, cluster: string, data: unknown): Promise<string> {
  const { nodes } = readNodes(data, ask, {})
  const { id, type } = await findCluster(ask, cluster)
  const { action } = await explained(
    () => ask.control.nodes.join(ask.caller, id, { nodes }),
    async () => (await whyNotJoin(ask, nodes, type, JOINING)).join(' '),
  )
  return action.id
}

/** `del_nodes` of a cluster. @returns the action's id */
export async function delNodes(ask: Ask, cluster: string, data: unknown): Promise<string> {
  const fields = { destroy_after_deletion: { check: boolean, since: 4 } } as const
  const { nodes, destroy_after_deletion: isDestroyed = false } = readNodes(data, ask, fields)
  const { id } = await findCluster(ask, cluster)
  const verb = isDestroyed ? 'remove' : 'leave'
  const { action } = await explained(
    () => ask.control.nodes[verb](ask.caller, id, { nodes }),
    async () => {
      const views = await look(ask, nodes)
      const missing = quote(nodes.filter((reference) => !views.has(reference)))
      if (missing !== '') return `Nodes not found: ${missing}.`
      const strangers = nodes.filter((reference) => views.get(reference)?.node.clusterId !== id)
      return `Nodes not members of specified cluster: ${quote(strangers)}.`
    },
  )
  return action.id
}

/** `replace_nodes` of a cluster: old members by the new ones that take their places. @returns the action's id */
export async function replaceNodes(ask: Ask, cluster: string, data: unknown): Promise<string> {
  const nodes = readPairs(data)
  const { id, type } = await findCluster(ask, cluster)
  const { action } = await explained(
    () => ask.control.nodes.replaceWith(ask.caller, id, { nodes }),
    async () => {
      const old = Object.keys(nodes)
      const views = await look(ask, old)
      const missing = quote(old.filter((reference) => !views.has(reference)))
      if (missing !== '') return `Original nodes not found: ${missing}.`
      const reasons = await whyNotJoin(ask, Object.values(nodes), type, REPLACING)
      const strangers = quote(old.filter((reference) => views.get(reference)?.node.clusterId !== id))
      const notMembers = `The specified nodes ${strangers} to be replaced are not members of the cluster ${id}.`
      return [...reasons, ...(strangers === '' ? [] : [notMembers])].join(' ')
    },
  )
  return action.id
}

/** Runs what the verb decides; what it refuses about nodes is told as this API tells it. */
async function explained<Result>(
  work: () => Promise<Result>,
  explain: () => Promise<string>,
): Promise<Result> {
  try {
    return await sized(work)
  } catch (error) {
    const isMissing = error instanceof NotFoundError && error.kind === 'node'
    const isRefused = error instanceof InvalidRequestError && error.field === 'nodes'
    if (!isMissing && !isRefused) throw error
    throw new RefusedFault((await explain()) || error.message, { cause: error })
  }
}

interface Words {
  readonly missing: (nodes: string) => string
  readonly taken: (nodes: string) => string
  readonly otherType: (nodes: string) => string
}

const JOINING: Words = {
  missing: (nodes) => `Nodes not found: ${nodes}.`,
  taken: (nodes) => `Nodes ${nodes} already owned by some cluster.`,
  otherType: (nodes) => `Profile type of nodes ${nodes} does not match that of the cluster.`,
}

const REPLACING: Words = {
  missing: (nodes) => `Replacement nodes not found: ${nodes}.`,
  taken: (nodes) => `Nodes ${nodes} already member of a cluster.`,
  otherType: (nodes) => `Profile type of nodes ${nodes} do not match that of the cluster.`,
}

/** Says of nodes that were refused what is the matter with them, one sentence for each reason. */
async function whyNotJoin(ask: Ask, nodes: readonly string[], type: string, words: Words): Promise<string[]> {
  const views = await look(ask, nodes)
  const say = (matches: (view: NodeView | undefined) => boolean, word: (list: string) => string) => {
    const list = quote(nodes.filter((reference) => matches(views.get(reference))))
    return list === '' ? [] : [word(list)]
  }
  return [
    ...say((view) => view === undefined, words.missing),
    ...say((view) => view !== undefined && view.cluster !== null, words.taken),
    ...say(
      (view) => view !== undefined && view.node.status !== 'Running',
      (list) => `Nodes are not ACTIVE: ${list}.`,
    ),
    ...say((view) => view?.profile != null && view.profile.type !== type, words.otherType),
  ]
}

/** Those that there are. */
async function look(ask: Ask, references: readonly string[]): Promise<ReadonlyMap<string, NodeView>> {
  const found = new Map<string, NodeView>()
  for (const reference of references) {
    try {
      found.set(reference, await ask.control.nodes.get(ask.caller, null, reference))
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error
    }
  }
  return found
}

async function findCluster(
  ask: Ask,
  reference: string,
): Promise<{ readonly id: string; readonly type: string }> {
  const { cluster, pools } = await ask.control.clusters.get(ask.caller, reference)
  return { id: cluster.id, type: pools[0]?.profile.type ?? '' }
}

function readNodes<const F extends Parameters<typeof readFields>[1]>(
  data: unknown,
  { minor }: Ask,
  fields: F,
) {
  if (isMap(data) && (data['nodes'] === undefined || data['nodes'] === null)) {
    throw new MalformedFault("Value for 'nodes' must have at least 1 item(s).")
  }
  return readFields(data, { ...fields, nodes: { check: uniqueList, required: true } } as const, minor)
}

function readPairs(data: unknown): Readonly<Record<string, string>> {
  const nodes = isMap(data) ? data['nodes'] : undefined
  if (!isMap(nodes) || Object.keys(nodes).length === 0)
    throw new MalformedFault('The data provided is not a map')
  const none = Object.keys(nodes).find((old) => nodes[old] === null)
  if (none !== undefined) throw new MalformedFault(`Field \`nodes[${none}]' cannot be None`)
  const pairs = Object.entries(nodes).map(([old, value]) => [old, string(value, 'nodes')] as const)
  if (new Set(pairs.map(([, value]) => value)).size < pairs.length) {
    throw new MalformedFault('Map contains duplicated values')
  }
  return Object.fromEntries(pairs)
}

/** `['a', 'b']`; empty if there is none. */
function quote(references: readonly string[]): string {
  return references.length === 0 ? '' : `[${references.map((each) => `'${each}'`).join(', ')}]`
}
