import { after } from 'node:test'
import { openPostgresStore } from '../store/postgres/postgres-store.ts'
import { startTestPostgres } from '../store/postgres/test-server.ts'
import { silentLog } from '../system/log.ts'
import { setBenchStore } from './test-bench.ts'

/** The engine's own suites again, on PostgreSQL. */
const server = startTestPostgres()
setBenchStore(async () =>
  openPostgresStore({ url: await (await server).createDatabase(), poolSize: 4, log: silentLog }),
)
await import('./updates.test.ts')
await import('./clusters.test.ts')
await import('./handover.test.ts')
await import('./policy-actions.test.ts')
// After theirs, which close their engines.
after(async () => (await server).close())
