import type { GatewayConfig } from '../../config/settings.ts'
import type { Caller, Control } from '../../control/control.ts'
import type { Clock } from '../../system/clock.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

/** A request that is understood so far: who asks for what. */
export interface Ask {
  readonly control: Control
  readonly clock: Clock
  readonly caller: Caller
  /** The settings that gateways have. */
  readonly config: GatewayConfig
  /** The parts of the path that vary, decoded. */
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  /** Undefined if there was none. */
  readonly body: unknown
}

export interface Answer {
  readonly status: number
  /** Absent: nothing is sent. */
  readonly body?: object
}

/** What is done for one method of one path. */
export type Operation = (ask: Ask) => Promise<Answer>

/** Operations by path below the project's, as the router writes it, and method. */
export type Table = Readonly<Record<string, Readonly<Partial<Record<Method, Operation>>>>>

export function ok(body: object): Answer {
  return { status: 200, body }
}

/** A list as all listings but that of clusters give it. */
export function list(items: readonly object[], more: object = {}): Answer {
  return ok({ kind: 'List', apiVersion: 'v3', items, ...more })
}
