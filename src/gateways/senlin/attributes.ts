import type { JSONPathQuery, JSONValue } from 'json-p3'
import { type Answer, type Ask, ok } from './ask.ts'
import { MalformedFault } from './errors.ts'
import { listAll } from './list-query.ts'
import { presentDetails, presentNode } from './present.ts'

/** One attribute of every node of a cluster, found by a JSONPath over the node with its details. */
export async function collectAttributes(ask: Ask): Promise<Answer> {
  const path = await parsePath(ask.params['*'] ?? '')
  const { cluster } = await ask.control.clusters.get(ask.caller, ask.params['id']!)
  const all = { filters: {}, sort: 'index', marker: undefined, limit: 0, isGlobal: false }
  const filter = { cluster: cluster.id }
  const views = await listAll(ask, all, (caller, page) => ask.control.nodes.list(caller, filter, page))
  const ids = views.map(({ node }) => node.id)
  const details = await ask.control.nodes.details(ask.caller, ids)
  const found = views.flatMap((view) => {
    const node = { ...presentNode(view, ask), details: presentDetails(view, details) }
    const [first] = path.query(node as JSONValue).values()
    return first === undefined ? [] : [{ id: view.node.id, value: first }]
  })
  return ok('cluster_attributes', found)
}

/** Clients write `details.status` as well as `$.details.status`. @throws MalformedFault */
async function parsePath(text: string): Promise<JSONPathQuery> {
  // Clients written in Python say so when they were given nothing.
  if (text === '' || text === 'None') throw new MalformedFault('Required path attribute is missing.')
  // Loaded when somebody asks: most servers run without it for ever.
  const { compile, JSONPathError } = await import('json-p3')
  try {
    return compile(text.startsWith('$') ? text : text.startsWith('[') ? `$${text}` : `$.${text}`)
  } catch (error) {
    if (!(error instanceof JSONPathError)) throw error
    throw new MalformedFault(`The path '${text}' is not a JSONPath: ${error.message}`)
  }
}
