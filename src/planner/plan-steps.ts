import type { NodeId } from '../domain/ids.ts'
import { roomToCheckpoint } from './plan-hold.ts'
import type { Decision, UpdateSnapshot } from './update-snapshot.ts'

/** Bounds one write; what is left follows at the next look. */
export const MAX_NODES_PER_STEP = 500

/**
 * Replaces nodes a few at a time. A node counts as unavailable from the moment it is chosen, so the number of
 * nodes that do not serve never exceeds `max(maxUnavailable, what it was already)`:
 * a node that serves is taken only while fewer than `maxUnavailable` of the pool do not serve, and a node that does
 * not serve changes nothing by being moved. The latter go first, or, left for last, they would use up the whole
 * allowance and stop the update for ever.
 *
 *   size  maxUnavailable  not serving  in flight  ->  down nodes  up nodes
 *      6               2            0          0              0          2
 *      6               2            1          0              1          1
 *      6               2            3          0              2          0
 *      6               2            2          2              0          0
 *
 * A node that serves moves by surge while fewer than `maxSurge` do: its replacement starts beside it, so nothing is taken
 * away. The ones after it move as above. A node that does not serve has nothing to keep, and never surges.
 *
 *   maxUnavailable  maxSurge  not serving  surging  ->  down nodes  surging  up nodes
 *                0         2            0        0              0        2         0
 *                1         2            0        1              0        1         1
 *                0         1            1        0              1        1         0
 *
 * While more of the pool than `maxUnhealthy` do not serve, only those move that do not serve either.
 */
export function planRolling(s: UpdateSnapshot): Decision | undefined {
  const { maxUnavailable, maxSurge } = s.limits
  const most = mostToBegin(s)
  const slots = Math.min(most, mostAlone(s.limits) - s.nodes.inFlightAlone)
  const { down, up } = candidates(s, slots)
  const serving = isPoolIll(s) ? [] : up
  const left = most - down.length
  const beside = serving.slice(0, Math.max(0, Math.min(left, maxSurge - s.nodes.surging)))
  const room = Math.min(left - beside.length, slots - down.length, maxUnavailable - s.nodes.unavailable)
  const away = serving.slice(beside.length, beside.length + Math.max(0, room))
  const nodes = [...down, ...beside, ...away]
  if (nodes.length === 0) return undefined
  const broken = down.length > 0 ? `, ${down.length} of them not serving anyway` : ''
  const first = beside.length > 0 ? `, ${beside.length} of them by a replacement that starts first` : ''
  return {
    kind: 'step',
    step: 'update',
    nodes,
    ...(beside.length > 0 && { beside }),
    because: `${nodes.length} of ${toMove(s)} nodes to move${broken}${first}; ${s.nodes.unavailable} of ${s.nodes.size} do not serve, ${maxUnavailable} may`,
  }
}

/**
 * Where nodes move in whole batches, says what to wait for before the next one: all of the last one have to be done, and
 * the pause has to be over. On the way back nobody pauses, for each moment longer is one on a revision that nobody wants.
 */
export function holdForBatch(s: UpdateSnapshot): Decision | undefined {
  if (s.batches === null || toMove(s) === 0) return undefined
  if (s.nodes.inFlight > 0) {
    return {
      kind: 'wait',
      because: `the batch has ${s.nodes.inFlight} nodes in flight, ${toMove(s)} still to move`,
    }
  }
  const { pauseMs, lastEndedAt } = s.batches
  if (s.direction === 'back' || lastEndedAt === null || s.now >= lastEndedAt + pauseMs) return undefined
  const seconds = Math.ceil((lastEndedAt + pauseMs - s.now) / 1000)
  const because = `the next batch begins in ${seconds} s; ${toMove(s)} nodes still to move`
  return { kind: 'wait', until: lastEndedAt + pauseMs, because }
}

/** Stops every node that has to move before any starts on the target, so that no two revisions run together. */
export function planForce(s: UpdateSnapshot): Decision | undefined {
  const running = s.nodes.up.count + s.nodes.down.count
  if (running > 0) {
    const nodes = [...s.nodes.up.first, ...s.nodes.down.first].slice(0, MAX_NODES_PER_STEP)
    return { kind: 'step', step: 'stop', nodes, because: `FORCE: ${running} nodes stop before any starts` }
  }
  // Whatever else is in flight may be starting another revision: it ends, and is stopped, first.
  const waiting = s.nodes.stopping + s.nodes.inFlightOther
  if (waiting > 0 || s.nodes.stopped.count === 0) return undefined
  const nodes = s.nodes.stopped.first.slice(0, MAX_NODES_PER_STEP)
  return {
    kind: 'step',
    step: 'start',
    nodes,
    because: `FORCE: all have stopped, ${s.nodes.stopped.count} to start`,
  }
}

/**
 * Puts code in place under running nodes. Nothing that serves is taken away; the limit only bounds how many move
 * at once. A node that does not serve has nothing to lose and is started on the new code.
 */
export function planNoRestart(s: UpdateSnapshot): Decision | undefined {
  const slots = Math.min(mostToBegin(s), s.limits.maxUnavailable - s.nodes.inFlight)
  if (slots <= 0) return undefined
  const { down, up } = candidates(s, slots)
  if (down.length > 0) {
    const because = `${down.length} nodes that do not serve are started on the new code`
    return { kind: 'step', step: 'update', nodes: down, because }
  }
  const nodes = up.slice(0, slots)
  if (nodes.length === 0 || isPoolIll(s)) return undefined
  return {
    kind: 'step',
    step: 'place',
    nodes,
    because: `${toMove(s)} nodes to receive the code, nothing restarts`,
  }
}

/** How many nodes may be worked on at once. */
export function mostInFlight(limits: UpdateSnapshot['limits']): number {
  return mostAlone(limits) + limits.maxSurge
}

/** How many of them without a replacement beside them: where none may be away, one that does not serve may still move. */
function mostAlone({ maxUnavailable }: UpdateSnapshot['limits']): number {
  return Math.max(1, maxUnavailable)
}

/** Whether so much of the pool does not serve that no node that serves may be touched. It never holds up the way back. */
export function isPoolIll({ direction, limits, nodes }: UpdateSnapshot): boolean {
  return direction === 'forward' && limits.maxUnhealthy !== null && nodes.unhealthy > limits.maxUnhealthy
}

function mostToBegin(s: UpdateSnapshot): number {
  return Math.min(MAX_NODES_PER_STEP, roomToCheckpoint(s))
}

/**
 * The heads of the queues: at most `slots` nodes that do not serve, and those that do. Where domains count, all are of the
 * one that is in flight or, if none is, of the first one whose turn it is.
 */
function candidates(s: UpdateSnapshot, slots: number): Record<'down' | 'up', readonly NodeId[]> {
  // Stopped nodes are left over from a FORCE update that came before; they do not serve either.
  const down = [...s.nodes.stopped.first, ...s.nodes.down.first]
  const up = s.nodes.up.first
  const limit = Math.max(0, slots)
  if (s.domains === null) return { down: down.slice(0, limit), up }
  const { inFlight, of } = s.domains
  const [next] = [...down, ...up]
  const domains = inFlight.size > 0 || next === undefined ? inFlight : new Set([of.get(next)])
  // With two in flight, as after a zone was given another name, neither may begin.
  const isNext = (id: NodeId) => domains.size === 1 && domains.has(of.get(id) as string)
  return { down: down.filter(isNext).slice(0, limit), up: up.filter(isNext) }
}

function toMove(s: UpdateSnapshot): number {
  return s.nodes.up.count + s.nodes.down.count + s.nodes.stopped.count
}
