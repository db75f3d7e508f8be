import type { FastifyInstance } from 'fastify'
import type { Asker } from '../../control/control.ts'
import { ForbiddenError, InvalidRequestError, NotFoundError } from '../../domain/errors.ts'
import { type Project, ROLES } from '../../domain/principal.ts'
import type { Page, PageRequest } from '../../store/page.ts'
import { DOMAIN } from './auth-request.ts'
import type { IdentityDeps } from './routes.ts'
import {
  KEYSTONE_ROLES,
  presentDomain,
  presentList,
  presentProject,
  presentRole,
  presentUser,
  roleOf,
} from './translate.ts'

interface ByName {
  readonly name?: string
  readonly domain_id?: string
  readonly enabled?: string
}

interface OfId {
  readonly id: string
}

/** Projects, users, roles and the domain: as much of them as the caller may see. All that changes is one's password. */
export function resourceRoutes(app: FastifyInstance, deps: IdentityDeps): void {
  const { control, askerOf, baseOf } = deps
  const projectsOf = (asker: Asker) => collect((page) => control.users.projects(asker, page))

  const listProjects = (path: string, permit: (asker: Asker, id: string) => void = () => {}) =>
    app.get<{ Querystring: ByName; Params: Partial<OfId> }>(`/v3/${path}`, async (request) => {
      const asker = await askerOf(request)
      permit(asker, request.params.id ?? '')
      const found = isExcluded(request.query) ? [] : await projectsOf(asker)
      const base = baseOf(request)
      const items = found.filter(hasName(request.query)).map((project) => presentProject(project, base))
      return presentList('projects', items, base, path)
    })
  listProjects('auth/projects')
  listProjects('projects')
  listProjects('users/:id/projects', requireSelf)

  app.get<{ Params: OfId }>('/v3/projects/:id', async (request) => {
    const { id } = request.params
    const found = (await projectsOf(await askerOf(request))).find((project: Project) => project.id === id)
    if (!found) throw new NotFoundError('project', id)
    return { project: presentProject(found, baseOf(request)) }
  })

  app.get<{ Querystring: ByName }>('/v3/users', async (request) => {
    const asker = await askerOf(request)
    const { name } = request.query
    const filter = name === undefined ? {} : { name }
    const found = isExcluded(request.query)
      ? []
      : await collect((page) => control.users.list(asker, filter, page))
    const base = baseOf(request)
    const items = found.map((user) => presentUser(user, base))
    return presentList('users', items, base, 'users')
  })

  app.get<{ Params: OfId }>('/v3/users/:id', async (request) => {
    const user = await control.users.get(await askerOf(request), request.params.id)
    return { user: presentUser(user, baseOf(request)) }
  })

  app.post<{ Params: OfId }>('/v3/users/:id/password', async (request, reply) => {
    const asker = await askerOf(request)
    requireSelf(asker, request.params.id)
    const { user } = (request.body ?? {}) as { readonly user?: Readonly<Record<string, unknown>> }
    const { original_password: current, password } = user ?? {}
    if (typeof current !== 'string' || typeof password !== 'string') {
      throw new InvalidRequestError('user', 'must have original_password and password')
    }
    await control.users.changePassword(asker, { current, password, address: request.ip })
    return reply.code(204).send()
  })

  app.get<{ Querystring: ByName }>('/v3/roles', async (request) => {
    await askerOf(request)
    const base = baseOf(request)
    const items = ROLES.map((role) => presentRole(role, base)).filter(hasName(request.query))
    return presentList('roles', items, base, 'roles')
  })

  app.get<{ Params: OfId }>('/v3/roles/:id', async (request) => {
    await askerOf(request)
    const role = roleOf(request.params.id)
    if (role) return { role: presentRole(role, baseOf(request)) }
    const known = Object.values(KEYSTONE_ROLES).join(', ')
    throw new NotFoundError(`role (one of ${known})`, request.params.id)
  })

  app.get<{ Querystring: ByName }>('/v3/domains', async (request) => {
    await askerOf(request)
    const base = baseOf(request)
    const items = [presentDomain(base)].filter(hasName(request.query))
    return presentList('domains', items, base, 'domains')
  })

  app.get<{ Params: OfId }>('/v3/domains/:id', async (request) => {
    await askerOf(request)
    if (request.params.id !== DOMAIN.id) throw new NotFoundError('domain', request.params.id)
    return { domain: presentDomain(baseOf(request)) }
  })
}

/** @throws ForbiddenError for somebody else's */
function requireSelf({ principal }: Asker, id: string): void {
  if (principal.login?.userId === id) return
  throw new ForbiddenError(`this is for user "${id}" alone`)
}

const hasName =
  ({ name }: ByName) =>
  (item: { readonly name: string }) =>
    name === undefined || item.name === name

/** Everything is in the one domain, and nothing of it is ever disabled but users, who show it. */
function isExcluded({ domain_id: domain }: ByName): boolean {
  return domain !== undefined && domain !== DOMAIN.id
}

/** All pages: Keystone's clients expect whole lists. */
export async function collect<Item>(list: (page: PageRequest) => Promise<Page<Item>>): Promise<Item[]> {
  const items: Item[] = []
  let cursor: string | null = null
  do {
    const page: Page<Item> = await list({ limit: 1000, ...(cursor !== null && { cursor }) })
    items.push(...page.items)
    cursor = page.nextCursor
  } while (cursor !== null)
  return items
}
