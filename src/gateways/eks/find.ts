import type { ClusterView } from '../../control/views.ts'
import { DEFAULT_POOL } from '../../domain/cluster.ts'
import { NotFoundError } from '../../domain/errors.ts'
import type { AwsAsk } from '../aws/service.ts'
import { invalidParameter } from './faults.ts'

/**
 * A cluster of this API: one that is on a version of the catalogue, and in no environment.
 * @throws NotFoundError
 */
export async function findCluster({ control, caller }: AwsAsk, name: string): Promise<ClusterView> {
  // What is no name, as an id or a path, is none of this API's.
  const view = /^[\w.-]+$/.test(name) ? await control.clusters.get(caller, name) : undefined
  const { cluster } = view ?? {}
  if (view && cluster?.name === name && cluster.platform !== null && cluster.environmentId === null)
    return view
  throw new NotFoundError('cluster', name)
}

/** That a node group of this name can be meant: `DefaultPool` is none, for it belongs to its cluster. @throws NotFoundError */
export function requireNodegroupName(name: string): string {
  if (name === DEFAULT_POOL || !/^[\w.-]+$/.test(name)) throw new NotFoundError('pool', name)
  return name
}

/**
 * One page of what comes all at once.
 * @param keyOf texts that grow from one item to the next
 * @throws AwsFault for a token that is none of ours
 */
export function pageOf<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  { maxResults = 100, nextToken }: { readonly maxResults?: number; readonly nextToken?: string },
): { readonly page: readonly Item[]; readonly nextToken?: string } {
  const after = nextToken === undefined ? '' : Buffer.from(nextToken, 'base64url').toString('utf8')
  if (nextToken !== undefined && !/^[\w.-]+$/.test(after)) {
    throw invalidParameter(`nextToken ${JSON.stringify(nextToken)} is not valid`)
  }
  const rest = items.filter((item) => keyOf(item) > after)
  const page = rest.slice(0, maxResults)
  const last = page.at(-1)
  if (last === undefined || page.length === rest.length) return { page }
  return { page, nextToken: Buffer.from(keyOf(last)).toString('base64url') }
}
