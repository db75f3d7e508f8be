import { resolveCheckpoint } from './limits.ts'
import type { Checkpoint, Decision, UpdateSnapshot } from './update-snapshot.ts'

/**
 * The next checkpoint of an update, in nodes. Several that come to the same number of nodes are one.
 *
 *   selected  checkpoints  passed  ->  number  through  nodes
 *         10  1, 30%, 60%       0           1        1      1
 *         10  1, 30%, 60%       1           2        2      3
 *          3  1, 30%, 60%       0           1        2      1
 *          3  1, 30%, 60%       2           3        3      2
 *
 * @param passed how many are behind it
 */
export function nextCheckpoint(
  checkpoints: readonly (number | string)[],
  passed: number,
  selected: number,
): Pick<Checkpoint, 'number' | 'through' | 'of' | 'nodes'> | null {
  const given = checkpoints[passed]
  if (given === undefined) return null
  const resolve = (checkpoint: number | string) =>
    resolveCheckpoint('params.checkpoints', checkpoint, selected)
  const nodes = resolve(given)
  const beyond = checkpoints.findIndex((later, at) => at > passed && resolve(later) > nodes)
  const through = beyond < 0 ? checkpoints.length : beyond
  return { number: passed + 1, through, of: checkpoints.length, nodes }
}

/**
 * Holds at a checkpoint once it is reached, until somebody says to go on or its time is over. Undefined: nothing holds.
 * The way back knows no checkpoints: each moment longer is one on a revision that nobody wants.
 */
export function planHold(s: UpdateSnapshot): Decision | undefined {
  const { checkpoint } = s
  if (checkpoint === null || s.direction === 'back') return undefined
  const { number, of, heldSince, holdMs, afterHold, continuedBy } = checkpoint
  const name = `checkpoint ${number} of ${of}`
  if (heldSince === null) {
    if (!isReached(s, checkpoint.nodes)) return undefined
    if (s.nodes.inFlight > 0)
      return { kind: 'wait', because: `${name} is reached; ${s.nodes.inFlight} in flight finish first` }
    return { kind: 'hold', because: `holds at ${name}: ${s.nodes.updated} nodes are updated` }
  }
  if (continuedBy !== null) return { kind: 'goOn', because: `${continuedBy} said to go on at ${name}` }
  if (holdMs === null) return { kind: 'wait', because: `holds at ${name} until somebody says to go on` }
  const until = heldSince + holdMs
  const limit = `${holdMs / 1000} s`
  if (s.now < until) {
    const then =
      afterHold === 'continue' ? 'then it goes on' : 'then it rolls back unless somebody says to go on'
    return { kind: 'wait', until, because: `holds at ${name} for ${limit}, ${then}` }
  }
  if (afterHold === 'continue') return { kind: 'goOn', because: `${name} was held for ${limit}` }
  const because = `nobody said to go on at ${name} within ${limit}`
  if (s.canGoBack) return { kind: 'turnBack', because: `${because}: rolling back` }
  return { kind: 'end', outcome: 'Failed', commit: false, because }
}

/** How many more nodes may begin to move before the next checkpoint is reached. */
export function roomToCheckpoint({ checkpoint, direction, nodes }: UpdateSnapshot): number {
  if (checkpoint === null || direction === 'back') return Number.POSITIVE_INFINITY
  return checkpoint.nodes - nodes.updated - nodes.inFlight
}

/** Failures that are tolerated must not let it slip past the last checkpoint. */
function isReached({ nodes }: UpdateSnapshot, wanted: number): boolean {
  const { updated, failed, fallen, down, up, stopped } = nodes
  if (updated >= wanted) return true
  return down.count + up.count + stopped.count === 0 && updated + failed + fallen >= wanted
}
