import type { FastifyInstance } from 'fastify'
import { messageOf, TimedOutError } from '../domain/errors.ts'
import type { Store } from '../store/store.ts'

/** What the engine says about itself. */
interface EngineHealth {
  /** Its heartbeat is fresh. */
  readonly healthy: boolean
  /** For people: "heartbeat 2 s ago". */
  readonly because: string
}

/** What readiness is judged by. */
export interface HealthDeps {
  /** For health and metrics; everything else goes through `control`. */
  readonly store: Store
  engineHealth(): EngineHealth
}

const STORE_TIMEOUT_MS = 2000

/** `/healthz`: the process answers. `/readyz`: it can do its work, else 503 with what is missing. */
export function useHealth(app: FastifyInstance, { store, engineHealth }: HealthDeps): void {
  app.get('/healthz', { schema: { hide: true } }, async () => ({ status: 'ok' }))
  app.get('/readyz', { schema: { hide: true } }, async (_request, reply) => {
    const checks = { store: await checkStore(store), engine: engineHealth() }
    const ready = checks.store.healthy && checks.engine.healthy
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready', checks })
  })
}

/** A transaction of the writer: it fails when the database is gone, and hangs when somebody holds its lock. */
async function checkStore(store: Store): Promise<EngineHealth> {
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
