import type { Caller, Control } from '../../control/control.ts'
import type { Clock } from '../../system/clock.ts'

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'

/** A request that is understood so far: who asks for what, in which microversion. */
export interface Ask {
  readonly control: Control
  readonly clock: Clock
  readonly caller: Caller
  /** The x of 1.x. */
  readonly minor: number
  /** The parts of the path that vary. */
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  /** Undefined if there was none. */
  readonly body: unknown
  /** Where the client reaches this gateway, without a slash at the end. */
  readonly base: string
}

export interface Answer {
  readonly status: number
  /** Absent: nothing is sent. */
  readonly body?: unknown
  /** The action that carries out what was accepted: named in the header `Location`. */
  readonly action?: string
}

/** What is done for one method of one path. */
export interface Operation {
  /** The microversion that brought it. Default 0. */
  readonly since?: number
  /** Whether the answer follows from the store alone, so that it may be given again while nothing was written. */
  readonly isRepeatable?: boolean
  run(ask: Ask): Promise<Answer>
}

/** Operations by path, as the router writes it, and method. */
export type Table = Readonly<Record<string, Readonly<Partial<Record<Method, Operation>>>>>

/** The same, but nobody has to say who they are. */
export interface OpenOperation {
  readonly since?: number
  run(ask: Omit<Ask, 'caller'>): Promise<Answer>
}

export type OpenTable = Readonly<Record<string, Readonly<Partial<Record<Method, OpenOperation>>>>>

/** 200 with an object under its name. */
export function ok(name: string, value: unknown): Answer {
  return { status: 200, body: { [name]: value } }
}

/** 202 for what an action carries out. */
export function accepted(action: string, body: unknown = { action }): Answer {
  return { status: 202, body, action }
}
