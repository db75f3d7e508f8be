import type { Command } from 'commander'
import { addCommand, type Cli } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import {
  addConflictOption,
  addParamsOptions,
  type ConflictOptions,
  type ParamsOptions,
  paramsInput,
} from '../params-options.ts'
import { wholeNumber } from '../parse.ts'
import { type PlanResource, showPlan } from '../plan-view.ts'
import { type AcceptedUpdate, addWatchOptions, reportUpdate, type WaitOptions } from '../wait.ts'

interface RollbackOptions extends ParamsOptions, ConflictOptions, WaitOptions {
  readonly pool?: string
  readonly toRevision?: number
  readonly description?: string
  readonly plan?: boolean
}

/** `drover rollback`: an update to an earlier revision. */
export function addRollbackCommand(program: Command, cli: Cli): void {
  addWatchOptions(
    addConflictOption(
      addParamsOptions(
        addCommand(
          program,
          cli,
          {
            usage: 'rollback <cluster>',
            summary: 'move nodes back to an earlier revision',
            details:
              'This is an update like any other. To stop one that is still going on: drover update cancel.',
            examples: [
              'rollback web --watch',
              'rollback web --to-revision 3 --max-unavailable 50% --wait',
              'rollback web --plan',
            ],
          },
          async (session, options: RollbackOptions, cluster: string) => {
            const { pool, toRevision, onConflict, description } = options
            const body = { pool, toRevision, params: paramsInput(options), onConflict, description }
            const path = session.inProject`/clusters/${cluster}/rollback`
            if (options.plan) {
              showPlan(session, await session.client.post<PlanResource>(`${path}/plan`, body))
              return EXIT.ok
            }
            const accepted = await session.client.post<AcceptedUpdate>(path, body)
            return reportUpdate(session, accepted, options)
          },
        )
          .option('--to-revision <n>', 'default: the one committed before the present one', wholeNumber)
          .option('--pool <pool>', 'the node pool (default: DefaultPool)')
          .option('--description <text>', 'a word for people')
          .option('--plan', 'only show what would be done; nothing is changed'),
      ),
    ),
  )
}
