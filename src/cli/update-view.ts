import { stripVTControlCharacters } from 'node:util'
import type { UpdateProgress } from '../domain/update.ts'
import type { UpdateNodeResource, UpdateResource } from './resources.ts'
import { printable, type Style } from './style.ts'
import { clockTime, duration } from './time.ts'

/** The room there is, in characters. */
interface Room {
  readonly columns: number
  readonly rows: number
}

/**
 * An update as a terminal shows it: a heading, a bar, the reason, and one line a node, never more lines than
 * the terminal has. Nodes in flight and failed ones come first, as they are what one looks for.
 */
export function updateScreen(
  update: UpdateResource,
  nodes: readonly UpdateNodeResource[],
  room: Room,
  style: Style,
  now: number,
): string[] {
  const began = Date.parse(update.startedAt ?? update.createdAt)
  const spent = duration(Math.max(0, (update.endedAt === null ? now : Date.parse(update.endedAt)) - began))
  const head = [
    `${style.bold(updateTitle(update))}  ${style.status(update.status)}  ${style.dim(spent)}`,
    `${progressBar(update.progress, Math.min(40, Math.max(10, room.columns - 50)), style)}  ${countsOf(update)}`,
    printable(update.because),
    ...update.errors.slice(-2).map((error) => style.bad(printable(error.message))),
  ]
  const space = Math.max(0, room.rows - head.length - 2)
  const sorted = [...nodes].sort(byInterest)
  const shown = sorted.slice(0, sorted.length > space ? Math.max(0, space - 1) : space)
  const width = Math.max(0, ...shown.map((node) => printable(node.name).length))
  const lines = shown.map((node) => {
    const state = paintState(node.state, style) + ' '.repeat(10 - STATE_WORDS[node.state].length)
    return `  ${printable(node.name).padEnd(width)}  ${state}${printable(node.because)}`
  })
  const hidden = sorted.length - shown.length
  if (hidden > 0 && space > 0) lines.push(style.dim(`  and ${hidden} more`))
  return [...head, ...lines].map((line) => fit(line.replaceAll('\n', ' '), room.columns))
}

/** An update in a line, for logs: `10:31:07 InProgress  3 of 6 updated, 1 in flight: …`. */
export function updateLine(update: UpdateResource, at: string): string {
  return `${clockTime(at)}  ${update.status}  ${countsOf(update)}: ${printable(update.because)}`
}

/** What an update is about: `Update of web: revision 3 → 4`. */
export function updateTitle(update: UpdateResource): string {
  const pool = update.pool === 'DefaultPool' ? '' : `/${update.pool}`
  return `${update.type} of ${update.cluster}${pool}: revision ${update.fromRevision ?? '?'} → ${update.toRevision ?? '?'}`
}

/** `3 of 6 updated, 1 in flight, 1 failed`; what is zero is left out. */
export function countsOf({ progress, direction }: Pick<UpdateResource, 'progress' | 'direction'>): string {
  return [
    `${progress.updated} of ${progress.selected} ${direction === 'back' ? 'rolled back' : 'updated'}`,
    progress.inFlight > 0 ? `${progress.inFlight} in flight` : '',
    progress.failed > 0 ? `${progress.failed} failed` : '',
    progress.unavailable > 0 ? `${progress.unavailable} unavailable (limit ${progress.maxUnavailable})` : '',
  ]
    .filter(Boolean)
    .join(', ')
}

const STATE_WORDS = {
  InFlight: 'in flight',
  Failed: 'failed',
  Updated: 'updated',
  Pending: 'pending',
  Skipped: 'skipped',
} as const satisfies Record<UpdateNodeResource['state'], string>

function paintState(state: UpdateNodeResource['state'], style: Style): string {
  const word = STATE_WORDS[state]
  if (state === 'Updated') return style.good(word)
  if (state === 'Failed') return style.bad(word)
  return state === 'InFlight' ? style.busy(word) : style.dim(word)
}

const INTEREST: readonly UpdateNodeResource['state'][] = [
  'InFlight',
  'Failed',
  'Updated',
  'Pending',
  'Skipped',
]

function byInterest(a: UpdateNodeResource, b: UpdateNodeResource): number {
  return INTEREST.indexOf(a.state) - INTEREST.indexOf(b.state) || a.index - b.index
}

function progressBar(progress: UpdateProgress, width: number, style: Style): string {
  const cells = (count: number) => Math.floor((count / Math.max(1, progress.selected)) * width)
  const done = cells(progress.updated)
  const failed = Math.min(width - done, cells(progress.failed))
  const moving = Math.min(
    width - done - failed,
    Math.ceil((progress.inFlight / Math.max(1, progress.selected)) * width),
  )
  const rest = width - done - failed - moving
  return (
    style.good('█'.repeat(done)) +
    style.busy('▒'.repeat(moving)) +
    style.bad('█'.repeat(failed)) +
    style.dim('░'.repeat(rest))
  )
}

// A line that wraps would be two, and redrawing would leave its second half behind.
function fit(line: string, columns: number): string {
  const plain = stripVTControlCharacters(line)
  return plain.length < columns ? line : `${plain.slice(0, Math.max(0, columns - 2))}…`
}
