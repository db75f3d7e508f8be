import type { FastifyInstance } from 'fastify'
import { messageOf, TimedOutError } from '../domain/errors.ts'
import type { Store } from '../store/store.ts'

/** What is said of one thing that the server needs. */
interface Fitness {
  readonly healthy: boolean
  /** For people: "its lease is fresh". */
  readonly because: string
}

/** What readiness is judged by. */
export interface HealthDeps {
  /** For health and metrics; everything else goes through `control`. */
  readonly store: Store
  /** Healthy while its lease is fresh. */
  engineHealth(): Fitness
  /** On the disk of the data folder. */
  freeBytes(): Promise<number>
}

const STORE_TIMEOUT_MS = 2000
/**
 * With less, some writes fail and others do not: a database's log writes over space that it has, so neither a small
 * transaction nor a heartbeat tells.
 */
const LEAST_FREE_BYTES = 1024 ** 2

/** `/healthz`: the process answers. `/readyz`: it can do its work, else 503 with what is missing. */
export function useHealth(app: FastifyInstance, { store, engineHealth, freeBytes }: HealthDeps): void {
  app.get('/healthz', { schema: { hide: true } }, async () => ({ status: 'ok' }))
  app.get('/readyz', { schema: { hide: true } }, async (_request, reply) => {
    const [written, disk] = await Promise.all([checkStore(store), checkDisk(freeBytes)])
    const checks = { store: written, engine: engineHealth(), disk }
    const ready = Object.values(checks).every(({ healthy }) => healthy)
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready', checks })
  })
}

/** A transaction of the writer: it fails when the database is gone, and hangs when somebody holds its lock. */
async function checkStore(store: Store): Promise<Fitness> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    const error = new TimedOutError(`no write was possible within ${STORE_TIMEOUT_MS} ms`)
    timer = setTimeout(() => reject(error), STORE_TIMEOUT_MS)
  })
  try {
    await Promise.race([store.write(async () => {}), late])
    return { healthy: true, because: 'writable' }
  } catch (error) {
    return { healthy: false, because: messageOf(error) }
  } finally {
    clearTimeout(timer)
  }
}

async function checkDisk(freeBytes: HealthDeps['freeBytes']): Promise<Fitness> {
  try {
    const free = await freeBytes()
    if (free >= LEAST_FREE_BYTES) return { healthy: true, because: 'has space' }
    return { healthy: false, because: `${free} bytes are free where the data folder is; make space` }
  } catch (error) {
    return { healthy: false, because: `the data folder cannot be looked at: ${messageOf(error)}` }
  }
}
