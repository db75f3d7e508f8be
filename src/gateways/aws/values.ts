import type { EpochMs, Json, JsonObject } from '../../domain/ids.ts'
import { AwsFault } from './fault.ts'

/** A timestamp as AWS's JSON has it: seconds, with the milliseconds as a fraction. */
export function toEpochSeconds(at: EpochMs): number {
  return at / 1000
}

/** {@link toEpochSeconds} for what may not have come yet: absent then. */
export function toOptionalEpochSeconds(at: EpochMs | null): number | undefined {
  return at === null ? undefined : at / 1000
}

/** The parts of an ARN that a service looks at. */
export interface Arn {
  readonly service: string
  readonly region: string
  readonly accountId: string
  /** All after the account: `cluster/web`. */
  readonly resource: string
}

/** Writes `arn:aws:<service>:<region>:<account>:<resource>`. */
export function formatArn({ service, region, accountId, resource }: Arn): string {
  return `arn:aws:${service}:${region}:${accountId}:${resource}`
}

/** @returns undefined for what is no ARN */
export function parseArn(text: string): Arn | undefined {
  const parts = /^arn:aws[a-z-]*:([a-z0-9-]+):([a-z0-9-]*):(\d{12}|):(.+)$/.exec(text)
  if (!parts) return undefined
  const [, service, region, accountId, resource] = parts as unknown as [
    string,
    string,
    string,
    string,
    string,
  ]
  return { service, region, accountId, resource }
}

/**
 * The parameters of a query as members of a request, for `checkShape`: those that are not named here are texts, of which
 * the last one counts. A list is its name repeated.
 * @throws AwsFault `SerializationException`
 */
export function readQuery(
  query: URLSearchParams,
  types: Readonly<Record<string, 'integer' | 'boolean' | 'list'>> = {},
): JsonObject {
  const members: Record<string, Json> = {}
  for (const [name, text] of query) {
    const type = types[name]
    if (type === 'list') members[name] = query.getAll(name)
    else if (type === 'integer') members[name] = readInteger(name, text)
    else if (type === 'boolean') members[name] = readBoolean(name, text)
    else members[name] = text
  }
  return members
}

function readInteger(name: string, text: string): number {
  const value = Number(text)
  if (/^-?\d+$/.test(text) && Number.isSafeInteger(value)) return value
  throw unreadable(name, 'Integer')
}

function readBoolean(name: string, text: string): boolean {
  if (text === 'true' || text === 'false') return text === 'true'
  throw unreadable(name, 'Boolean')
}

function unreadable(name: string, type: string): AwsFault {
  const message = `Member '${name}' cannot be converted to ${type}`
  return new AwsFault({ type: 'SerializationException', status: 400 }, message)
}
