import type { ExpectedTime, UpdateWarning } from '../domain/forecast.ts'
import type { Strategy } from '../domain/update.ts'
import type { Output } from './output.ts'
import type { Session } from './session.ts'
import { printable } from './style.ts'
import { duration } from './time.ts'

interface PlannedNode {
  readonly name: string
  readonly because: string
}

/** What an update would do, as the API says it. */
export interface PlanResource {
  readonly from: { readonly number: number }
  readonly to: { readonly number: number; readonly isNew: boolean }
  readonly strategy: Strategy
  readonly maxUnavailable: number
  readonly maxSurge: number
  readonly batches: readonly { readonly nodes: readonly PlannedNode[] }[]
  readonly holds: readonly { readonly checkpoint: number; readonly afterBatches: number }[]
  readonly blocked: readonly PlannedNode[]
  readonly skipped: readonly PlannedNode[]
  readonly expected: ExpectedTime
  readonly warnings: readonly UpdateWarning[]
}

/** Shows a plan: for people its batches and stops in order, how long that takes, and what to think of. */
export function showPlan({ output }: Session, plan: PlanResource): void {
  if (output.format !== 'table') {
    output.data(plan)
    return
  }
  const to = `${plan.to.number}${plan.to.isNew ? ' (new)' : ''}`
  const surge = plan.maxSurge > 0 ? `, ${plan.maxSurge} with a replacement that starts first` : ''
  output.say(
    `revision ${plan.from.number} → ${to}, ${plan.strategy}, at most ${plan.maxUnavailable} unavailable${surge}`,
  )
  const sayHolds = (behind: number) => {
    for (const { checkpoint } of plan.holds.filter(({ afterBatches }) => afterBatches === behind))
      output.say(`\nholds at checkpoint ${checkpoint}`)
  }
  sayHolds(0)
  for (const [index, { nodes }] of plan.batches.entries()) {
    sayNodes(output, `batch ${index + 1} of ${plan.batches.length}`, nodes)
    sayHolds(index + 1)
  }
  sayNodes(output, 'may not move', plan.blocked)
  sayNodes(output, 'left as they are', plan.skipped)
  output.say(`\nexpected time: ${timeOf(plan.expected)}`)
  for (const warning of plan.warnings) output.say(`\n${warningLine(warning)}`)
}

/** `warning: maxUnavailable 6 lets all 6 nodes be away at once (all-nodes-at-once): lower maxUnavailable`. */
export function warningLine({ code, message, remedy }: UpdateWarning): string {
  return `warning: ${printable(message)} (${code}): ${printable(remedy)}`
}

function sayNodes(output: Output, title: string, nodes: readonly PlannedNode[]): void {
  if (nodes.length === 0) return
  output.say(`\n${title}`)
  for (const node of nodes) output.say(`  ${printable(node.name)}: ${printable(node.because)}`)
}

function timeOf({ typicalMs, slowMs, because }: ExpectedTime): string {
  if (typicalMs === null || slowMs === null) return `not known: ${printable(because)}`
  const worse = slowMs > typicalMs ? `, in a bad case ${duration(slowMs)}` : ''
  return `about ${duration(typicalMs)}${worse}: ${printable(because)}`
}
