import type { Drift } from '../../domain/drift.ts'
import type { EpochMs, JsonObject, NodeId } from '../../domain/ids.ts'
import type { Settings } from './config.ts'

/**
 * What "really" runs under scripted runtimes: the part that goes on when an engine dies. Several runtimes, one
 * an engine, may share one world. Everything happens at once and in memory.
 */
export interface ScriptedWorld {
  /** The node as it is; undefined if there is nothing of it. */
  node(id: NodeId): ScriptedNode | undefined
  /** All that lives now. */
  living(): number
  /** What happened, oldest first; the oldest entries are dropped beyond the limit. */
  readonly history: readonly HistoryEntry[]
  /** Ends what runs on the node, as if it had crashed. */
  kill(id: NodeId): void
  /** Sets a node's health by hand until it is started anew; null goes back to its script. */
  setHealth(id: NodeId, passing: boolean | null): void
  /** Sets what a node says of its readiness, in the same way. */
  setReadiness(id: NodeId, ready: boolean | null): void
  /** Has a node differ from what it was started with, until it is started anew; null: no more. */
  drift(id: NodeId, drift: Drift | null): void
  /** Puts something there that no node started, for adoption. */
  addExisting(thing: ExistingThing): void
  /** Calls back when something was done to a node by hand. @returns the end of the subscription */
  onChange(listener: (id: NodeId) => void): () => void
}

/** Something that was there before Drover. */
export interface ExistingThing {
  /** Its physical id. */
  readonly identity: string
  /** The profile type whose nodes can adopt it. */
  readonly type: string
  /** What a profile has to say to get such a thing. */
  readonly properties: JsonObject
}

export interface HistoryEntry {
  readonly at: EpochMs
  readonly nodeId: NodeId
  readonly what: 'prepared' | 'started' | 'stopped' | 'removed' | 'placed' | 'died' | 'failed' | 'refused'
  /** The key it was about, if any. */
  readonly key: string | null
}

export interface ScriptedNode {
  /** The highest seen; lower ones are refused. */
  term: number
  /** What runs, or ran: `endedAt` says when it died by itself. */
  thing: ScriptedThing | null
  /** The script it was last started with. */
  settings: Settings | null
  /** The revision whose code was last placed or started. */
  placedRevision: string | null
  /** What was started beside it, to take its place; null if nothing was. */
  beside: ThingBeside | null
  /** Failed calls so far by name, for scripts that fail the first time only; null for none. */
  failures: Map<string, number> | null
}

/** What takes the place of `thing` once that is retired, with what the node is then. */
export interface ThingBeside {
  readonly thing: ScriptedThing
  readonly settings: Settings
  readonly placedRevision: string
}

export interface ScriptedThing {
  readonly key: string
  readonly pid: number
  readonly startedAt: EpochMs
  /** Null while it runs. */
  readonly endedAt: EpochMs | null
  /** When it will end by itself; null for never. */
  readonly endsAt: EpochMs | null
  /** Set by hand; null follows the script. */
  readonly health: boolean | null
  /** Set by hand; null: as the script says. */
  readonly ready: boolean | null
  readonly port: number | null
  /** Set by hand: how it differs from what it was started with; null if it does not. */
  readonly drift: Drift | null
}

/** The world with the doors that only runtimes use. */
export interface WorldInside extends ScriptedWorld {
  readonly nodes: Map<NodeId, ScriptedNode>
  /** The highest term of each node that was removed: a late call must not bring it back. */
  readonly removed: Map<NodeId, number>
  /** What runtimes built on this one remember of what runs; gone once something else does. */
  readonly extras: Map<NodeId, JsonObject>
  /** By identity; null owner: nobody adopted it yet. */
  readonly existing: Map<string, ExistingThing & { owner: NodeId | null }>
  nextPid(): number
  record(nodeId: NodeId, what: HistoryEntry['what'], key: string | null): void
}

export interface WorldOptions {
  readonly now: () => EpochMs
  /** Default 100,000. */
  readonly historyLimit?: number
}

/** An empty world. Keep it while engines come and go. */
export function createScriptedWorld({ now, historyLimit = 100_000 }: WorldOptions): ScriptedWorld {
  const nodes = new Map<NodeId, ScriptedNode>()
  const removed = new Map<NodeId, number>()
  const history: HistoryEntry[] = []
  const listeners = new Set<(id: NodeId) => void>()
  let lastPid = 1000

  const change = (id: NodeId, edit: (thing: ScriptedThing) => ScriptedThing) => {
    const node = nodes.get(id)
    if (!node) return
    if (node.thing && isLive(node.thing, now())) node.thing = edit(node.thing)
    else if (node.beside && isLive(node.beside.thing, now()))
      node.beside = { ...node.beside, thing: edit(node.beside.thing) }
    else return
    for (const listener of listeners) listener(id)
  }
  const world: WorldInside = {
    nodes,
    removed,
    extras: new Map(),
    existing: new Map(),
    history,
    node: (id) => nodes.get(id),
    living() {
      let count = 0
      for (const node of nodes.values()) count += livingOf(node, now()).length
      return count
    },
    kill(id) {
      change(id, (thing) => {
        world.record(id, 'died', thing.key)
        return { ...thing, endedAt: now() }
      })
    },
    drift: (id, drift) => change(id, (thing) => ({ ...thing, drift })),
    setHealth: (id, passing) => change(id, (thing) => ({ ...thing, health: passing })),
    setReadiness: (id, ready) => change(id, (thing) => ({ ...thing, ready })),
    addExisting: (thing) => void world.existing.set(thing.identity, { ...thing, owner: null }),
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    nextPid: () => ++lastPid,
    record(nodeId, what, key) {
      history.push({ at: now(), nodeId, what, key })
      // Dropping a tenth at a time keeps this cheap for long simulations.
      if (history.length > historyLimit) history.splice(0, Math.max(1, Math.floor(historyLimit / 10)))
    },
  }
  return world
}

/** All that runs on a node at that moment: what serves, then what is to take its place. */
export function livingOf({ thing, beside }: ScriptedNode, now: EpochMs): ScriptedThing[] {
  return [thing, beside?.thing].filter((one) => one != null && isLive(one, now)) as ScriptedThing[]
}

/** Whether it runs at that moment. */
export function isLive(thing: ScriptedThing, now: EpochMs): boolean {
  return thing.endedAt === null && (thing.endsAt === null || thing.endsAt > now)
}
