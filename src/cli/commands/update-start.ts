import type { Command } from 'commander'
import { addCommand, type Cli } from '../command.ts'
import {
  addConflictOption,
  addParamsOptions,
  type ConflictOptions,
  type ParamsOptions,
  paramsInput,
} from '../params-options.ts'
import { collect, wholeNumber } from '../parse.ts'
import { type PlanResource, showPlan } from '../plan-view.ts'
import { addSoftwareOptions, type SoftwareOptions, softwareInput } from '../software-options.ts'
import { type AcceptedUpdate, addWatchOptions, reportUpdate, type WaitOptions } from '../wait.ts'

interface StartOptions extends SoftwareOptions, ParamsOptions, ConflictOptions {
  readonly pool?: string
  readonly revision?: number
  readonly repair?: boolean
  readonly node?: readonly string[]
  readonly description?: string
}

/** `drover update start` and `plan`: the same options; one does it, the other says what would be done. */
export function addUpdateStartCommands(noun: Command, cli: Cli): void {
  addWatchOptions(
    addStartOptions(
      addCommand(
        noun,
        cli,
        {
          usage: 'start <cluster>',
          summary: 'move nodes to other code, another profile, or another revision',
          details:
            'What is not named stays as it is in the committed revision. How many nodes move at a time, and what happens ' +
            "when some fail, comes from these options, then from the pool's update defaults.",
          examples: [
            'update start web --bundle web@2 --watch',
            'update start web --bundle web@2 --max-unavailable 25% --min-ready 5s --wait --timeout 30m',
            'update start web --arg threads=8 --node web-1 --description "one node first"',
            'update start web --repair --wait',
          ],
        },
        async (session, options: StartOptions & WaitOptions, cluster: string) => {
          const path = session.inProject`/clusters/${cluster}/updates`
          const accepted = await session.client.post<AcceptedUpdate>(path, startInput(options))
          return reportUpdate(session, accepted, options)
        },
      ),
    ),
  )

  addStartOptions(
    addCommand(
      noun,
      cli,
      {
        usage: 'plan <cluster>',
        summary: 'show what "update start" would do with the same options; nothing is changed',
        examples: [
          'update plan web --bundle web@2',
          'update plan web --bundle web@2 --max-unavailable 50% -o json',
        ],
      },
      async (session, options: StartOptions, cluster: string) => {
        const path = session.inProject`/clusters/${cluster}/updates/plan`
        showPlan(session, await session.client.post<PlanResource>(path, startInput(options)))
      },
    ),
  )
}

function addStartOptions(command: Command): Command {
  const software = addSoftwareOptions(command.option('--pool <pool>', 'the node pool (default: DefaultPool)'))
  return addConflictOption(addParamsOptions(software))
    .option('--revision <n>', 'move to this revision, which exists already', wholeNumber)
    .option('--repair', 'bring nodes that differ back to the committed revision')
    .option('--node <node>', 'only this node; repeat for several', collect)
    .option('--description <text>', 'a word for people')
}

function startInput(options: StartOptions): Readonly<Record<string, unknown>> {
  return {
    pool: options.pool,
    ...softwareInput(options),
    revision: options.revision,
    params: paramsInput(options),
    onConflict: options.onConflict,
    nodes: options.node,
    type: options.repair ? 'Repair' : undefined,
    description: options.description,
  }
}
