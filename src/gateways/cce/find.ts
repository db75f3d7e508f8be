import type { ClusterView, NodeView, PoolView } from '../../control/views.ts'
import { DEFAULT_POOL } from '../../domain/cluster.ts'
import { NotFoundError } from '../../domain/errors.ts'
import type { Ask } from './ask.ts'
import { Fault, notFound } from './errors.ts'

/** All of these find what the path names, by its id alone. @throws Fault 404 */
export async function findCluster({ control, caller, params }: Ask): Promise<ClusterView> {
  const id = params['cluster'] ?? ''
  const view = await orMissing('cluster', id, control.clusters.get(caller, id))
  return view.cluster.id === id ? view : missing('cluster', id)
}

export function findPool(ask: Ask, cluster: ClusterView): PoolView {
  const id = ask.params['pool'] ?? ''
  return cluster.pools.find((view) => idOfPool(view) === id) ?? missing('node pool', id)
}

export async function findNode({ control, caller, params }: Ask, cluster: ClusterView): Promise<NodeView> {
  const id = params['node'] ?? ''
  const view = await orMissing('node', id, control.nodes.get(caller, cluster.cluster.id, id))
  return view.node.id === id ? view : missing('node', id)
}

/** The pool that nodes are in that are in none has a name instead of an id. */
export function idOfPool({ pool }: Pick<PoolView, 'pool'>): string {
  return isDefault({ pool }) ? DEFAULT_POOL : pool.id
}

export function isDefault({ pool }: Pick<PoolView, 'pool'>): boolean {
  return pool.name === DEFAULT_POOL
}

/** @throws Fault 403 unless the cluster is in a state in which pools may be worked on */
export function requireAvailable({ cluster }: ClusterView): void {
  if (cluster.status !== 'Creating' && cluster.status !== 'Deleting') return
  const state = cluster.status.toLowerCase()
  throw new Fault(403, 'CCE.01403009', `cluster ${cluster.id} is ${state}; wait until it is Available`)
}

async function orMissing<Found>(kind: string, id: string, found: Promise<Found>): Promise<Found> {
  try {
    return await found
  } catch (error) {
    if (error instanceof NotFoundError && error.kind !== 'project') throw notFound(kind, id)
    throw error
  }
}

function missing(kind: string, id: string): never {
  throw notFound(kind, id)
}
