import { type Command, Option } from 'commander'
import type { OnFailure, Strategy, UpdateParams } from '../domain/update.ts'
import { durationSeconds, nodesOrPercentage, wholeNumber } from './parse.ts'

/** How an update goes about it, as options. */
export interface ParamsOptions {
  readonly strategy?: string
  readonly maxUnavailable?: number | string
  readonly batchPause?: number
  readonly minReady?: number
  readonly maxFailures?: number
  readonly onFailure?: OnFailure
  readonly progressDeadline?: number
  readonly nodeTimeout?: number
}

const STRATEGIES: Readonly<Record<string, Strategy>> = {
  rolling: 'ROLLING',
  force: 'FORCE',
  'no-restart': 'NO_RESTART',
}

/** Adds the options that say how an update goes about it. */
export function addParamsOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--strategy <strategy>',
        'rolling: some at a time; force: stop all, then start all; no-restart: put the code in place only',
      ).choices(Object.keys(STRATEGIES)),
    )
    .option('--max-unavailable <n|n%>', 'most nodes that may be away at once', nodesOrPercentage)
    .option(
      '--batch-pause <duration>',
      'move nodes in whole batches, with this pause in between',
      durationSeconds,
    )
    .option(
      '--min-ready <duration>',
      'how long a node must stay healthy to count as updated',
      durationSeconds,
    )
    .option('--max-failures <n>', 'failed nodes that are tolerated', wholeNumber)
    .addOption(
      new Option('--on-failure <what>', 'what to do when more than that failed').choices([
        'rollback',
        'pause',
        'continue',
      ] satisfies OnFailure[]),
    )
    .option(
      '--progress-deadline <duration>',
      'longest time without progress while nothing is in flight',
      durationSeconds,
    )
    .option('--node-timeout <duration>', 'longest time a node may take to become healthy', durationSeconds)
}

/** The parameters that were given; undefined if none was. */
export function paramsInput(options: ParamsOptions): Partial<UpdateParams> | undefined {
  const { strategy, maxUnavailable, batchPause, minReady } = options
  const { maxFailures, onFailure, progressDeadline, nodeTimeout } = options
  const params = {
    ...(strategy === undefined ? {} : { strategy: STRATEGIES[strategy]! }),
    ...(maxUnavailable === undefined ? {} : { maxUnavailable }),
    ...(batchPause === undefined ? {} : { batchPauseSeconds: batchPause }),
    ...(minReady === undefined ? {} : { minReadySeconds: minReady }),
    ...(maxFailures === undefined ? {} : { maxFailures }),
    ...(onFailure === undefined ? {} : { onFailure }),
    ...(progressDeadline === undefined ? {} : { progressDeadlineSeconds: progressDeadline }),
    ...(nodeTimeout === undefined ? {} : { nodeTimeoutSeconds: nodeTimeout }),
  }
  return Object.keys(params).length === 0 ? undefined : params
}
