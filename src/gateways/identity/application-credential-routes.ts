import type { FastifyInstance } from 'fastify'
import type { CreateApplicationCredentialInput } from '../../control/identity-inputs.ts'
import { InvalidRequestError } from '../../domain/errors.ts'
import type { EpochMs } from '../../domain/ids.ts'
import { ROLES, type Role } from '../../domain/principal.ts'
import { collect } from './resource-routes.ts'
import type { IdentityDeps } from './routes.ts'
import { parseKeystoneTime, presentApplicationCredential, presentList, roleOf } from './translate.ts'

interface OfUser {
  readonly user: string
}

/** `/v3/users/{user}/application_credentials`: each user's own. */
export function applicationCredentialRoutes(app: FastifyInstance, deps: IdentityDeps): void {
  const { control, askerOf, baseOf, clock } = deps
  const path = '/v3/users/:user/application_credentials'

  app.post<{ Params: OfUser }>(path, async (request, reply) => {
    const asker = await askerOf(request)
    const input = parseApplicationCredential(request.body, clock.now())
    const { credential, secret } = await control.applicationCredentials.create(
      asker,
      request.params.user,
      input,
    )
    const shown = presentApplicationCredential(credential, baseOf(request), secret)
    return reply.code(201).send({ application_credential: shown })
  })

  app.get<{ Params: OfUser; Querystring: { readonly name?: string } }>(path, async (request) => {
    const asker = await askerOf(request)
    const { user } = request.params
    const { name } = request.query
    const filter = name === undefined ? {} : { name }
    const found = await collect((page) => control.applicationCredentials.list(asker, user, filter, page))
    const base = baseOf(request)
    const items = found.map((credential) => presentApplicationCredential(credential, base))
    return presentList('application_credentials', items, base, `users/${user}/application_credentials`)
  })

  app.get<{ Params: OfUser & { readonly id: string } }>(`${path}/:id`, async (request) => {
    const { user, id } = request.params
    const credential = await control.applicationCredentials.get(await askerOf(request), user, id)
    return { application_credential: presentApplicationCredential(credential, baseOf(request)) }
  })

  app.delete<{ Params: OfUser & { readonly id: string } }>(`${path}/:id`, async (request, reply) => {
    const { user, id } = request.params
    await control.applicationCredentials.delete(await askerOf(request), user, id)
    return reply.code(204).send()
  })
}

/**
 * Reads what is to be made. Several roles come to the strongest of them, which implies the others.
 * @throws InvalidRequestError
 */
function parseApplicationCredential(body: unknown, now: EpochMs): CreateApplicationCredentialInput {
  const given = (body as { readonly application_credential?: unknown } | undefined)?.application_credential
  if (typeof given !== 'object' || given === null) {
    throw new InvalidRequestError('application_credential', 'must be an object')
  }
  const fields = given as Readonly<Record<string, unknown>>
  if (Array.isArray(fields['access_rules']) && fields['access_rules'].length > 0) {
    throw new InvalidRequestError('access_rules', 'are not offered; give roles instead')
  }
  const role = parseRoles(fields['roles'])
  const expiresInSeconds = parseExpiry(fields['expires_at'], now)
  const text = (name: string) => {
    const value = fields[name]
    if (value === undefined || value === null) return undefined
    if (typeof value !== 'string') throw new InvalidRequestError(name, 'must be a string')
    return value
  }
  const [name, secret, description] = [text('name'), text('secret'), text('description')]
  if (name === undefined) throw new InvalidRequestError('name', 'is required')
  return {
    name,
    ...(secret !== undefined && { secret }),
    ...(description !== undefined && { description }),
    ...(role && { role }),
    ...(expiresInSeconds !== undefined && { expiresInSeconds }),
    unrestricted: fields['unrestricted'] === true,
  }
}

function parseRoles(roles: unknown): Role | undefined {
  if (roles === undefined || roles === null || (Array.isArray(roles) && roles.length === 0)) return undefined
  if (!Array.isArray(roles)) throw new InvalidRequestError('roles', 'must be a list')
  const found = roles.map((item: unknown, index) => {
    const { id, name } = (item ?? {}) as { readonly id?: unknown; readonly name?: unknown }
    const role = roleOf(id ?? name)
    if (!role) throw new InvalidRequestError(`roles[${index}]`, 'must be admin, member or reader')
    return role
  })
  return ROLES.findLast((role) => found.includes(role))
}

function parseExpiry(expiresAt: unknown, now: EpochMs): number | undefined {
  if (expiresAt === undefined || expiresAt === null) return undefined
  const at = parseKeystoneTime(expiresAt)
  if (at === undefined) throw new InvalidRequestError('expires_at', 'must be a time like 2030-01-31T12:00:00')
  if (at <= now) throw new InvalidRequestError('expires_at', 'must not be in the past')
  return Math.ceil((at - now) / 1000)
}
