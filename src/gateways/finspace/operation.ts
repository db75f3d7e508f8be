import type { GatewayConfig } from '../../config/settings.ts'
import type { Caller } from '../../control/control.ts'
import { NotFoundError } from '../../domain/errors.ts'
import type { JsonObject } from '../../domain/ids.ts'
import { type AwsAsk, type AwsOperation, withClientToken } from '../aws/service.ts'
import { checkShape, type Shape } from '../aws/shape.ts'
import { readQuery } from '../aws/values.ts'
import { KIND } from './errors.ts'

export type FinspaceSettings = GatewayConfig['finspace']

/** The key under which this gateway keeps what has no meaning here. */
export const ATTRIBUTES = 'finspace'

const QUERY_TYPES = { maxResults: 'integer', tagKeys: 'list' } as const

type Parts = Pick<AwsOperation, 'name' | 'method' | 'path' | 'faults'>

/**
 * An operation whose input is checked before it runs: the members of its path, its query and its body together, as the
 * model has them.
 * @param kind of the error for what is not valid
 */
export function operation<Input>(
  parts: Parts,
  shape: Shape<Input>,
  run: (ask: AwsAsk, input: Input) => Promise<object>,
  kind: typeof KIND.notValid | typeof KIND.badRequest = KIND.notValid,
): AwsOperation {
  return {
    ...parts,
    async run(ask) {
      const isInQuery = parts.method === 'GET' || parts.method === 'DELETE'
      const given = isInQuery ? readQuery(ask.query, QUERY_TYPES) : ask.body
      return await run(ask, checkShape(shape, mergeMembers(given, ask.params), kind))
    },
  }
}

/** A body that is no object is left for the shape to refuse. */
function mergeMembers(given: AwsAsk['body'], params: AwsAsk['params']): AwsAsk['body'] {
  const isObject = typeof given === 'object' && given !== null && !Array.isArray(given)
  return isObject ? { ...given, ...params } : given
}

/**
 * The caller of a change that may be repeated: the same token with the same request within ten minutes answers as the
 * first one did, with another request it is refused.
 */
export function repeatable(
  ask: AwsAsk,
  name: string,
  { clientToken, ...request }: { readonly clientToken?: string | undefined },
): Caller {
  if (clientToken === undefined) return ask.caller
  const caller = withClientToken(ask.caller, `${name}:${clientToken}`)
  return { ...caller, request: { operation: name, ...request } as JsonObject }
}

const MOST_ON_PAGE = 100

/** What a list is asked for. */
export function pageOf({
  maxResults,
  nextToken,
}: {
  readonly maxResults?: number
  readonly nextToken?: string
}) {
  const limit = Math.min(maxResults || MOST_ON_PAGE, MOST_ON_PAGE)
  return { limit, ...(nextToken !== undefined && { cursor: nextToken }) }
}

/** @returns undefined for what does not exist; anything else that is thrown goes on */
export async function unlessMissing<Found>(finding: Promise<Found>): Promise<Found | undefined> {
  try {
    return await finding
  } catch (error) {
    if (error instanceof NotFoundError) return undefined
    throw error
  }
}
