import type { Command } from 'commander'
import { addCommand, type Cli } from '../command.ts'
import type { Session } from '../session.ts'
import { duration } from '../time.ts'

interface Explanation {
  readonly summary: string
  readonly waitsFor: readonly { readonly what: string; readonly since: string | null }[]
  readonly moves: readonly string[]
  readonly log: { readonly node: string; readonly lines: readonly string[] } | null
}

interface History {
  readonly entries: readonly { readonly at: string; readonly by: string; readonly because: string }[]
  readonly steps: {
    readonly count: number
    readonly averageMs: number | null
    readonly shortestMs: number | null
    readonly longestMs: number | null
  }
}

/** `drover update explain|history`. */
export function addUpdateInsightCommands(noun: Command, cli: Cli): void {
  addCommand(
    noun,
    cli,
    {
      usage: 'explain <update>',
      summary: 'say what an update waits for, since when, and what would move it',
      details: 'With the last that the node in question has printed, where its type keeps logs.',
      examples: ['update explain 019aa0e2-7b1c-7000-8000-000000000001'],
    },
    async (session, _options: object, id: string) => {
      const path = session.inProject`/updates/${id}/explanation`
      const explanation = await session.client.get<Explanation>(path)
      session.output.result(explanation, tell(session, explanation))
    },
  )

  addCommand(
    noun,
    cli,
    {
      usage: 'history <update>',
      summary: 'list who asked what of an update, what it decided, and how long its nodes took',
      examples: [
        'update history 019aa0e2-7b1c-7000-8000-000000000001',
        'update history 019aa0e2-7b1c-7000-8000-000000000001 -o json',
      ],
    },
    async (session, _options: object, id: string) => {
      const history = await session.client.get<History>(session.inProject`/updates/${id}/history`)
      const lines = history.entries.map(({ at, by, because }) => `${at}  ${by}: ${because}`)
      session.output.result(history, [...lines, timesOf(history)].join('\n'))
    },
  )
}

function timesOf({ steps: { count, averageMs, shortestMs, longestMs } }: History): string {
  if (count === 0) return 'no step has ended well yet'
  const [average, shortest, longest] = [averageMs, shortestMs, longestMs].map((ms) => duration(ms ?? 0))
  return `${count} steps ended well, in ${average} on average, ${shortest} at least, ${longest} at most`
}

function tell({ output }: Session, { summary, waitsFor, moves, log }: Explanation): string {
  const lines = [summary]
  if (waitsFor.length > 0) lines.push('It waits for:')
  for (const { what, since } of waitsFor)
    lines.push(`  ${what}${since ? ` (since ${output.ago(since)})` : ''}`)
  if (moves.length > 0) lines.push('What would move it:', ...moves.map((move) => `  ${move}`))
  if (log) lines.push(`The last that ${log.node} has printed:`, ...log.lines.map((line) => `  ${line}`))
  return lines.join('\n')
}
