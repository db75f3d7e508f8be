import type { Answer, Client, Drover } from './drover.ts'
import type { Random } from './random.ts'

/** A change that is asked for. The key makes it safe to ask again. */
export interface ChangeRequest {
  readonly method: 'POST' | 'DELETE'
  readonly path: string
  readonly body?: unknown
  readonly idempotencyKey: string
  /** The cluster that it is about. */
  readonly cluster: string
}

export interface ClusterView {
  readonly id: string
  readonly name: string
  readonly status: string
  readonly pools: readonly { readonly id: string; readonly desiredCapacity: number }[]
}

export interface NodeView {
  readonly id: string
  readonly name: string
  readonly status: string
  readonly physicalId: string | null
  readonly endpoint: { readonly host: string; readonly port: number } | null
}

export interface UpdateView {
  readonly id: string
  /** The name of its cluster. */
  readonly cluster: string
  readonly status: string
  readonly because: string
  readonly endedAt: string | null
}

const VERSIONS = ['1', '2', '2', '1', '3-broken'] as const
const OPEN_UPDATES = 'status=Pending&status=InProgress&status=Paused&status=RollingBack'

/** Flags of `serve` for a range of node ports apart from other tests' on this machine. */
export function choosePorts(random: Random): readonly string[] {
  const from = 20_000 + 200 * random.between(0, 49)
  return ['--process-port-from', String(from), '--process-port-to', String(from + 199)]
}

/** Publishes the versions of the example and makes a cluster `web` of the first one. */
export async function createWeb(drover: Drover, size: number): Promise<void> {
  for (const version of ['v1', 'v2', 'v3-broken']) {
    await drover.json(['bundle', 'publish', `examples/hello-http/${version}`])
  }
  const create = ['cluster', 'create', 'web', '--bundle', 'hello-http@1']
  await drover.json([...create, '--size', String(size), '--max', '8', '--wait'])
}

export async function listClusters(client: Client): Promise<readonly ClusterView[]> {
  return (await client.get<{ items: ClusterView[] }>('/clusters?limit=100')).items
}

export async function listNodes(client: Client, cluster: string): Promise<readonly NodeView[]> {
  return (await client.get<{ items: NodeView[] }>(`/clusters/${cluster}/nodes?limit=1000`)).items
}

/** Updates that have not ended. */
export async function listOpenUpdates(client: Client): Promise<readonly UpdateView[]> {
  return (await client.get<{ items: UpdateView[] }>(`/updates?${OPEN_UPDATES}&limit=100`)).items
}

/** Sends the request as it is, once. */
export function send(client: Client, request: ChangeRequest): Promise<Answer> {
  const { method, path, body, idempotencyKey } = request
  return client.ask(method, path, {
    ...(body !== undefined && { body }),
    headers: { 'idempotency-key': idempotencyKey },
  })
}

/** Thinks of something that somebody could ask for now. Not all of it will be accepted. */
export async function chooseRequest(
  client: Client,
  random: Random,
  idempotencyKey: string,
  maxClusters: number,
): Promise<ChangeRequest | null> {
  const clusters = await listClusters(client)
  const cluster = random.pick(clusters)?.name
  const create = (name: string): ChangeRequest => {
    const code = { bundle: `hello-http@${random.pick(['1', '2'])}` }
    const body = { name, profile: 'process', code, size: random.between(1, 3), maxSize: 8 }
    return { method: 'POST', path: '/clusters', body, idempotencyKey, cluster: name }
  }
  const mayCreate = clusters.length < maxClusters
  if (cluster === undefined || (mayCreate && random.chance(0.15))) return create(`c${random.between(1, 999)}`)

  const of = (path: string, body?: unknown): ChangeRequest => ({
    method: 'POST',
    path: `/clusters/${cluster}${path}`,
    ...(body !== undefined && { body }),
    idempotencyKey,
    cluster,
  })
  const dice = random.between(1, 100)
  if (dice <= 38) return of('/updates', chooseUpdate(random))
  if (dice <= 60) {
    const update = random.pick(await listOpenUpdates(client))
    if (update === undefined) return of('/updates', chooseUpdate(random))
    const [verb, body] = random.pick([
      ['cancel', { mode: 'roll-back' }],
      ['cancel', { mode: 'stop-here' }],
      ['pause', {}],
      ['resume', {}],
      ['resume', {}],
    ] as const)!
    const path = `/updates/${update.id}/${verb}`
    return { method: 'POST', path, body, idempotencyKey, cluster: update.cluster }
  }
  if (dice <= 72) return of('/resize', { desiredCapacity: random.between(2, 7) })
  if (dice <= 76) return of('/recover', {})
  if (dice <= 79) return of('/nodes/add', { count: random.between(1, 2) })
  if (dice <= 81) return of('/rollback', {})
  if (dice <= 83 && clusters.length > 1) {
    return { method: 'DELETE', path: `/clusters/${cluster}`, idempotencyKey, cluster }
  }
  const node = random.pick(await listNodes(client, cluster))?.name
  if (node === undefined) return null
  if (dice <= 88) return of('/nodes/remove', { nodes: [node] })
  if (dice <= 93) return of('/nodes/replace', { nodes: [node] })
  return of(`/nodes/${node}/recover`, {})
}

function chooseUpdate(random: Random): unknown {
  return {
    code: { bundle: `hello-http@${random.pick(VERSIONS)}` },
    params: {
      strategy: random.pick(['ROLLING', 'ROLLING', 'ROLLING', 'FORCE', 'NO_RESTART']),
      maxUnavailable: random.pick([1, 2, '50%']),
      minReadySeconds: random.between(0, 1),
      onFailure: random.pick(['rollback', 'rollback', 'pause', 'continue']),
      nodeTimeoutSeconds: 10,
      // A failed node may use up the budget: then nobody moves until somebody helps, or this is over.
      progressDeadlineSeconds: 20,
    },
  }
}
