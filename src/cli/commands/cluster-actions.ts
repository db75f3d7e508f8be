import type { Command } from 'commander'
import { UsageError } from '../cli-error.ts'
import { addCommand, type Cli } from '../command.ts'
import { boundOrNone, wholeNumber } from '../parse.ts'
import type { Accepted } from '../resources.ts'
import { addWaitOptions, reportAction, type WaitOptions } from '../wait.ts'

interface ResizeOptions extends WaitOptions {
  readonly pool?: string
  readonly size?: number
  readonly min?: number
  readonly max?: number | null
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
        const body = { pool: options.pool, desiredCapacity: size, minSize: options.min, maxSize: options.max }
        const accepted = await session.client.post<Accepted>(session.inProject`/clusters/${ref}/resize`, body)
        return reportAction(session, accepted, sizeSentence(ref, accepted), options)
      },
    )
      .argument('[size]', 'how many nodes', wholeNumber)
      .option('--pool <pool>', 'the node pool (default: DefaultPool)')
      .option('--min <n>', 'smallest size', wholeNumber)
      .option('--max <n|none>', 'largest size', boundOrNone),
  )
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
          options: WaitOptions & { readonly pool?: string; readonly count: number },
          ref: string,
        ) => {
          const body = { pool: options.pool, count: options.count }
          const path = session.inProject`/clusters/${ref}/${direction}`
          const accepted = await session.client.post<Accepted>(path, body)
          return reportAction(session, accepted, sizeSentence(ref, accepted), options)
        },
      )
        .option('--pool <pool>', 'the node pool (default: DefaultPool)')
        .option('--count <n>', 'how many nodes', wholeNumber, 1),
    )
  }

  const looks = [
    ['check', 'check the health of all nodes now', 'is being checked'],
    ['recover', 'bring nodes that do not work back to work', 'is being recovered'],
  ] as const
  for (const [verb, summary, sentence] of looks) {
    addWaitOptions(
      addCommand(
        noun,
        cli,
        {
          usage: `${verb} <cluster>`,
          summary,
          examples: [`cluster ${verb} web`, `cluster ${verb} web --wait`],
        },
        async (session, options: WaitOptions, ref: string) => {
          const accepted = await session.client.post<Accepted>(session.inProject`/clusters/${ref}/${verb}`)
          return reportAction(session, accepted, `cluster ${ref} ${sentence}`, options)
        },
      ),
    )
  }
}

function sizeSentence(ref: string, { pool }: Accepted): string {
  return pool === undefined
    ? `cluster ${ref} is being resized`
    : `cluster ${ref} goes to ${pool.desiredCapacity} nodes in ${pool.name}`
}
