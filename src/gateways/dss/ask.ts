import type { Readable } from 'node:stream'
import type { Caller, Control } from '../../control/control.ts'
import type { Clock } from '../../system/clock.ts'
import type { Upload } from '../gateway.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

/** A request that is understood so far: who asks for what. */
export interface Ask {
  readonly control: Control
  readonly clock: Clock
  readonly caller: Caller
  /** The parts of the path that vary, decoded. */
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  /** Undefined if there was none. */
  readonly body: unknown
  /** The file that is sent with this request. @throws DroverError `too_large`, InvalidRequestError if there is none */
  upload(): Promise<Upload>
}

/** What a request is answered with: JSON, bytes, or nothing. */
export type Answer = { readonly json: unknown } | { readonly bytes: Bytes } | { readonly nothing: true }

interface Bytes {
  readonly stream: Readable
  readonly sizeBytes: number
  readonly fileName: string
}

/** What is done for one method of one path. */
export type Operation = (ask: Ask) => Promise<Answer>

/** Operations by path below the base, as the router writes it, and method. */
export type Table = Readonly<Record<string, Readonly<Partial<Record<Method, Operation>>>>>

export function json(value: unknown): Answer {
  return { json: value }
}

/** The client reads nothing. */
export const NOTHING: Answer = { nothing: true }

/** The client writes its booleans as Python does. */
export function isTrue(query: URLSearchParams, name: string): boolean {
  return query.get(name)?.toLowerCase() === 'true'
}
