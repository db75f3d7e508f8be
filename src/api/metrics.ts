import type { FastifyInstance } from 'fastify'
import { collectDefaultMetrics, Gauge, Histogram, type Registry } from 'prom-client'
import { DRIFT_KINDS } from '../domain/drift.ts'
import { countClusters } from '../store/clusters.ts'
import { countDriftedNodes } from '../store/node-sync.ts'
import { countNodesByStatus } from '../store/nodes.ts'
import type { Store } from '../store/store.ts'
import { countUpdatesInFlight } from '../store/updates.ts'
import type { Authenticate } from './caller.ts'

/** Scrapers that come more often than this get the numbers from before. */
const FRESH_MS = 2000

/**
 * Measures every request by route, and serves all of `registry` at `/metrics` for Prometheus.
 * @param options.access `key`: a credential is needed
 */
export function useMetrics(
  app: FastifyInstance,
  registry: Registry,
  store: Store,
  options: { readonly access: 'open' | 'key'; readonly authenticate: Authenticate },
): void {
  const durations = new Histogram({
    name: 'drover_http_request_duration_seconds',
    help: 'Time from the first byte of a request to the last of its answer.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30],
    registers: [registry],
  })
  // Its default wakes an idle process a hundred times a second.
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 1000 })
  addGauges(registry, store)

  app.addHook('onResponse', async (request, reply) => {
    // The pattern, not the path: one series a route, whatever clients ask for.
    const route = request.routeOptions.url ?? 'none'
    durations.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1000)
  })
  app.get('/metrics', { schema: { hide: true } }, async (request, reply) => {
    if (options.access === 'key') await options.authenticate(request.headers.authorization, request.ip)
    return reply.type(registry.contentType).send(await registry.metrics())
  })
}

function addGauges(registry: Registry, store: Store): void {
  const count = counter(store)
  new Gauge({
    name: 'drover_clusters',
    help: 'Clusters of all projects.',
    registers: [registry],
    async collect() {
      this.set((await count()).clusters)
    },
  })
  new Gauge({
    name: 'drover_nodes',
    help: 'Nodes of all projects by status.',
    labelNames: ['status'],
    registers: [registry],
    async collect() {
      this.reset()
      for (const { status, count: nodes } of (await count()).nodes) this.set({ status }, nodes)
    },
  })
  new Gauge({
    name: 'drover_nodes_drifted',
    help: 'Nodes of all projects whose real state differs from their revision, by how it does.',
    labelNames: ['kind'],
    registers: [registry],
    async collect() {
      this.reset()
      const found = new Map((await count()).drifted.map(({ drift, count: nodes }) => [drift, nodes]))
      // Each kind from the start, so that an alert sees the first one come.
      for (const kind of DRIFT_KINDS) this.set({ kind }, found.get(kind) ?? 0)
    },
  })
  new Gauge({
    name: 'drover_updates_in_flight',
    help: 'Updates that have not ended.',
    registers: [registry],
    async collect() {
      this.set((await count()).updates)
    },
  })
}

/** One read for all gauges of a scrape. */
function counter(store: Store) {
  const read = () =>
    store.read(async (tx) => ({
      clusters: await countClusters(tx),
      nodes: await countNodesByStatus(tx),
      drifted: await countDriftedNodes(tx),
      updates: await countUpdatesInFlight(tx),
    }))
  let last: { readonly at: number; readonly counts: ReturnType<typeof read> } | undefined
  return () => {
    const now = performance.now()
    if (last === undefined || now - last.at > FRESH_MS) {
      const counts = read()
      last = { at: now, counts }
      counts.catch(() => {
        last = undefined
      })
    }
    return last.counts
  }
}
