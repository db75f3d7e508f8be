import { type Command, Option } from 'commander'
import type {
  AfterHold,
  OnConflict,
  OnFailure,
  Strategy,
  UpdateOrder,
  UpdateParams,
} from '../domain/update.ts'
import { durationSeconds, listOfNodes, nodesOrPercentage, orderOf } from './parse.ts'

/** What becomes of an update that another one is in the way of, as an option. */
export interface ConflictOptions {
  readonly onConflict?: OnConflict
}

/** Adds `--on-conflict`. */
export function addConflictOption(command: Command): Command {
  return command.addOption(
    new Option(
      '--on-conflict <what>',
      'when another update has the pool: refuse this one, queue it, or let it supersede (take over)',
    ).choices(['refuse', 'queue', 'supersede'] satisfies OnConflict[]),
  )
}

/** How an update goes about it, as options. */
export interface ParamsOptions {
  readonly strategy?: string
  readonly order?: UpdateOrder
  readonly maxUnavailable?: number | string
  readonly maxSurge?: number | string
  readonly batchPause?: number
  readonly checkpoints?: readonly (number | string)[]
  readonly hold?: number
  readonly afterHold?: AfterHold
  readonly minReady?: number
  readonly bake?: number
  readonly maxFailures?: number | string
  readonly maxUnhealthyUpdated?: number | string
  readonly maxUnhealthy?: number | string
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
    .option(
      '--order <order>',
      'index, reverse-index, zone, random:<seed>, or nodes like web-3,web-1; those that do not serve come first',
      orderOf,
    )
    .option('--max-unavailable <n|n%>', 'most nodes that may be away at once', nodesOrPercentage)
    .option(
      '--max-surge <n|n%>',
      'most nodes that may have a replacement started beside them, and serve until it does (default: none)',
      nodesOrPercentage,
    )
    .option(
      '--batch-pause <duration>',
      'move nodes in whole batches, with this pause in between',
      durationSeconds,
    )
    .option(
      '--checkpoints <n|n%,...>',
      'hold once so many nodes are updated, until "update continue" or until --hold is over',
      listOfNodes,
    )
    .option(
      '--hold <duration>',
      'how long each checkpoint holds at most (default: no limit)',
      durationSeconds,
    )
    .addOption(
      new Option('--after-hold <what>', 'what to do when that is over (default: continue)').choices([
        'continue',
        'roll-back',
      ] satisfies AfterHold[]),
    )
    .option(
      '--min-ready <duration>',
      'how long a node must stay healthy to count as updated',
      durationSeconds,
    )
    .option(
      '--bake <duration>',
      'how long updated nodes have to stay well before the revision is committed',
      durationSeconds,
    )
    .option('--max-failures <n|n%>', 'failed nodes that are tolerated', nodesOrPercentage)
    .option(
      '--max-unhealthy-updated <n|n%>',
      'updated nodes that may become unhealthy again (default: they count as failed)',
      nodesOrPercentage,
    )
    .option(
      '--max-unhealthy <n|n%>',
      'touch no node that serves while more of the pool do not serve',
      nodesOrPercentage,
    )
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
  const params = {
    strategy: options.strategy && STRATEGIES[options.strategy],
    order: options.order,
    maxUnavailable: options.maxUnavailable,
    maxSurge: options.maxSurge,
    batchPauseSeconds: options.batchPause,
    checkpoints: options.checkpoints,
    holdSeconds: options.hold,
    afterHold: options.afterHold,
    minReadySeconds: options.minReady,
    bakeSeconds: options.bake,
    maxFailures: options.maxFailures,
    maxUnhealthyUpdated: options.maxUnhealthyUpdated,
    maxUnhealthy: options.maxUnhealthy,
    onFailure: options.onFailure,
    progressDeadlineSeconds: options.progressDeadline,
    nodeTimeoutSeconds: options.nodeTimeout,
  } satisfies { readonly [Name in keyof UpdateParams]: unknown }
  const given = Object.entries(params).filter(([, value]) => value !== undefined)
  return given.length === 0 ? undefined : (Object.fromEntries(given) as Partial<UpdateParams>)
}
