import { ForbiddenError } from '../domain/errors.ts'
import { listEngines } from '../store/leases.ts'
import type { ControlDeps } from './control.ts'
import { recordRefusal } from './perform.ts'
import type { EngineVerbs } from './verbs.ts'

export function createEngineVerbs(deps: ControlDeps): EngineVerbs {
  return {
    list: (asker) =>
      recordRefusal(deps, asker, 'engines.list', async () => {
        if (asker.principal.grants.length === 0) {
          throw new ForbiddenError(`engines.list needs some role, and ${asker.principal.name} has none`)
        }
        return await deps.store.read(listEngines)
      }),
  }
}
