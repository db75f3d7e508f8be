import { ForbiddenError } from '../../domain/errors.ts'
import type { Answer, Ask, Table } from './ask.ts'
import { ok } from './ask.ts'
import { presentService } from './present.ts'

export const serviceRoutes: Table = {
  '/build-info': { GET: { run: buildInfo } },
  '/services': { GET: { since: 7, run: services } },
}

async function buildInfo(): Promise<Answer> {
  return ok('build_info', { api: { revision: REVISION }, engine: { revision: REVISION } })
}

/** Of what this gateway speaks; clients show it and do nothing else with it. */
const REVISION = '1.0'

async function services({ control, caller, clock }: Ask): Promise<Answer> {
  // This API shows its workers to administrators only; what ours tell is open to everybody with a role.
  if (!caller.principal.grants.some(({ role }) => role === 'administrator')) {
    throw new ForbiddenError('services are shown to administrators only')
  }
  const engines = await control.engines.list(caller)
  return ok(
    'services',
    engines.map((engine) => presentService(engine, clock.now())),
  )
}
