import type { Balancer, Balancers, ServerState } from '../balancers/balancer.ts'
import { type BalancerPlace, otherServerNameOf, placeOf, serverNameOf } from '../domain/balancer-place.ts'
import { DroverError } from '../domain/errors.ts'
import type { NodeId } from '../domain/ids.ts'
import { type Endpoint, isAvailable, type Node } from '../domain/node.ts'
import type { Clock } from '../system/clock.ts'
import type { Log } from '../system/log.ts'
import { Slots } from '../system/slots.ts'
import type { Trusted } from './trust.ts'

/** How often everything is compared: a balancer that was started again has forgotten all servers. */
const COMPARE_MS = 2000
/** Servers that are seen to at once. */
const AT_ONCE = 8

const SUPERSEDED = new DroverError('cancelled', 'the node is seen to by somebody else')

export interface KeeperDeps {
  readonly clock: Clock
  readonly log: Log
  readonly balancers: Balancers
  /** Whether this engine may still act: a balancer cannot tell it from the one that took over. */
  readonly trust: Trusted
  /** A node that was to leave its balancer for good has left it. */
  readonly onTakenOut: (id: NodeId) => void
}

/** What is wanted of a node's server. */
interface Want {
  readonly balancer: Balancer
  readonly place: BalancerPlace
  readonly server: string
  /** What it was called before or would be called next: there is to be no such server. */
  readonly other: string
  readonly goal: 'open' | 'shut' | 'gone'
  readonly endpoint: Endpoint | null
}

/**
 * Keeps the balancers of a cluster as its nodes are: those that serve take requests, those that fell over take none at
 * once, those that are to leave are drained and removed. Nodes that an action works on are left to their steps, which do
 * the same in order with what they do to the node.
 *
 * It holds no state that matters: what is wanted follows from the nodes, what is there is asked of the balancer.
 */
export class BalancerKeeper {
  readonly #deps: KeeperDeps
  readonly #wants = new Map<NodeId, Want>()
  readonly #work = new Map<NodeId, { readonly stop: AbortController; readonly done: Promise<void> }>()
  readonly #slots = new Slots(AT_ONCE)
  readonly #closing = new AbortController()
  /** Nodes whose other server was seen, as a step that broke off may leave it. */
  readonly #leftOver = new Set<NodeId>()
  /** Balancers that could not be told something since they last could. */
  readonly #troubled = new Set<Balancer>()
  #cancelTimer: (() => void) | null = null
  #comparing: Promise<void> = Promise.resolve()

  constructor(deps: KeeperDeps) {
    this.#deps = deps
  }

  /**
   * Takes note of a node as it is now.
   * @param how `compare`: it may well be so already, as after a start; all are compared at once
   */
  note(node: Node, how: 'apply' | 'compare'): void {
    const want = node.actionId === null ? this.#wantOf(node) : null
    const known = this.#wants.get(node.id)
    if (!want) {
      if (known) this.forget(node.id)
      return
    }
    if (known && isSame(known, want)) return
    this.#wants.set(node.id, want)
    if (how === 'compare') this.#compareAfter(0)
    else this.#see(node.id)
    this.#compareAfter(COMPARE_MS)
  }

  forget(id: NodeId): void {
    this.#wants.delete(id)
    this.#leftOver.delete(id)
    this.#work.get(id)?.stop.abort(SUPERSEDED)
  }

  /** Leaves a node to its step. @returns when nothing is being told about it any more */
  async release(id: NodeId): Promise<void> {
    this.forget(id)
    await this.#work.get(id)?.done
  }

  async close(reason: Error): Promise<void> {
    this.#closing.abort(reason)
    this.#cancelTimer?.()
    this.#wants.clear()
    for (const { stop } of this.#work.values()) stop.abort(reason)
    await Promise.all([this.#comparing, ...[...this.#work.values()].map(({ done }) => done)])
  }

  #wantOf(node: Node): Want | null {
    const place = placeOf(node)
    const balancer = place && this.#deps.balancers.at(place)
    if (!place) return null
    if (!balancer) {
      // There is none, so it is in none.
      if (place.isLeaving) this.#deps.onTakenOut(node.id)
      return null
    }
    const serves = isAvailable(node) && node.endpoint !== null
    const goal = place.isLeaving ? 'gone' : serves ? 'open' : 'shut'
    const names = { server: serverNameOf(node), other: otherServerNameOf(node) }
    return { balancer, place, ...names, goal, endpoint: node.endpoint }
  }

  #see(id: NodeId): void {
    const before = this.#work.get(id)
    before?.stop.abort(SUPERSEDED)
    const stop = new AbortController()
    const done = (before?.done ?? Promise.resolve())
      .then(() => this.#bring(id, stop.signal))
      .finally(() => {
        if (this.#work.get(id)?.stop === stop) this.#work.delete(id)
      })
    this.#work.set(id, { stop, done })
  }

  /** What cannot be done now is tried again at the next comparison. */
  async #bring(id: NodeId, signal: AbortSignal): Promise<void> {
    const want = this.#wants.get(id)
    if (!want || signal.aborted) return
    try {
      const release = await this.#slots.take(signal)
      try {
        if (!this.#deps.trust.isFresh) return
        await apply(want, signal)
        if (this.#leftOver.has(id)) await takeAway(want, want.other, signal)
        this.#leftOver.delete(id)
      } finally {
        release()
      }
      this.#troubled.delete(want.balancer)
      if (want.goal === 'gone' && !signal.aborted) this.#deps.onTakenOut(id)
    } catch (error) {
      if (!signal.aborted) this.#complain(want.balancer, error)
    }
  }

  #compareAfter(delayMs: number): void {
    if (this.#closing.signal.aborted || this.#wants.size === 0) return
    if (delayMs === 0) this.#cancelTimer?.()
    else if (this.#cancelTimer) return
    this.#cancelTimer = this.#deps.clock.after(delayMs, () => {
      this.#comparing = this.#compareAll().then(() => {
        this.#cancelTimer = null
        this.#compareAfter(COMPARE_MS)
      })
    })
  }

  async #compareAll(): Promise<void> {
    for (const balancer of new Set([...this.#wants.values()].map((want) => want.balancer))) {
      try {
        const servers = await balancer.list(this.#closing.signal)
        for (const [id, want] of this.#wants) {
          if (want.balancer !== balancer || this.#work.has(id)) continue
          if (servers.has(want.other)) this.#leftOver.add(id)
          const isDone = want.goal !== 'gone' && !this.#leftOver.has(id)
          if (!isDone || !isAsWanted(want, servers.get(want.server))) this.#see(id)
        }
      } catch (error) {
        if (!this.#closing.signal.aborted) this.#complain(balancer, error)
      }
    }
  }

  #complain(balancer: Balancer, error: unknown): void {
    if (this.#troubled.has(balancer)) return
    this.#troubled.add(balancer)
    this.#deps.log.warn(
      { err: error, balancer: balancer.name },
      'a balancer is not as it should be; trying on',
    )
  }
}

async function apply({ balancer, place, server, goal, endpoint }: Want, signal: AbortSignal): Promise<void> {
  if (goal === 'open') await balancer.put(server, endpoint as Endpoint, signal)
  else if (goal === 'shut') await balancer.shut(server, signal)
  else await takeAway({ balancer, place }, server, signal)
}

async function takeAway(
  { balancer, place }: Pick<Want, 'balancer' | 'place'>,
  server: string,
  signal: AbortSignal,
): Promise<void> {
  await balancer.drain(server, place.drainSeconds * 1000, signal)
  await balancer.remove(server, signal)
}

function isAsWanted({ goal, endpoint }: Want, state: ServerState | undefined): boolean {
  if (goal === 'shut') return !state?.isOpen
  return (
    state?.isOpen === true && state.address.host === endpoint?.host && state.address.port === endpoint.port
  )
}

function isSame(a: Want, b: Want): boolean {
  const at = ({ endpoint }: Want) => `${endpoint?.host}:${endpoint?.port}`
  return a.balancer === b.balancer && a.server === b.server && a.goal === b.goal && at(a) === at(b)
}
