import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Match } from '../control/inputs.ts'
import { InvalidRequestError } from '../domain/errors.ts'

/** A PATCH takes it: the change is made only if nobody made another since. */
export const IfMatchHeaders = Type.Object({
  'if-match': Type.Optional(
    Type.String({ maxLength: 100, description: 'The `ETag` that was read before, or `*`.' }),
  ),
})

/** @throws InvalidRequestError when it is not an ETag of ours */
export function matchOf(request: FastifyRequest): Match {
  const header = request.headers['if-match']
  if (header === undefined || header === '*') return {}
  const version = /^"(\d{1,15})"$/.exec(header)?.[1]
  if (version === undefined) {
    throw new InvalidRequestError('If-Match', 'must be an ETag as it was answered, like "3", with its quotes')
  }
  return { ifMatch: Number(version) }
}

/** Says which version of the settings the answer shows. */
export function tag(reply: FastifyReply, { version }: { readonly version: number }): void {
  reply.header('etag', `"${version}"`)
}
