import type { TokenView } from '../../control/identity-views.ts'
import type { EpochMs } from '../../domain/ids.ts'
import { type Project, ROLES, type Role } from '../../domain/principal.ts'
import type { ApplicationCredential, User } from '../../domain/user.ts'
import type { Gateway } from '../gateway.ts'
import { DOMAIN } from './auth-request.ts'

const REGION = 'RegionOne'
const INTERFACES = ['public', 'internal', 'admin'] as const

/** Keystone's names for our roles. */
export const KEYSTONE_ROLES = {
  viewer: 'reader',
  operator: 'member',
  administrator: 'admin',
} as const satisfies Record<Role, string>

/** A role by Keystone's name or id, which are the same here. */
export function roleOf(name: unknown): Role | undefined {
  return ROLES.find((role) => KEYSTONE_ROLES[role] === name)
}

/** The role and those that it implies, strongest first. */
function presentRoles(role: Role): { id: string; name: string }[] {
  return ROLES.slice(0, ROLES.indexOf(role) + 1)
    .toReversed()
    .map((each) => ({ id: KEYSTONE_ROLES[each], name: KEYSTONE_ROLES[each] }))
}

/** One role as a resource of its own. */
export function presentRole(role: Role, base: string) {
  const name = KEYSTONE_ROLES[role]
  return {
    id: name,
    name,
    domain_id: null,
    description: null,
    options: {},
    links: self(base, `roles/${name}`),
  }
}

/** Microseconds, as Keystone writes them. */
function toKeystoneTime(at: EpochMs): string {
  return new Date(at).toISOString().replace('Z', '000Z')
}

/** @param text with or without a `Z`; it is UTC anyway @returns undefined when it is no time */
export function parseKeystoneTime(text: unknown): EpochMs | undefined {
  if (typeof text !== 'string' || !/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?Z?$/.test(text))
    return undefined
  const at = Date.parse(text.endsWith('Z') ? text : `${text}Z`)
  return Number.isNaN(at) ? undefined : at
}

/**
 * What stands in the answer to a login, and describes a token later.
 * @param catalog of services; undefined leaves it out
 */
export function presentToken(view: TokenView, catalog: readonly CatalogService[] | undefined) {
  const { token, user, project, role, credential } = view
  return {
    methods: token.methods,
    user: { id: user.id, name: user.name, domain: DOMAIN, password_expires_at: null },
    audit_ids: [Buffer.from(token.id.replaceAll('-', ''), 'hex').toString('base64url')],
    issued_at: toKeystoneTime(token.issuedAt),
    expires_at: toKeystoneTime(token.expiresAt),
    ...(project && {
      project: { id: project.id, name: project.name, domain: DOMAIN },
      is_domain: false,
      roles: role === null ? [] : presentRoles(role),
      ...(catalog && { catalog }),
    }),
    ...(credential && {
      application_credential: {
        id: credential.id,
        name: credential.name,
        restricted: !credential.unrestricted,
      },
    }),
  }
}

export interface CatalogService {
  readonly id: string
  readonly type: string
  readonly name: string
  readonly endpoints: readonly {
    readonly id: string
    readonly interface: string
    readonly region: string
    readonly region_id: string
    readonly url: string
  }[]
}

/** Every gateway that OpenStack has a type of service for. */
export function presentCatalog(
  gateways: readonly Pick<Gateway, 'name' | 'catalog'>[],
  urlOf: (gateway: string) => string,
): CatalogService[] {
  return gateways.flatMap(({ name, catalog }) => {
    if (!catalog) return []
    const endpoints = INTERFACES.map((each) => ({
      id: `${name}-${each}`,
      interface: each,
      region: REGION,
      region_id: REGION,
      url: urlOf(name),
    }))
    return [{ id: name, ...catalog, endpoints }]
  })
}

export function presentProject({ id, name }: Project, base: string) {
  return {
    id,
    name,
    description: '',
    domain_id: DOMAIN.id,
    parent_id: DOMAIN.id,
    enabled: true,
    is_domain: false,
    tags: [],
    options: {},
    links: self(base, `projects/${id}`),
  }
}

export function presentUser({ id, name, description, enabled }: User, base: string) {
  return {
    id,
    name,
    description,
    enabled,
    domain_id: DOMAIN.id,
    password_expires_at: null,
    options: {},
    links: self(base, `users/${id}`),
  }
}

export function presentDomain(base: string) {
  const links = self(base, `domains/${DOMAIN.id}`)
  return { ...DOMAIN, description: 'The only domain', enabled: true, tags: [], options: {}, links }
}

/** @param secret only in the answer to its creation */
export function presentApplicationCredential(
  credential: ApplicationCredential,
  base: string,
  secret?: string | null,
) {
  return {
    id: credential.id,
    name: credential.name,
    description: credential.description,
    user_id: credential.userId,
    project_id: credential.projectId,
    roles: presentRoles(credential.role).map((role) => ({ ...role, domain_id: null })),
    expires_at: credential.expiresAt === null ? null : toKeystoneTime(credential.expiresAt).slice(0, -1),
    unrestricted: credential.unrestricted,
    system: null,
    ...(secret && { secret }),
    links: self(base, `users/${credential.userId}/application_credentials/${credential.id}`),
  }
}

/** A whole list: there are few of each. */
export function presentList<Item>(name: string, items: readonly Item[], base: string, path: string) {
  return { [name]: items, links: { ...self(base, path), next: null, previous: null } }
}

/** The document by which clients find version 3. */
export function presentVersion(identity: string) {
  return {
    id: 'v3.14',
    status: 'stable',
    updated: '2020-04-07T00:00:00Z',
    links: [{ rel: 'self', href: `${identity}/v3/` }],
    'media-types': [{ base: 'application/json', type: 'application/vnd.openstack.identity-v3+json' }],
  }
}

function self(base: string, path: string) {
  return { self: `${base}/v3/${path}` }
}
