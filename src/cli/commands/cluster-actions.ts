import type { Command } from 'commander'
import { UsageError } from '../cli-error.ts'
import { addCommand, type Cli } from '../command.ts'
import { type Bound, boundInput, boundOrNone, wholeNumber } from '../parse.ts'
import { addRecoveryOption, type RecoverOptions } from '../recovery-option.ts'
import type { Accepted } from '../resources.ts'
import { addWaitOptions, reportAction, type WaitOptions } from '../wait.ts'

interface ResizeOptions extends WaitOptions {
  readonly pool?: string
  readonly size?: number
  readonly min?: number
  readonly max?: Bound
}

/** The commands that change a cluster's size or see to its nodes' health. */
export function addClusterActionCommands(noun: Command, cli: Cli): void {
  addWaitOptions(
    addCommand(
      noun,
      cli,
      {
        usage: 'resize <cluster>',
        summary: "set a cluster's size, and the bounds it stays in",
        examples: [
          'cluster resize web 8 --wait',
          'cluster resize web --min 2 --max 20',
          'cluster resize web 4 --pool spot',
        ],
      },
      async (session, options: ResizeOptions, ref: string, size: number | undefined) => {
        if (size === undefined && options.min === undefined && options.max === undefined) {
          throw new UsageError('nothing to change', `for example: drover cluster resize ${ref} 6`)
        }
        const body = {
          pool: options.pool,
          desiredCapacity: size,
          minSize: options.min,
          maxSize: boundInput(options.max),
        }
        const accepted = await session.client.post<Accepted>(session.inProject`/clusters/${ref}/resize`, body)
        return reportAction(session, accepted, sizeSentence(ref, accepted), options)
      },
    )
      .argument('[size]', 'how many nodes', wholeNumber)
      .option('--pool <pool>', 'the node pool (default: DefaultPool)')
      .option('--min <n>', 'smallest size', wholeNumber)
      .option('--max <n|none>', 'largest size', boundOrNone),
  )
  addAdjust(noun, cli)
  const directions = [
    ['scale-out', 'add nodes to a cluster'],
    ['scale-in', 'take nodes away from a cluster'],
  ] as const
  for (const [direction, summary] of directions) {
    addWaitOptions(
      addCommand(
        noun,
        cli,
        {
          usage: `${direction} <cluster>`,
          summary,
          examples: [`cluster ${direction} web`, `cluster ${direction} web --count 2 --wait`],
        },
        async (
          session,
          options: WaitOptions & { readonly pool?: string; readonly count?: number },
          ref: string,
        ) => {
          const body = { pool: options.pool, count: options.count }
          const path = session.inProject`/clusters/${ref}/${direction}`
          const accepted = await session.client.post<Accepted>(path, body)
          return reportAction(session, accepted, scaleSentence(ref, accepted), options)
        },
      )
        .option('--pool <pool>', 'the node pool (default: DefaultPool)')
        .option('--count <n>', 'how many nodes (default: 1, or what a scaling policy says)', wholeNumber),
    )
  }

  addWaitOptions(
    addCommand(
      noun,
      cli,
      {
        usage: 'check <cluster>',
        summary: 'check the health of all nodes now',
        examples: ['cluster check web', 'cluster check web --wait'],
      },
      async (session, options: WaitOptions, ref: string) => {
        const accepted = await session.client.post<Accepted>(session.inProject`/clusters/${ref}/check`)
        return reportAction(session, accepted, `cluster ${ref} is being checked`, options)
      },
    ),
  )
  addWaitOptions(
    addRecoveryOption(
      addCommand(
        noun,
        cli,
        {
          usage: 'recover <cluster>',
          summary: 'bring nodes that do not work back to work',
          examples: ['cluster recover web', 'cluster recover web --operation RECREATE --wait'],
        },
        async (
          session,
          { operation, check, checkCapacity, ...options }: RecoverClusterOptions,
          ref: string,
        ) => {
          const path = session.inProject`/clusters/${ref}/recover`
          const accepted = await session.client.post<Accepted>(path, { operation, check, checkCapacity })
          return reportAction(session, accepted, `cluster ${ref} is being recovered`, options)
        },
      ),
    ).option('--check-capacity', 'beside it, make or remove nodes until there are as many as are desired'),
  )
}

interface RecoverClusterOptions extends RecoverOptions {
  readonly checkCapacity?: boolean
}

interface AdjustOptions extends WaitOptions {
  readonly pool?: string
  readonly to?: number
  readonly by?: number
  readonly percent?: number
  readonly min?: number
  readonly max?: Bound
  readonly minStep?: number
  readonly bestEffort?: boolean
}

function addAdjust(noun: Command, cli: Cli): void {
  addWaitOptions(
    addCommand(
      noun,
      cli,
      {
        usage: 'adjust <cluster>',
        summary: 'change the size by a number or a percentage of the nodes there are',
        details: 'What is outside the bounds is refused, or with --best-effort cut to them.',
        examples: [
          'cluster adjust web --by 2 --wait',
          'cluster adjust web --percent 50 --min-step 1',
          'cluster adjust web --by -3 --best-effort',
        ],
      },
      async (session, options: AdjustOptions, ref: string) => {
        const body = adjustmentOf(options, ref)
        const accepted = await session.client.post<Accepted>(session.inProject`/clusters/${ref}/adjust`, body)
        return reportAction(session, accepted, `cluster ${ref} is being resized`, options)
      },
    )
      .option('--pool <pool>', 'the node pool (default: DefaultPool)')
      .option('--to <n>', 'to so many nodes', wholeNumber)
      .option('--by <n>', 'by so many nodes, less than 0 for fewer', Number)
      .option('--percent <n>', 'by such a share of the nodes, less than 0 for fewer', Number)
      .option('--min-step <n>', 'nodes that --percent comes to at least', wholeNumber)
      .option('--min <n>', 'smallest size', wholeNumber)
      .option('--max <n|none>', 'largest size', boundOrNone)
      .option('--best-effort', 'cut a size outside the bounds to them'),
  )
}

function adjustmentOf({ pool, to, by, percent, min, max, minStep, bestEffort }: AdjustOptions, ref: string) {
  const ways = [
    ['EXACT_CAPACITY', to],
    ['CHANGE_IN_CAPACITY', by],
    ['CHANGE_IN_PERCENTAGE', percent],
  ] as const
  const [way, ...others] = ways.filter(([, number]) => number !== undefined)
  if (others.length > 0) throw new UsageError('give one of --to, --by and --percent')
  if (!way && min === undefined && max === undefined)
    throw new UsageError('nothing to change', `for example: drover cluster adjust ${ref} --by 2`)
  return {
    pool,
    ...(way && { adjustmentType: way[0], number: way[1] }),
    minSize: min,
    maxSize: max === 'none' ? -1 : max,
    minStep,
    strict: bestEffort !== true,
  }
}

function scaleSentence(ref: string, accepted: Accepted): string {
  if (accepted.action.name === 'CLUSTER_RESIZE') return sizeSentence(ref, accepted)
  return `cluster ${ref} is being scaled; its policies say by how much`
}

function sizeSentence(ref: string, { pool }: Accepted): string {
  return pool === undefined
    ? `cluster ${ref} is being resized`
    : `cluster ${ref} goes to ${pool.desiredCapacity} nodes in ${pool.name}`
}
